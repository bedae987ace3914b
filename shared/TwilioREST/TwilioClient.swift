import HTTPFetch
import Logging

/// Twilio's REST interface, as far as a live call needs it.
///
/// Retries what Twilio did not process, with exponential backoff and full jitter; never repeats what may have been done, unless it may be repeated.
package final class TwilioClient: CallUpdater {
    /// The longest wait before the second attempt; each later one may be twice as long, up to ``longestPause``.
    static let firstPause = Duration.milliseconds(250)
    static let longestPause = Duration.seconds(4)
    /// Of one request that updates a call.
    static let requestLimit = Duration.seconds(5)
    /// No further attempt begins with less than this left: it would be cut before its answer and leave us uncertain.
    static let shortestRetry = Duration.milliseconds(250)
    /// A recording of 120 s is 1.9 MB: seconds on a slow line.
    static let recordingRequestLimit = Duration.seconds(30)

    private let account: TwilioAccount
    private let fetch: HTTPFetch
    private let logger: Logger
    private let sleep: @Sendable (Duration) async throws -> Void
    private let now: @Sendable () -> ContinuousClock.Instant
    private let jitter: @Sendable (Duration) -> Duration

    /// - Parameters:
    ///   - sleep: waits; throws when its task is cancelled.
    ///   - now: the monotonic clock.
    ///   - jitter: a pause between zero and the given one.
    package init(
        account: TwilioAccount, fetch: HTTPFetch, logger: Logger,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        jitter: @escaping @Sendable (Duration) -> Duration = { $0 * Double.random(in: 0...1) }
    ) {
        self.account = account
        self.fetch = fetch
        self.logger = logger
        self.sleep = sleep
        self.now = now
        self.jitter = jitter
    }

    // MARK: Updating a call

    package func update(_ callSid: String, _ update: CallUpdate, within: Duration) async -> CallUpdateResult {
        await self.update(callSid, update, within: within, permit: { true })
    }

    package func update(
        _ callSid: String, _ update: CallUpdate, within: Duration, permit: @escaping @Sendable () -> Bool
    ) async -> CallUpdateResult {
        // The name becomes part of a path.
        guard !callSid.isEmpty, callSid.utf8.allSatisfy(Form.isUnreserved) else { return .refused("the CallSid is malformed") }
        // Twilio does not say what it calls a character; UTF-16 units are never fewer than any other reading.
        if case .twiml(let document) = update, document.utf16.count > CallUpdate.maximumTwiml {
            return .refused("the document has \(document.utf16.count) characters, and Twilio takes \(CallUpdate.maximumTwiml) (32018)")
        }
        let end = now() + within
        var request = request("POST", "\(account.baseURL)/2010-04-01/Accounts/\(account.sid)/Calls/\(callSid).json")
        request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        request.body = Array(Form.encode(fields(of: update)).utf8)
        var last: String?
        var doubt: String?
        var pause = Self.firstPause
        while true {
            let left = end - now()
            guard left >= (last == nil ? .nanoseconds(1) : Self.shortestRetry), !Task.isCancelled, permit() else { break }
            request.timeout = min(left, Self.requestLimit)
            switch CallUpdateStep(await send(request)) {
            case .end(let result): return result
            case .again(let reason): last = reason
            case .doubt(let reason):
                guard update.isRepeatable else { return .uncertain(reason) }
                (last, doubt) = (reason, reason)
            }
            logger.warning("Twilio did not take an update of a call", metadata: ["call": "\(callSid)", "reason": "\(last ?? "")"])
            guard await rest(&pause, until: end) else { break }
        }
        if let doubt { return .uncertain(doubt) }
        return .failed(last ?? "no request was sent: the time was over or it was not allowed any more")
    }

    private func fields(of update: CallUpdate) -> [(String, String)] {
        switch update {
        case .twiml(let document): [("Twiml", document)]
        case .url(let address): [("Url", address), ("Method", "POST")]
        case .completed: [("Status", "completed")]
        }
    }

    // MARK: Recordings

    /// The audio of a recording as WAV.
    ///
    /// - Parameter url: the `RecordingUrl` of a webhook. It comes from outside and the request carries the account's password, so it is asked for
    ///   only at the server of the account's base URL, or at another one of Twilio's when that is Twilio's.
    package func recording(_ url: String, maximumBytes: Int, within: Duration) async -> Result<[UInt8], RecordingFailure> {
        guard let base = WebAddress(account.baseURL), let address = WebAddress(url),
            address.isSameServer(as: base) || (base.isTwilio && address.isTwilio)
        else {
            return .failure(.refused("the recording's address is not at Twilio's interface"))
        }
        let end = now() + within
        var request = request("GET", Self.wave(url))
        request.maximumResponseBytes = maximumBytes
        var last: String?
        var pause = Self.firstPause
        while true {
            let left = end - now()
            guard left >= (last == nil ? .nanoseconds(1) : Self.shortestRetry), !Task.isCancelled else { break }
            request.timeout = min(left, Self.recordingRequestLimit)
            switch await send(request) {
            case .success(let response) where response.status == 200: return .success(response.body)
            case .success(let response):
                let reason = TwilioProblem(response).text
                // 404: the file may be announced before it can be read.
                guard response.status == 404 || response.status == 429 || response.status >= 500 else { return .failure(.refused(reason)) }
                last = reason
            case .failure(let error):
                switch (error as? HTTPFetchError)?.code {
                case .tooLarge?: return .failure(.tooLarge)
                case .invalidRequest?: return .failure(.refused("\(error)"))
                default: last = "\(error)"
                }
            }
            guard await rest(&pause, until: end) else { break }
        }
        return .failure(.failed(last ?? "no request was sent: the time was over"))
    }

    /// `.wav` at the end of the path; the bare address has no type of its own.
    static func wave(_ url: String) -> String {
        let path = url.prefix { $0 != "?" }
        return path.hasSuffix(".wav") ? url : path + ".wav" + url.dropFirst(path.count)
    }

    // MARK: Requests

    private func request(_ method: String, _ url: String) -> HTTPRequest {
        var request = HTTPRequest(method: method, url: url, headers: [("Accept", "application/json")])
        if method == "GET" { request.headers = [] }
        request.basicAuthentication = (account.sid, account.authToken)
        return request
    }

    /// Shielded: cancelling the caller's task does not cut a request in flight, for then nobody would know whether it was done.
    private func send(_ request: HTTPRequest) async -> Result<HTTPResponse, any Error> {
        await Task { [fetch] in try await fetch.send(request) }.result
    }

    /// Waits before the next attempt. False when there is no time for one, or nobody wants it any more.
    private func rest(_ pause: inout Duration, until end: ContinuousClock.Instant) async -> Bool {
        let wait = jitter(pause)
        pause = min(pause * 2, Self.longestPause)
        guard now() + wait + Self.shortestRetry <= end else { return false }
        do {
            try await sleep(wait)
            return true
        } catch {
            return false
        }
    }
}

