import Foundation
import ProviderKit

/// Reads an answer to a transcription: server-sent events or one JSON object, whichever it is. A value.
struct TranscriptReader {
    private struct Message: Decodable {
        var type: String?
        var text: String?
        var delta: String?
        var error: Fault?
    }

    /// OpenAI's errors are objects; other servers' are sentences.
    enum Fault: Decodable {
        case code(String?, type: String?)
        private enum Keys: CodingKey { case code, type }
        init(from decoder: any Decoder) throws {
            guard let values = try? decoder.container(keyedBy: Keys.self) else {
                self = .code(nil, type: nil)
                return
            }
            self = .code(try? values.decodeIfPresent(String.self, forKey: .code), type: try? values.decodeIfPresent(String.self, forKey: .type))
        }
    }

    /// Longer lines are no transcript.
    private static let maximumBytes = 1 << 20

    private let isStream: Bool
    private let failures: VendorFailures
    private var buffer: [UInt8] = []
    /// How much of it has no line's end.
    private var searched = 0
    private var data: [UInt8] = []
    /// What has come of the text.
    private(set) var text = ""
    /// The whole text has come.
    private(set) var isDone = false

    init(isStream: Bool, failures: VendorFailures) {
        self.isStream = isStream
        self.failures = failures
    }

    /// - Returns: whether ``text`` has changed.
    mutating func read(_ bytes: [UInt8]) throws(ProviderFailure) -> Bool {
        buffer += bytes
        guard buffer.count + data.count <= Self.maximumBytes else { throw failures.garbage }
        guard isStream else { return false }
        let before = text
        while let end = buffer[searched...].firstIndex(of: 10) {
            try line(buffer[..<end].last == 13 ? buffer[..<end].dropLast() : buffer[..<end])
            buffer.removeFirst(end + 1)
            searched = 0
        }
        searched = buffer.count
        return text != before
    }

    /// The answer is complete. Not every server says so itself.
    mutating func finish() throws(ProviderFailure) -> String {
        if isStream {
            if !buffer.isEmpty { try line(buffer[...]) }
            try event()
            return text
        }
        guard let message = decodeJSON(Message.self, buffer) else { throw failures.garbage }
        if let error = message.error { throw failure(error) }
        guard let text = message.text else { throw failures.garbage }
        return text
    }

    private mutating func line(_ line: ArraySlice<UInt8>) throws(ProviderFailure) {
        guard !line.isEmpty else { return try event() }
        // Names of events and comments: the data say everything.
        guard line.starts(with: "data:".utf8) else { return }
        if !data.isEmpty { data.append(10) }
        data += line.dropFirst(5).first == 32 ? line.dropFirst(6) : line.dropFirst(5)
    }

    private mutating func event() throws(ProviderFailure) {
        defer { data = [] }
        guard !data.isEmpty, !data.elementsEqual("[DONE]".utf8), !isDone else { return }
        guard let message = decodeJSON(Message.self, data) else { throw failures.garbage }
        if let error = message.error { throw failure(error) }
        switch (message.type, message.delta, message.text) {
        case ("transcript.text.delta"?, let delta?, _): text += delta
        case ("transcript.text.done"?, _, let whole?):
            text = whole
            isDone = true
        case ("transcript.text.delta"?, _, _), ("transcript.text.done"?, _, _): throw failures.garbage
        // Some servers send segments without a type.
        case (nil, _, let segment?): text += segment
        default: break
        }
    }

    func failure(_ fault: Fault, status: Int? = nil, retryAfter: Duration? = nil) -> ProviderFailure {
        guard case .code(let code, let type) = fault else { return failures.garbage }
        let kind: ProviderFailure.Kind =
            switch code ?? type {
            case "insufficient_quota": .quota
            case "invalid_api_key": .auth
            case "rate_limit_exceeded", "slow_down": .rateLimited
            case "model_not_found", "invalid_request_error": .refused
            // A redirect leads nowhere that was configured.
            default: status.map { (300..<400).contains($0) ? .refused : ProviderFailure.kind(ofStatus: $0) } ?? .broken
            }
        return failures.failure(kind, status.map { "answered \($0)" } ?? "reports an error", code: code ?? type, retryAfter: retryAfter)
    }
}
