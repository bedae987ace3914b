import Foundation
import ProviderKit
import WebSocketClient

/// Soniox's messages. Words come as tokens, each final once; `<end>` marks what the model takes for the end of an utterance, `<fin>` answers
/// a finalize. Between two marks final tokens are collected: one alone may be half a word.
struct SonioxDialect: SocketDialect {
    /// For what is left after the end of the audio.
    private static let closingTime: Int64 = 3_000

    private let start: SonioxStart
    private let failures: VendorFailures
    private var tokens: [SonioxMessage.Token] = []
    private var interim = ""
    /// For each `<fin>` that is due, how many `.finalized` it brings.
    private var requests: [Int] = []
    private var hasNewAudio = false
    private var hasHeard = false
    private var closedAt: Int64?

    init(start: SonioxStart, failures: VendorFailures) {
        self.start = start
        self.failures = failures
    }

    mutating func begin() -> [SocketAction] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, numbers and flags only: nothing here can fail.
        return [.text((try? encoder.encode(start)).map { String(decoding: $0, as: UTF8.self) } ?? "{}")]
    }

    /// The start message can still be refused: the first answer says that it was accepted.
    mutating func opened(at now: Int64) -> [SocketAction] { [] }

    mutating func send(_ audio: [UInt8], at now: Int64) -> [SocketAction] {
        // An empty message means the end of the stream.
        guard closedAt == nil, !audio.isEmpty else { return [] }
        hasNewAudio = true
        return [.binary(audio)]
    }

    mutating func finalize(at now: Int64) -> [SocketAction] {
        guard closedAt == nil else { return [] }
        guard hasNewAudio else {
            // Soniox wants no more of these than necessary.
            guard let last = requests.indices.last else { return [.report(.finalized)] }
            requests[last] += 1
            return []
        }
        return request(1)
    }

    private mutating func request(_ count: Int) -> [SocketAction] {
        requests.append(count)
        hasNewAudio = false
        return [.text(#"{"type":"finalize"}"#)]
    }

    mutating func keepAlive(at now: Int64) -> [SocketAction] { closedAt == nil ? [.text(#"{"type":"keepalive"}"#)] : [] }

    /// Finalizes too, should the empty message not be understood as the end.
    mutating func close(at now: Int64) -> [SocketAction] {
        guard closedAt == nil else { return [] }
        let last = hasNewAudio ? request(0) : []
        closedAt = now
        return last + [.text("")]
    }

    mutating func receive(_ text: String, at now: Int64) throws(ProviderFailure) -> [SocketAction] {
        guard let message = decodeJSON(SonioxMessage.self, text.utf8) else { throw failures.garbage }
        if let code = message.error_code { return try failed(code, message.error_message ?? "") }
        guard message.tokens != nil || message.finished != nil else { return [.unknown] }
        var actions: [SocketAction] = hasHeard ? [] : [.report(.ready)]
        hasHeard = true
        var open: [SonioxMessage.Token] = []
        for token in message.tokens ?? [] {
            switch token.text {
            case "<end>": flush(&actions)
            case "<fin>":
                flush(&actions)
                guard !requests.isEmpty else { break }
                actions += (0..<requests.removeFirst()).map { _ in .report(.finalized) }
            default:
                if token.is_final == true { tokens.append(token) } else { open.append(token) }
            }
        }
        let all = tokens + open
        let hypothesis = Self.heard(all)
        if hypothesis.text != interim {
            interim = hypothesis.text
            if !interim.isEmpty { actions.append(.report(.interim(hypothesis))) }
        }
        if message.finished == true {
            flush(&actions)
            // Unasked, it is the longest stream's end.
            actions.append(.end(closedAt == nil ? .limit : .closed))
        }
        return actions
    }

    private mutating func flush(_ actions: inout [SocketAction]) {
        let heard = Self.heard(tokens)
        tokens = []
        interim = ""
        if !heard.text.isEmpty { actions.append(.report(.final(heard))) }
    }

    private static func heard(_ tokens: [SonioxMessage.Token]) -> HeardText {
        let known = tokens.compactMap(\.confidence)
        return HeardText(
            tokens.map(\.text).joined().trimmingCharacters(in: .whitespacesAndNewlines),
            endMilliseconds: tokens.last { $0.end_ms != nil }?.end_ms.map(wholeMilliseconds),
            confidence: known.isEmpty ? nil : known.reduce(0, +) / Double(known.count))
    }

    /// The codes are those of HTTP. The texts are read for the routine ends alone.
    private mutating func failed(_ code: Int, _ text: String) throws(ProviderFailure) -> [SocketAction] {
        switch code {
        case 408: return [.end(.idle)]
        case 400 where text.hasPrefix("No audio received"): return [.end(closedAt == nil ? .idle : .closed)]
        case 400 where text.hasPrefix("Audio is too long") || text.hasPrefix("Received too much audio"): return [.end(.limit)]
        // "Cannot continue request": sessions are best effort, and another is to be begun. Of one that never worked it is a failure.
        case 503 where hasHeard: return [.end(.limit)]
        default: throw failures.failure(ProviderFailure.kind(ofStatus: code), "reports an error", code: "\(code)")
        }
    }

    var wakeTime: Int64? { closedAt.map { $0 + Self.closingTime } }

    mutating func wake(at now: Int64) -> [SocketAction] {
        // When the last words were finalized, nothing is missing but the stream's own end.
        guard hasHeard, requests.isEmpty else { return [.end(.failed(failures.unfinished))] }
        return closed()
    }

    private mutating func closed() -> [SocketAction] {
        var actions: [SocketAction] = []
        flush(&actions)
        return actions + [.end(.closed)]
    }

    mutating func ended(_ end: WebSocketEnd, at now: Int64) -> [SocketAction] {
        // Final tokens without a mark after them are not reported then: half a word may be among them, and their audio is heard again elsewhere.
        switch end {
        case .closed where closedAt != nil: closed()
        case .closed(let code, _): [.end(.failed(failures.failure(.broken, "closed the connection", code: "\(code)")))]
        case .refused(let refusal): [.end(.failed(failures.failure(refusal)))]
        case .failed(let failure): [.end(.failed(failures.failure(failure)))]
        }
    }
}
