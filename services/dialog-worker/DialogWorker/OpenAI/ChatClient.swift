import Foundation
import HTTPFetch
import Logging
import Metrics
import ProviderKit
import Synchronization

/// Asks one server of chat completions, over connections that all calls of the process share.
package final class ChatClient: Sendable {
    package let settings: ChatSettings
    private let fetch: HTTPFetch
    private let logger: Logger
    private let lastUse = Mutex<ContinuousClock.Instant?>(nil)

    /// libcurl closes a connection that nobody has used for 118 s, and servers mostly do so sooner.
    static let connectionLife = Duration.seconds(20)

    package init(settings: ChatSettings, fetch: HTTPFetch, logger: Logger) {
        self.settings = settings
        self.fetch = fetch
        self.logger = logger
    }

    /// Sends a request and hands on the text as it comes, on the caller's task.
    ///
    /// - Parameter each: a piece of text, not empty. What it throws ends the request: the connection is cut.
    /// - Returns: the whole answer.
    /// - Throws: `ProviderFailure`, `CancellationError`, and what `each` throws.
    func ask(_ request: ChatRequest, _ clock: AnswerClock?, each: (String) throws -> Void = { _ in }) async throws -> ChatRound {
        let post = httpRequest(request)
        clock?.asked()
        let response = try await begin(post)
        let head = ChatHeaders { response.header($0) }
        note(head)
        guard response.status == 200 else { throw await refusal(response, head) }
        // A server that streams nothing sends the whole answer as one document.
        let isStream = response.header("content-type")?.lowercased().hasPrefix("application/json") != true
        var round = ChatRound()
        var events = ServerSentEvents()
        var document: [UInt8] = []
        func take(_ event: [UInt8]) throws {
            let piece = try round.take(event)
            if round.hasBegun { clock?.begun() }
            if !piece.isEmpty { try each(piece) }
        }
        do {
            for try await bytes in response.body {
                if !isStream {
                    document += bytes
                    continue
                }
                for event in try events.take(bytes) { try take(event) }
                // The caller is not to wait for what may follow; the connection is: cut in mid-body, it could not be used again.
                if round.isDone {
                    let rest = response.body
                    Task { for try await _ in rest {} }
                    break
                }
            }
        } catch let error as HTTPFetchError {
            throw ProviderFailure(error)
        }
        try Task.checkCancellation()
        if !isStream {
            try take(document)
        } else if let last = events.finish() {
            try take(last)
        }
        lastUse.withLock { $0 = .now }
        guard round.isWhole else { throw ProviderFailure(.broken, "the answer ended in its middle. The provider is unwell, or a proxy cuts it") }
        return round
    }

    /// Opens a connection while the greeting is heard, so that the first turn does not wait for it. Whatever is answered tells nothing: what is
    /// wrong shows with the first turn.
    func warm() async {
        let isWarm = lastUse.withLock { last in
            if let used = last, used + Self.connectionLife > .now { return true }
            last = .now
            return false
        }
        guard !isWarm else { return }
        var request = HTTPRequest(url: settings.baseURL + "/models", headers: headers)
        request.timeout = .seconds(5)
        // A long list of models is cut: the connection is lost then, but not its name and its TLS session.
        request.maximumResponseBytes = 256 << 10
        do {
            let response = try await fetch.send(request)
            if response.status == 401 || response.status == 403 {
                logger.error("a provider does not accept the key", metadata: ["provider": "\(settings.name)", "status": "\(response.status)"])
            }
        } catch {
            logger.info("no connection in advance", metadata: ["provider": "\(settings.name)", "reason": "\(error)"])
        }
    }

    // MARK: - The request

    private var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let key = settings.key { headers.append(("Authorization", "Bearer " + key)) }
        if let organization = settings.organization { headers.append(("OpenAI-Organization", organization)) }
        if let project = settings.project { headers.append(("OpenAI-Project", project)) }
        return headers
    }

    private func httpRequest(_ request: ChatRequest) -> HTTPRequest {
        var post = HTTPRequest(
            method: "POST", url: settings.baseURL + "/chat/completions",
            headers: headers + [("Content-Type", "application/json"), ("Accept", "text/event-stream")], body: request.body(settings).encoded())
        // The limits that matter are the clock's; these are for a peer that is gone without a word.
        post.timeout = .seconds(60)
        post.connectTimeout = min(.seconds(3), settings.firstToken)
        post.idleTimeout = .seconds(20)
        return post
    }

    private func begin(_ request: HTTPRequest) async throws -> HTTPStreamedResponse {
        do {
            return try await fetch.stream(request)
        } catch let error as HTTPFetchError {
            throw ProviderFailure(error)
        }
    }

    private func refusal(_ response: HTTPStreamedResponse, _ head: ChatHeaders) async -> ProviderFailure {
        let body = try? await response.collect()
        let problem = body.flatMap { JSONValue(parsing: $0) }.flatMap { ChatProblem($0) } ?? ChatProblem(status: response.status)
        return problem.failure(status: response.status, head)
    }

    private func note(_ head: ChatHeaders) {
        for (kind, left) in [("requests", head.remainingRequests), ("tokens", head.remainingTokens)] {
            guard let left else { continue }
            Gauge(label: "dialog_rate_limit_remaining", dimensions: [("provider", settings.name), ("kind", kind)]).record(left)
        }
    }
}
