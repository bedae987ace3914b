import Foundation
import HTTPFetch
import ProviderKit

/// What a server of chat completions says of its failure: `{"error": {…}}`, or the forms of others for it.
///
/// Its `message` is not kept: it may repeat a part of the key or of what a caller said.
struct ChatProblem: Equatable {
    /// `code`, or `type` when there is none. Letters, digits, `_`, `-` and `.` only.
    let code: String

    /// - Returns: nil when the document reports no failure.
    init?(_ document: JSONValue) {
        let error: JSONValue
        if let inner = document["error"], !inner.isNull {
            error = inner
        } else if document["object"]?.string == "error" {
            error = document
        } else {
            return nil
        }
        let names = [error["code"], error["type"]].compactMap { $0?.plain }.filter { !$0.isEmpty }
        // A number repeats the status and tells less than the type does.
        let name = names.first { Int($0) == nil } ?? names.first ?? "unknown"
        code = String(
            name.unicodeScalars.prefix(64).filter { $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-.".unicodeScalars.contains($0)) })
    }

    /// An answer that says no more than its status.
    init(status: Int) { code = "status_\(status)" }

    /// - Parameter status: nil in the middle of a stream, whose status was 200.
    func failure(status: Int?, _ head: ChatHeaders = ChatHeaders()) -> ProviderFailure {
        let about = status.map { "HTTP \($0), \(code)" } ?? "in the middle of an answer: \(code)"
        let note = head.requestID.map { ", request \($0)" } ?? ""
        func failure(_ kind: ProviderFailure.Kind, _ remedy: String) -> ProviderFailure {
            ProviderFailure(kind, "\(about)\(note). \(remedy)", retryAfter: head.retryAfter)
        }
        switch code {
        case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active":
            return failure(.quota, "Look at the account's balance and limits")
        case "rate_limit_exceeded", "slow_down", "tokens", "requests": return failure(.rateLimited, "Ask for higher limits, or fewer calls at once")
        case "invalid_api_key", "invalid_authentication", "authentication_error": return failure(.auth, "Check the key")
        case "context_length_exceeded", "exceed_context_size_error", "content_filter", "content_policy_violation", "invalid_prompt",
            "string_above_max_length":
            return failure(.conversation, "This conversation was refused, others will not be")
        case "model_not_found", "model_not_available": return failure(.refused, "Check the model's name, and whether it has ended")
        case "server_is_overloaded", "server_error", "overloaded_error": return failure(.broken, "The provider is unwell")
        default: break
        }
        guard let status else { return failure(.broken, "The provider is unwell") }
        let kind = ProviderFailure.kind(ofStatus: status)
        switch kind {
        case .auth: return failure(kind, "Check the key and what it may do")
        case .rateLimited: return failure(kind, "Ask for higher limits, or fewer calls at once")
        // 409: the vendor's own client tries again.
        case .refused where status == 409 || head.mayRetry == true: return failure(.broken, "The provider asks to try again")
        case .refused: return failure(kind, "Check model, address and parameters: such requests will all be refused")
        default: return failure(kind, "The provider is unwell")
        }
    }
}

extension ProviderFailure.Kind {
    /// The provider does not answer this one conversation: its content, or its length. Nothing is said of others.
    static let conversation = ProviderFailure.Kind(rawValue: "conversation")
}

/// What the headers of an answer tell beside the answer.
struct ChatHeaders: Equatable {
    /// For the vendor's support.
    var requestID: String?
    var retryAfter: Duration?
    /// `x-should-retry`.
    var mayRetry: Bool?
    /// Requests and tokens that are left in the account's current window.
    var remainingRequests: Int?
    var remainingTokens: Int?

    init() {}

    /// - Parameter header: the first header of a name, in any case.
    init(now: Date = Date(), _ header: (String) -> String?) {
        requestID = header("x-request-id").map {
            String($0.prefix(80).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        }
        mayRetry = header("x-should-retry").flatMap { ["true": true, "false": false][$0] }
        remainingRequests = header("x-ratelimit-remaining-requests").flatMap { Int($0) }
        remainingTokens = header("x-ratelimit-remaining-tokens").flatMap { Int($0) }
        // In the order in which the vendor's own client believes them.
        if let value = header("retry-after-ms").flatMap(Double.init) {
            retryAfter = Self.wait(seconds: value / 1000)
        } else if let text = header("retry-after") {
            retryAfter = Self.wait(seconds: Double(text) ?? Self.date(text).map { $0.timeIntervalSince(now) })
        } else if remainingRequests == 0 || remainingTokens == 0 {
            let resets = [
                remainingRequests == 0 ? header("x-ratelimit-reset-requests") : nil, remainingTokens == 0 ? header("x-ratelimit-reset-tokens") : nil,
            ]
            retryAfter = Self.wait(seconds: resets.compactMap { $0.flatMap(Self.seconds) }.max())
        }
    }

    /// `20ms`, `1s`, `6m0s`, `1h2m3.5s`.
    static func seconds(_ text: String) -> Double? {
        let units: [(name: String, seconds: Double)] = [("ms", 0.001), ("h", 3600), ("m", 60), ("s", 1)]
        var rest = text[...]
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[digits.endIndex...]
            guard let number = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.name) }) else { return nil }
            sum += number * unit.seconds
            rest = rest.dropFirst(unit.name.count)
        }
        return text.isEmpty ? nil : sum
    }

    /// Anything that is no time to wait counts as nothing said.
    private static func wait(seconds: Double?) -> Duration? {
        guard let seconds, seconds.isFinite, seconds > 0 else { return nil }
        return .milliseconds(Int(min(seconds, 86_400) * 1000))
    }

    /// RFC 9110's date, the form that servers must send.
    private static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return formatter.date(from: text)
    }
}

extension ProviderFailure {
    /// Why a request has no answer.
    init(_ error: HTTPFetchError) {
        let kind: Kind =
            switch error.code {
            case .connectFailed: .unreachable
            case .tls: .tls
            case .timeout: .timeout
            case .tooLarge: .garbage
            case .invalidRequest, .setup: .refused
            default: .broken
            }
        self.init(kind, error.message)
    }
}
