import Foundation
import ProviderKit
import WebSocketClient

/// What one vendor says and understands over a WebSocket, as a value: what happens goes in, what is to be done comes out. Times are
/// milliseconds of any monotonic clock.
protocol SocketDialect: Sendable {
    /// The first messages, before all others.
    mutating func begin() -> [SocketAction]
    mutating func opened(at now: Int64) -> [SocketAction]
    mutating func send(_ audio: [UInt8], at now: Int64) -> [SocketAction]
    mutating func finalize(at now: Int64) -> [SocketAction]
    mutating func keepAlive(at now: Int64) -> [SocketAction]
    mutating func close(at now: Int64) -> [SocketAction]
    /// - Throws: why the connection is of no use any more.
    mutating func receive(_ text: String, at now: Int64) throws(ProviderFailure) -> [SocketAction]
    /// When `wake` is wanted; nil: not at all.
    var wakeTime: Int64? { get }
    mutating func wake(at now: Int64) -> [SocketAction]
    /// The socket has ended. What was heard and not reported goes before the end.
    mutating func ended(_ end: WebSocketEnd, at now: Int64) -> [SocketAction]
}

extension SocketDialect {
    mutating func begin() -> [SocketAction] { [] }
}

enum SocketAction: Sendable, Equatable {
    case text(String)
    case binary([UInt8])
    /// Never `.ended`: that is `end`.
    case report(ConnectionEvent)
    /// Begins the WebSocket's own close handshake.
    case closeSocket
    /// Reports the end and cuts the socket.
    case end(ConnectionEnd)
    /// A message of a kind that is not known here.
    case unknown
}

/// nil when it is no JSON, or not of this shape.
func decodeJSON<Message: Decodable>(_ type: Message.Type, _ bytes: some Sequence<UInt8>) -> Message? {
    try? JSONDecoder().decode(type, from: Data(bytes))
}

/// A time that a vendor sent, in milliseconds: whatever number it is, it must not trap.
func wholeMilliseconds(_ value: Double) -> Int { value.isFinite ? Int(max(0, min(value.rounded(), 1e12))) : 0 }

/// What a vendor's failures are called here, and what an operator is told.
struct VendorFailures: Sendable {
    let name: String
    let key: Secret
    let keyVariable: String
    let addressVariable: String

    /// - Parameter code: the vendor's own, however it looks: what is no plain code is left out.
    func failure(_ kind: ProviderFailure.Kind, _ what: String, code: String? = nil, retryAfter: Duration? = nil) -> ProviderFailure {
        let remedy: String =
            switch kind {
            case .auth: "; check \(keyVariable) and the account's rights"
            case .quota: "; the account needs credit"
            case .rateLimited: "; fewer calls at once, or a larger plan"
            case .refused: "; check model, language and \(addressVariable)"
            default: ""
            }
        return ProviderFailure(kind, "\(name) \(what)" + (key.code(code).map { " (\($0))" } ?? "") + remedy, retryAfter: retryAfter)
    }

    var garbage: ProviderFailure { failure(.garbage, "sent a message that cannot be read") }
    /// After `close`: what was said last may be lost.
    var unfinished: ProviderFailure { failure(.timeout, "did not end its stream in time") }

    func failure(_ failure: WebSocketFailure) -> ProviderFailure {
        let kind: ProviderFailure.Kind =
            switch failure.code {
            case .invalidRequest: .refused
            case .unreachable: .unreachable
            case .tls: .tls
            case .timeout, .silent: .timeout
            case .handshake, .tooLarge, .violation: .garbage
            default: .broken
            }
        return ProviderFailure(kind, "\(name): \(failure.message)")
    }

    /// - Parameter code: read of the answer's body.
    func failure(_ refusal: WebSocketRefusal, code: String? = nil) -> ProviderFailure {
        // A redirect leads nowhere that was configured: the same request will be redirected again.
        let kind = (300..<400).contains(refusal.status) ? ProviderFailure.Kind.refused : ProviderFailure.kind(ofStatus: refusal.status)
        return failure(kind, "answered \(refusal.status)", code: code, retryAfter: refusal.retryAfter)
    }
}

extension RecognitionHints {
    /// The first phrases that fit, each once.
    /// - Parameters:
    ///   - length: of one phrase, in characters; longer ones are left out, since half a word is a wrong hint.
    ///   - total: of all together.
    func phrases(atMost count: Int, length: Int, total: Int) -> [String] {
        var result: [String] = []
        var seen: Set<String> = []
        var left = total
        for phrase in phrases {
            let text = phrase.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !text.isEmpty, text.count <= length, text.count <= left, !seen.contains(text) else { continue }
            guard result.count < count else { break }
            seen.insert(text)
            result.append(text)
            left -= text.count
        }
        return result
    }
}
