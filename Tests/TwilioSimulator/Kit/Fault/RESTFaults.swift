/// What becomes of a request to the account API.
enum RESTVerdict: Sendable, Equatable {
    case answer
    /// Answered with this instead.
    case instead(RESTAnswer)
    /// No answer within any client's patience. `done`: the request had its effect.
    case silence(done: Bool)
}

extension FaultBoard {
    /// - Parameter target: `calls`, `recordings`, `messages`.
    mutating func verdict(on target: String, at moment: Moment) -> RESTVerdict {
        if let fault = strike(.restTimeout, at: moment, target: target) { return .silence(done: fault.done) }
        guard let fault = strike(.rest, at: moment, target: target) else { return .answer }
        let status = fault.status ?? 500
        let code = fault.code ?? [400: 21_220, 401: 20_003, 404: 20_404, 429: 20_429][status] ?? 20_500
        let words: [Int: String] = [
            20_003: "Authenticate", 20_404: "The requested resource was not found", 20_429: "Too Many Requests",
            20_500: "An internal server error has occurred", 21_220: "Call is not in-progress. Cannot redirect.",
        ]
        return .instead(.error(code, status: status, words[code] ?? "a fault on command"))
    }
}
