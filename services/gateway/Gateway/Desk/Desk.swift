import Business
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import NIOCore
import Synchronization
import TwilioWire

/// Answers Twilio: which business a call reaches, what its TwiML says, which stream belongs to it. From memory, at once.
package final class Desk: CallDesk {
    struct State {
        var book = CallBook()
        var runners: [CallID: CallRunner] = [:]
        /// Calls of an earlier life of the gateway whose stream has not come yet.
        var recovered: [CallID: RecoveredCall] = [:]
        var isLeaving = false
    }

    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    let settings: GatewaySettings
    let address: PublicAddress
    let businesses: BusinessDirectory
    let prompts: PromptLibrary
    let fleet: Fleet
    let journal: Journal
    let makeServices: @Sendable (@escaping @Sendable (CallID, CallOutcome?) -> Void) -> CallServices
    let unixMilliseconds: @Sendable () -> Int64
    /// For calls that have no socket.
    let spareLoop: any EventLoop
    let logger: Logger
    let state = Mutex(State())
    let secret: [UInt8]
    let boot: UInt32
    let startedSeconds: Int64

    /// - Parameter recovered: calls that were going on when the gateway was last seen alive.
    package init(
        settings: GatewaySettings, address: PublicAddress, businesses: BusinessDirectory, prompts: PromptLibrary, fleet: Fleet,
        journal: Journal, recovered: [RecoveredCall], boot: UInt32, spareLoop: any EventLoop, logger: Logger,
        unixMilliseconds: @escaping @Sendable () -> Int64,
        services: @escaping @Sendable (@escaping @Sendable (CallID, CallOutcome?) -> Void) -> CallServices
    ) {
        self.settings = settings
        self.address = address
        self.businesses = businesses
        self.prompts = prompts
        self.fleet = fleet
        self.journal = journal
        self.spareLoop = spareLoop
        self.logger = logger
        self.boot = boot
        self.unixMilliseconds = unixMilliseconds
        makeServices = services
        secret = settings.tokenSecret
        startedSeconds = unixMilliseconds() / 1000
        restore(recovered)
        // What was over before is told at once: nobody will ask about it.
        for call in recovered where call.outcome != nil { _ = endRecovered(call.card.call) }
    }

    var unixSeconds: @Sendable () -> Int64 {
        let unixMilliseconds = unixMilliseconds
        return { unixMilliseconds() / 1000 }
    }

    /// Calls that have begun and not ended.
    package var activeCalls: Int { state.withLock { $0.book.count(at: unixSeconds()) } }
    var isLeaving: Bool { state.withLock { $0.isLeaving } }

    // MARK: - Webhooks

    package var isReady: (Bool, String) {
        let missing = prompts.missing
        if !missing.isEmpty { return (false, "prompts are not made yet: \(missing.joined(separator: ", "))") }
        let workers = fleet.available
        let absent = Pool.allCases.filter { workers[$0] == nil }.map(\.rawValue)
        if !absent.isEmpty { return (false, "no worker of \(absent.joined(separator: ", "))") }
        return (true, "ready, \(activeCalls) calls")
    }

    package func incomingCall(_ request: VoiceRequest, on eventLoop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        func now(_ reply: TwiMLReply) -> EventLoopFuture<TwiMLReply> { eventLoop.makeSucceededFuture(reply) }
        if request.authenticity == .preview { return now(preview(request)) }
        guard let call = request.callSid.flatMap({ CallID($0) }) else {
            logger.warning("incoming_call without a CallSid", metadata: ["remote": "\(request.remoteAddress)"])
            return now(TwiMLReply(.endCall, status: 400))
        }
        guard let business = businesses.business(number: request.to) else {
            Counter(label: "maane_calls", dimensions: [("outcome", "unknown_number")]).increment()
            logger.error("ALARM a call for a number that no business has", metadata: ["call": "\(call)", "called": "\(request.to)"])
            return now(play(PromptList.refusal, request))
        }
        let fallback = PromptList.name(.fallback, of: business.id, in: businesses)
        guard settings.realtime else {
            logger.warning("call answered by the fallback: HEBREW_REALTIME_ENABLED is off", metadata: ["call": "\(call)"])
            return now(play(fallback, request))
        }
        let greeting = PromptList.name(.greeting, of: business.id, in: businesses)
        guard prompts.isReady(greeting) else { return now(wait(request)) }
        // The predecessor has greeted this caller and sent the call here.
        let isGreeted = request.query["greeted"] != nil
        if isLeaving {
            logger.info("call sent to the successor", metadata: ["call": "\(call)"])
            let again = address.incomingCallURL + "?greeted=1"
            return now(
                TwiMLReply(
                    .later(
                        playURL: address.speechURL((isGreeted ? PromptList.name(.moment, of: business.id, in: businesses) : greeting) + ".mp3"),
                        redirectURL: again)))
        }
        let entry = state.withLock {
            $0.book.arrive(
                call, business: business.id, caller: Self.caller(request.from), called: request.to, slots: settings.slots,
                atMilliseconds: unixMilliseconds())
        }
        guard let entry else {
            Counter(label: "maane_calls", dimensions: [("outcome", "busy")]).increment()
            logger.warning("every line is taken", metadata: ["call": "\(call)", "slots": "\(settings.slots)"])
            return now(play(PromptList.name(.busy, of: business.id, in: businesses), request))
        }
        logger.info("call", metadata: ["call": "\(call)", "business": "\(business.id)", "generation": "\(entry.generation)"])
        return commit([.accepted(entry.card)], of: call, on: eventLoop).map {
            TwiMLReply(self.document(entry, greeting: isGreeted ? nil : greeting))
        }
    }

    /// Waits until the journal has it. A disk that does not take it in time is no reason to keep a caller waiting.
    private func commit(_ records: [JournalRecord], of call: CallID, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        journal.commit(records, milliseconds: Self.journalPatience) { committed in
            if !committed {
                Counter(label: "maane_journal_late").increment()
                self.logger.warning("the journal did not take it in time; the call goes on", metadata: ["call": "\(call)"])
            }
            promise.succeed()
        }
        return promise.futureResult
    }

    /// Twilio gives a webhook 15 s, and a caller hears ringing meanwhile. Commits take some milliseconds (see docs/PERFORMANCE.md).
    private static let journalPatience = 500

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

    package func streamEnded(_ request: VoiceRequest, on eventLoop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        func now(_ reply: TwiMLReply) -> EventLoopFuture<TwiMLReply> { eventLoop.makeSucceededFuture(reply) }
        guard let call = request.callSid.flatMap({ CallID($0) }) else { return now(TwiMLReply(.endCall)) }
        if isLeaving, let entry = state.withLock({ $0.book.entry(call) }), entry.outcome == nil {
            let moment = PromptList.name(.moment, of: entry.business, in: businesses)
            return now(TwiMLReply(.later(playURL: address.speechURL(moment + ".mp3"), redirectURL: address.streamEndedURL)))
        }
        let (continuation, business) = state.withLock { state in
            (state.book.streamEnded(call, at: unixSeconds()), state.book.entry(call)?.business)
        }
        logger.info("stream ended", metadata: ["call": "\(call)", "next": "\(continuation.name)"])
        switch continuation {
        case .hangUp: return now(TwiMLReply(.endCall))
        case .fallback:
            // Without the MP3 there is nothing to say, and asking again would begin the call anew.
            guard let business, prompts.isReady(PromptList.name(.fallback, of: business, in: businesses)) else { return now(TwiMLReply(.endCall)) }
            return now(play(PromptList.name(.fallback, of: business, in: businesses), request))
        case .streamAgain(let entry):
            let record = JournalRecord.stream(call, generation: entry.generation, opened: entry.opened)
            return commit([record], of: call, on: eventLoop).map { TwiMLReply(self.document(entry, greeting: nil)) }
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
        if let runner = state.withLock({ $0.runners[call] }) { return runner.deliver([.callCompleted]) }
        // Twilio may know before its socket does: a call of an earlier life that ended while nobody was here.
        if endRecovered(call) { return }
        let over = state.withLock { state in
            let entry = state.book.entry(call)
            let isOpen = entry.map { $0.outcome == nil } ?? false
            if isOpen { state.book.finish(call, .callerHungUp, at: unixSeconds()) }
            return isOpen ? entry : nil
        }
        guard let over else { return }
        // A call that was handed over has ended on its way: the successor tells what there is to tell.
        journal.append([over.opened > 0 ? .decided(call, .callerHungUp) : .ended(call, .callerHungUp)])
    }

    /// nil when the caller's number is hidden: Twilio then sends words, or numbers that stand for them.
    private static func caller(_ from: String) -> String? {
        let digits = from.dropFirst()
        guard from.hasPrefix("+"), (7...15).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        // +266696687 spells ANONYMOUS, +7378742833 RESTRICTED, +2562533 BLOCKED, +8566 UNKNOWN.
        return ["+266696687", "+7378742833", "+2562533", "+86282452253"].contains(from) ? nil : from
    }
}
