import Business
import CallEngine
import CallVocabulary
import Logging
import Metrics
import NIOCore
import Synchronization
import TwilioWire

/// Answers Twilio: which business a call reaches, what its TwiML says, which stream belongs to it. From memory, at once.
package final class Desk: CallDesk {
    private struct State {
        var book = CallBook()
        var runners: [CallID: CallRunner] = [:]
    }

    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    private let settings: GatewaySettings
    private let address: PublicAddress
    private let businesses: BusinessDirectory
    private let prompts: PromptLibrary
    private let fleet: Fleet
    private let makeServices: @Sendable (@escaping @Sendable (CallID, CallOutcome) -> Void) -> CallServices
    private let unixSeconds: @Sendable () -> Int64
    private let logger: Logger
    private let state = Mutex(State())
    private let secret: [UInt8]
    private let boot: UInt32
    /// Room for the facts of one call in one life of the gateway.
    private static let factsPerLife = 1_000_000

    package init(
        settings: GatewaySettings, address: PublicAddress, businesses: BusinessDirectory, prompts: PromptLibrary, fleet: Fleet, boot: UInt32,
        logger: Logger,
        unixSeconds: @escaping @Sendable () -> Int64,
        services: @escaping @Sendable (@escaping @Sendable (CallID, CallOutcome) -> Void) -> CallServices
    ) {
        self.settings = settings
        self.address = address
        self.businesses = businesses
        self.prompts = prompts
        self.fleet = fleet
        self.logger = logger
        self.boot = boot
        self.unixSeconds = unixSeconds
        makeServices = services
        secret = settings.tokenSecret
    }

    /// Calls that have begun and not ended.
    package var activeCalls: Int { state.withLock { $0.book.count } }

    package func tick() { state.withLock { $0.book.purge(at: unixSeconds()) } }

    // MARK: - Webhooks

    package var isReady: (Bool, String) {
        let missing = prompts.missing
        if !missing.isEmpty { return (false, "prompts are not made yet: \(missing.joined(separator: ", "))") }
        let workers = fleet.available
        let absent = Pool.allCases.filter { workers[$0] == nil }.map(\.rawValue)
        if !absent.isEmpty { return (false, "no worker of \(absent.joined(separator: ", "))") }
        return (true, "ready, \(activeCalls) calls")
    }

    package func incomingCall(_ request: VoiceRequest) -> TwiMLReply {
        if request.authenticity == .preview { return preview(request) }
        guard let call = request.callSid.flatMap({ CallID($0) }) else {
            logger.warning("incoming_call without a CallSid", metadata: ["remote": "\(request.remoteAddress)"])
            return TwiMLReply(.endCall, status: 400)
        }
        guard let business = businesses.business(number: request.to) else {
            Counter(label: "maane_calls", dimensions: [("outcome", "unknown_number")]).increment()
            logger.error("ALARM a call for a number that no business has", metadata: ["call": "\(call)", "called": "\(request.to)"])
            return play(PromptList.refusal, request)
        }
        let fallback = PromptList.name(.fallback, of: business.id, in: businesses)
        guard settings.realtime else {
            logger.warning("call answered by the fallback: HEBREW_REALTIME_ENABLED is off", metadata: ["call": "\(call)"])
            return play(fallback, request)
        }
        let greeting = PromptList.name(.greeting, of: business.id, in: businesses)
        guard prompts.isReady(greeting) else { return wait(request) }
        let caller = Self.caller(request.from)
        let entry = state.withLock { $0.book.arrive(call, business: business.id, caller: caller, called: request.to, at: unixSeconds()) }
        logger.info("call", metadata: ["call": "\(call)", "business": "\(business.id)", "generation": "\(entry.generation)"])
        return TwiMLReply(document(entry, greeting: greeting))
    }

    /// For whoever looks at the document: the first business's, with a token that no stream accepts.
    private func preview(_ request: VoiceRequest) -> TwiMLReply {
        guard let business = businesses.first else { return TwiMLReply(.endCall) }
        let token = StreamToken.mintPreview(expires: unixSeconds(), secret: secret)
        return TwiMLReply(
            document(call: "preview", token: token, greeting: PromptList.name(.greeting, of: business.id, in: businesses)))
    }

    private func document(_ entry: CallBook.Entry, greeting: String?) -> TwiML {
        let token = StreamToken.mint(
            callSid: entry.call.rawValue, generation: UInt32(entry.generation), expires: entry.tokenExpires, secret: secret)
        return document(call: entry.call.rawValue, token: token, greeting: greeting)
    }

    private func document(call: String, token: String, greeting: String?) -> TwiML {
        // Both values are short by construction; a parameter that Twilio would refuse is left out, and the stream then is too.
        let parameters = [("call_sid", call), ("token", token)].compactMap { try? TwiML.Parameter(name: $0.0, value: $0.1) }
        return .incomingCall(
            greetingURL: greeting.map { address.speechURL($0 + ".mp3") }, streamURL: address.streamURL, actionURL: address.streamEndedURL,
            parameters: parameters)
    }

    /// Plays a prompt and hangs up; asks again in a second when its MP3 is not there yet.
    private func play(_ prompt: String, _ request: VoiceRequest) -> TwiMLReply {
        guard prompts.isReady(prompt) else { return wait(request) }
        return TwiMLReply(.fallback(playURL: address.speechURL(prompt + ".mp3")))
    }

    /// The prompts are not made yet: asks again in a second. Twilio follows ten redirects at most (11215), so the last of them
    /// is answered by an error, and Twilio asks the number's fallback URL.
    private func wait(_ request: VoiceRequest) -> TwiMLReply {
        let waited = request.query["wait"].flatMap { Int($0) } ?? 0
        guard waited < Self.longestWait else { return TwiMLReply(.endCall, status: 503) }
        return TwiMLReply(.wait(redirectURL: address.incomingCallURL + "?wait=\(waited + 1)"))
    }

    private static let longestWait = 8

    /// The gateway is stopping: every call is told so, and its facts are made.
    package func endAll() {
        for runner in state.withLock({ Array($0.runners.values) }) { runner.end() }
    }

    /// Calls whose runner is still at work.
    package var runningCalls: Int { state.withLock { $0.runners.count } }

    package func streamEnded(_ request: VoiceRequest) -> TwiMLReply {
        guard let call = request.callSid.flatMap({ CallID($0) }) else { return TwiMLReply(.endCall) }
        let (continuation, business) = state.withLock { state in
            (state.book.streamEnded(call, at: unixSeconds()), state.book.entry(call)?.business)
        }
        logger.info("stream ended", metadata: ["call": "\(call)", "next": "\(continuation)"])
        switch continuation {
        case .hangUp: return TwiMLReply(.endCall)
        case .fallback:
            // Without the MP3 there is nothing to say, and asking again would begin the call anew.
            guard let business, prompts.isReady(PromptList.name(.fallback, of: business, in: businesses)) else { return TwiMLReply(.endCall) }
            return play(PromptList.name(.fallback, of: business, in: businesses), request)
        case .streamAgain(let entry): return TwiMLReply(document(entry, greeting: nil))
        }
    }

    package func callStatus(_ request: VoiceRequest) {
        let status = request.params["CallStatus"] ?? ""
        logger.info(
            "CALL_STATUS",
            metadata: ["call": "\(request.callSid ?? "")", "status": "\(status)", "seconds": "\(request.params["CallDuration"] ?? "")"])
        guard ["completed", "busy", "failed", "no-answer", "canceled"].contains(status), let call = request.callSid.flatMap({ CallID($0) }) else {
            return
        }
        let runner = state.withLock { state in
            if state.runners[call] == nil, state.book.entry(call)?.outcome == nil { state.book.finish(call, .callerHungUp, at: unixSeconds()) }
            return state.runners[call]
        }
        runner?.deliver([.callCompleted])
    }

    /// nil when the caller's number is hidden: Twilio then sends words, or numbers that stand for them.
    private static func caller(_ from: String) -> String? {
        let digits = from.dropFirst()
        guard from.hasPrefix("+"), (7...15).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        // +266696687 spells ANONYMOUS, +7378742833 RESTRICTED, +2562533 BLOCKED, +8566 UNKNOWN.
        return ["+266696687", "+7378742833", "+2562533", "+86282452253"].contains(from) ? nil : from
    }

    // MARK: - Streams

    package func mediaOpened(_ line: MediaLine) -> any MediaHandler {
        LineHandler(line: line, desk: self, logger: logger)
    }

    /// Checks a stream's token and finds or makes its call.
    func claim(_ start: StreamStart, on loop: any EventLoop) -> Result<CallRunner, Refusal> {
        guard let call = CallID(start.callSid), let token = start.customParameters["token"] else {
            return .failure(Refusal(description: "no token"))
        }
        let now = unixSeconds()
        let generation: UInt32
        do {
            generation = try StreamToken.verify(token, callSid: start.callSid, now: now, secret: secret)
        } catch {
            return .failure(Refusal(description: "token \(error)"))
        }
        let entry: CallBook.Entry
        switch state.withLock({ $0.book.claim(call, generation: Int(generation), at: now) }) {
        case .accepted(let accepted): entry = accepted
        case .refused(let reason): return .failure(Refusal(description: reason))
        }
        if let known = state.withLock({ $0.runners[call] }) { return .success(known) }
        guard let business = businesses.business(id: entry.business) else { return .failure(Refusal(description: "no such business")) }
        let runner = CallRunner(opening: opening(entry, business), loop: loop, fleet: fleet, services: makeServices { self.finished($0, $1) }) {
            self.decided($0, $1)
        }
        state.withLock { $0.runners[call] = runner }
        return .success(runner)
    }

    private func opening(_ entry: CallBook.Entry, _ business: BusinessProfile) -> CallOpening {
        let sorry = PromptList.name(.sorry, of: business.id, in: businesses)
        var clips: [CallOpening.Clip: CallOpening.CannedLine] = [:]
        if let audio = prompts.clip(sorry), let text = prompts.text(sorry) { clips[.sorry] = .init(text: text, audio: audio) }
        return CallOpening(
            call: entry.call, business: business.id, caller: entry.caller, called: entry.called,
            startedUnixMilliseconds: unixSeconds() * 1000, greeting: business.greeting, policy: settings.policy,
            firstFact: Int(boot) * Self.factsPerLife + 1, clips: clips)
    }

    /// The call knows how it ends before it has ended: Twilio asks the action URL in between.
    private func decided(_ call: CallID, _ outcome: CallOutcome) {
        state.withLock { $0.book.finish(call, outcome, at: unixSeconds()) }
    }

    private func finished(_ call: CallID, _ outcome: CallOutcome) {
        state.withLock { state in
            state.book.finish(call, outcome, at: unixSeconds())
            state.runners[call] = nil
        }
    }
}
