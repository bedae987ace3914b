import CZMQ

/// A key of CURVE, the encryption and authentication of ZeroMQ: 32 bytes, written as 40 characters of Z85 (rfc.zeromq.org/spec/32).
///
/// Public and secret keys have the same form. Printing one shows nothing: it may be a secret.
package struct CurveKey: Sendable, Hashable, CustomStringConvertible {
    package static let byteCount = 32
    package static let textLength = 40

    package let bytes: [UInt8]

    /// - Returns: nil unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// - Returns: nil unless the text is 40 characters of Z85.
    package init?(z85 text: String) {
        guard text.utf8.count == Self.textLength, text.utf8.allSatisfy(Self.isZ85) else { return nil }
        var decoded = [UInt8](repeating: 0, count: Self.byteCount)
        guard decoded.withUnsafeMutableBufferPointer({ zmq_z85_decode($0.baseAddress, text) }) != nil else { return nil }
        bytes = decoded
    }

    /// The 40 characters.
    package var z85: String {
        var text = [CChar](repeating: 0, count: Self.textLength + 1)
        _ = bytes.withUnsafeBufferPointer { zmq_z85_encode(&text, $0.baseAddress, $0.count) }
        return String(decoding: text.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package var description: String { "CurveKey" }

    private static func isZ85(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: ".-:+=^!/*?&<>()[]{}@%$#".utf8.contains(byte)
        }
    }
}

/// A secret key and the public key that belongs to it.
package struct CurveKeyPair: Sendable, Equatable {
    package let publicKey: CurveKey
    package let secretKey: CurveKey

    /// A new pair from the system's randomness.
    package static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: CurveKey.textLength + 1)
        var secretText = publicText
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else {
            throw .last(.create, "No CURVE key pair", remedy: "Install a libzmq that was built with CURVE (libsodium).")
        }
        return try CurveKeyPair(secretText)
    }

    /// The pair of this secret key.
    package init(secretKey: CurveKey) throws(ZeroMQError) {
        try self.init(secretKey.z85.utf8CString.map(\.self))
    }

    private init(_ secretText: [CChar]) throws(ZeroMQError) {
        var publicText = [CChar](repeating: 0, count: CurveKey.textLength + 1)
        guard zmq_curve_public(&publicText, secretText) == 0, let publicKey = CurveKey(z85: Self.text(publicText)),
            let secretKey = CurveKey(z85: Self.text(secretText))
        else {
            throw .last(.create, "No public key for this secret key", remedy: "Install a libzmq that was built with CURVE, or make a new pair.")
        }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// What a socket does about CURVE.
package enum CurveRole: Sendable, Equatable {
    /// Binds: proves its own identity and has a ``ZAPAuthenticator`` of the same context judge the peers. Make that first and close it last:
    /// without one, this library (4.3) lets every key in.
    case server(CurveKeyPair)
    /// Connects: proves its own identity and talks only to the holder of `server`'s secret key.
    case client(CurveKeyPair, server: CurveKey)
}
