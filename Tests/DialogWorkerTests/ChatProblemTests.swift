import Foundation
import HTTPFetch
import ProviderKit
import Testing

@testable import DialogWorker

@Suite struct ChatProblemTests {
    private func failure(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> ProviderFailure {
        let problem = JSONValue(parsing: Array(body.utf8)).flatMap { ChatProblem($0) } ?? ChatProblem(status: status)
        return problem.failure(status: status, ChatHeaders(now: Date(timeIntervalSince1970: 1_800_000_000)) { headers[$0.lowercased()] })
    }

    @Test(arguments: [
        (
            401, #"{"error":{"message":"Incorrect API key provided: sk-abc","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            ProviderFailure.Kind.auth
        ),
        (403, "<html>", .auth), (404, #"{"error":{"type":"invalid_request_error","code":"model_not_found"}}"#, .refused),
        (429, #"{"error":{"type":"requests","code":"rate_limit_exceeded"}}"#, .rateLimited),
        (429, #"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#, .quota), (429, "", .rateLimited),
        (400, #"{"error":{"code":"context_length_exceeded"}}"#, .conversation), (400, #"{"error":{"code":"unknown_parameter"}}"#, .refused),
        (400, #"{"error":{"code":400,"type":"invalid_request_error"}}"#, .refused), (409, "{}", .broken), (408, "", .timeout),
        (500, "oops", .broken), (503, #"{"error":{"code":"server_is_overloaded"}}"#, .broken), (504, "", .timeout), (302, "", .broken),
    ])
    func statusesAndCodesHaveAKind(status: Int, body: String, kind: ProviderFailure.Kind) {
        let failure = failure(status, body)
        #expect(failure.kind == kind, "\(failure)")
        #expect(failure.message.hasPrefix("HTTP \(status), "))
        #expect(!failure.message.contains("sk-abc"))
    }

    @Test(arguments: [
        (["retry-after-ms": "1500", "retry-after": "9"], Duration.milliseconds(1_500)), (["retry-after": "2"], .seconds(2)),
        (["retry-after": "0.5"], .milliseconds(500)),
        // 1800000000 is Fri, 15 Jan 2027 08:00:00 GMT.
        (["retry-after": "Fri, 15 Jan 2027 08:00:20 GMT"], .seconds(20)),
        (["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s", "x-ratelimit-reset-tokens": "1s"], .seconds(360)),
        (["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"], .milliseconds(20)),
        (["retry-after": "999999999"], .seconds(86_400)),
    ])
    func theProviderSaysHowLongToWait(headers: [String: String], wait: Duration) {
        #expect(failure(429, "", headers).retryAfter == wait)
    }

    @Test(arguments: [
        ["retry-after": "soon"], ["retry-after": "-3"], ["retry-after": "nan"], ["retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"], [:],
        ["x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "1s"],
        ["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "abc"],
    ])
    func whatIsNoTimeIsNone(headers: [String: String]) {
        #expect(failure(429, "", headers).retryAfter == nil)
    }

    @Test func durations() {
        #expect(ChatHeaders.seconds("1h2m3.5s") == 3_723.5)
        #expect(ChatHeaders.seconds("20ms") == 0.02)
        for text in ["", "s", "1", "1x", "1s!", "-1s"] { #expect(ChatHeaders.seconds(text) == nil, "\(text)") }
    }

    @Test func headersAreKeptClean() {
        let head = ChatHeaders { ["x-request-id": "req_1-a\r\nx: y", "x-should-retry": "true", "x-ratelimit-remaining-tokens": "12"][$0] }
        #expect(head.requestID == "req_1-axy")
        #expect(head.mayRetry == true)
        #expect(head.remainingTokens == 12)
        #expect(failure(400, "{}", ["x-should-retry": "true"]).kind == .broken)
        let code = ChatProblem(["error": ["code": "bad\u{202E}code \"<שלום>"]])?.code
        #expect(code == "badcode")
    }
}