/// What one attempt to update a call came to.
enum CallUpdateStep: Equatable {
    case end(CallUpdateResult)
    /// Not processed: may be sent again.
    case again(String)
    /// May have been done.
    case doubt(String)

    init(_ outcome: Result<HTTPResponse, any Error>) {
        switch outcome {
        case .success(let response): self.init(response)
        case .failure(let error):
            switch (error as? HTTPFetchError)?.code {
            case .connectFailed?, .tls?, .full?: self = .again("\(error)")
            case .invalidRequest?, .setup?: self = .end(.refused("\(error)"))
            // No answer, or one that nobody has read: too large, or cut by the end of the client.
            default: self = .doubt("\(error)")
            }
        }
    }

    private init(_ response: HTTPResponse) {
        if (200..<300).contains(response.status) {
            self = .end(.done)
            return
        }
        let problem = TwilioProblem(response)
        switch (response.status, problem.code) {
        case (_, 21220): self = .end(.over(problem.text))
        case (_, 20429), (429, _): self = .again(problem.text)
        case (503, _): self = .again(problem.text)
        // Twilio calls only reading, deleting and hanging up safe to repeat after an error of its own (20500): it may have acted.
        case (500..., _): self = .doubt(problem.text)
        default: self = .end(.refused(problem.text))
        }
    }
}

/// `application/x-www-form-urlencoded`.
enum Form {
    static func encode(_ fields: [(String, String)]) -> String {
        fields.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
    }

    static func isUnreserved(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    private static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) { bytes.append(byte) } else { bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
