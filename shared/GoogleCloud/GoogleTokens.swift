import Foundation
import Logging
import ProviderKit
import Synchronization

/// What opens Google's doors for a while. A secret: it appears in no description of this value.
package struct GrantedToken: Sendable, CustomStringConvertible, CustomReflectable {
    package let text: String
    /// Seconds since 1970.
    package let expires: Int
    package init(text: String, expires: Int) {
        self.text = text
        self.expires = expires
    }
    package var description: String { "GrantedToken(until \(expires))" }
    package var customMirror: Mirror { Mirror(self, children: ["expires": expires]) }
}

/// The account's current token, renewed before it ends. One renewal is under way at a time; meanwhile the old token serves.
package final class GoogleTokens: Sendable {
    /// How tokens are made.
    package enum Method: String, Sendable, CaseIterable {
        /// Signed here, without a question to anybody.
        case jwt
        /// Signed here and exchanged at Google's token server.
        case oauth
    }

    /// Renewed when less of it is left.
    package static let renewalMargin = 300
    /// Nearer to its end a token is not used: it has to live until the server has read it.
    static let leastLife = 10
    /// After a renewal that failed while the old token serves, the next one waits.
    static let pauseAfterFailure = 10

    private struct State {
        var token: GrantedToken?
        var renewal: Task<GrantedToken, any Error>?
        var pausesUntil = 0
    }

    private let state = Mutex(State())
    private let grant: @Sendable (_ now: Int) async throws -> GrantedToken
    private let now: @Sendable () -> Int
    private let logger: Logger

    /// - Parameters:
    ///   - exchange: where assertions become tokens; nil: the account's own tokens are used.
    ///   - now: seconds since 1970.
    package convenience init(
        _ account: ServiceAccount, exchange: TokenExchange?, logger: Logger, now: @escaping @Sendable () -> Int = GoogleTokens.clock
    ) {
        self.init(logger: logger, now: now) { now in
            do {
                guard let exchange else { return try SignedToken.bearer(account, now: now) }
                return try await exchange.grant(try SignedToken.assertion(account, now: now), now: now)
            } catch let failure as ProviderFailure {
                throw failure
            } catch {
                throw ProviderFailure(.auth, "the service account's key cannot sign; download it again")
            }
        }
    }

    init(logger: Logger, now: @escaping @Sendable () -> Int, grant: @escaping @Sendable (_ now: Int) async throws -> GrantedToken) {
        self.logger = logger
        self.now = now
        self.grant = grant
    }

    @Sendable package static func clock() -> Int { Int(Date().timeIntervalSince1970) }

    /// - Throws: `ProviderFailure`.
    package func token() async throws -> String {
        let now = now()
        let (usable, renewal): (String?, Task<GrantedToken, any Error>?) = state.withLock { state in
            let left = (state.token?.expires ?? 0) - now
            if left > Self.renewalMargin { return (state.token?.text, nil) }
            let isUsable = left > Self.leastLife
            if state.renewal == nil, !isUsable || now >= state.pausesUntil { state.renewal = renewed(now) }
            return (isUsable ? state.token?.text : nil, state.renewal)
        }
        if let usable { return usable }
        // Without a usable token there is a renewal.
        guard let renewal else { throw ProviderFailure(.auth, "there is no token") }
        return try await renewal.value.text
    }

    /// A server has refused this token: the next question gets a new one.
    package func reject(_ token: String) {
        state.withLock { state in
            if state.token?.text == token { state.token = nil }
        }
    }

    private func renewed(_ now: Int) -> Task<GrantedToken, any Error> {
        // The state's lock is held while the task is made; it takes it only when it runs.
        Task {
            do {
                let token = try await grant(now)
                state.withLock { $0 = State(token: token) }
                return token
            } catch {
                state.withLock { state in
                    state.renewal = nil
                    state.pausesUntil = now + Self.pauseAfterFailure
                }
                logger.warning("GOOGLE_TOKEN_FAILED", metadata: ["reason": "\(error)"])
                throw error
            }
        }
    }
}
