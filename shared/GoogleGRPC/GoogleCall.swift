import GRPCCore

/// One bidirectional stream, in bytes: what they mean is decided where no gRPC is linked.
package struct GoogleCall: Sendable {
    /// `google.cloud.speech.v2.Speech`.
    package var service: String
    /// `StreamingRecognize`.
    package var method: String
    /// Beside the token; names in lower case.
    package var metadata: [(name: String, value: String)]

    package init(service: String, method: String, metadata: [(name: String, value: String)] = []) {
        self.service = service
        self.method = method
        self.metadata = metadata
    }
}

/// Where a call's messages are written. Each waits for room on the connection.
package struct GoogleCallWriter: Sendable {
    private let writer: RPCWriter<[UInt8]>
    init(_ writer: RPCWriter<[UInt8]>) { self.writer = writer }

    package func write(_ message: [UInt8]) async throws { try await writer.write(message) }
}

/// What a server sends.
package enum GoogleCallEvent: Sendable {
    /// It has taken the call.
    case accepted
    case message([UInt8])
}

struct BytesCoder: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }
}
