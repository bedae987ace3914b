import BusContract
import Business
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import NIOCore
import Synchronization
import TwilioWire

/// What Twilio is answered. From memory, at once; what must survive is committed first. Duplicated, late and reordered requests find the same
/// entry in the call book and get the same answer.
extension Desk {
    package func document(_ webhook: DocumentWebhook, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        if request.authenticity == .preview { return loop.makeSucceededFuture(preview(webhook)) }
        guard let call = request.callSid.flatMap({ CallID($0) }) else {
            logger.warning("webhook without a CallSid", metadata: ["webhook": "\(webhook.rawValue)", "remote": "\(request.remoteAddress)"])
            return loop.makeSucceededFuture(TwiMLReply(.endCall, status: 400))
        }
        guard let token = request.idempotencyToken, token.utf8.count <= 128 else { return answer(webhook, call, request, on: loop) }
        // Another attempt of the same request: Twilio acts upon one answer, so both must be the same.
        if let reply = state.withLock({ $0.book.answer(to: webhook, token: token, call, atMilliseconds: unixMilliseconds()) }) {
            logger.info("webhook repeated", metadata: ["call": "\(call)", "webhook": "\(webhook.rawValue)"])
            return loop.makeSucceededFuture(reply)
        }
        return answer(webhook, call, request, on: loop).map { reply in
            self.state.withLock { $0.book.remember(reply, to: webhook, token: token, call, atMilliseconds: self.unixMilliseconds()) }
            return reply
        }
    }

    private func answer(_ webhook: DocumentWebhook, _ call: CallID, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        switch webhook {
        case .incomingCall: incomingCall(call, request, on: loop)
        case .streamEnded: streamEnded(call, request, on: loop)
        case .handleRecording: handleRecording(call, request, on: loop)
        case .transferEnded: transferEnded(call, request, on: loop)
        case .fallback: fallback(call, request, on: loop)
        }
    }

    /// Whose call it is: the business that it reached first. Only a call that is not known goes by the number.
    private func business(of call: CallID, _ request: VoiceRequest) -> BusinessProfile? {
        let known = state.withLock { $0.book.entry(call)?.business }
        return known.flatMap { businesses.business(id: $0) } ?? businesses.business(number: request.to)
    }

    // MARK: - A call comes in

    private func incomingCall(_ call: CallID, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        func now(_ reply: TwiMLReply) -> EventLoopFuture<TwiMLReply> { loop.makeSucceededFuture(reply) }
        guard let business = business(of: call, request) else { return now(refusal(call, request)) }
        state.withLock { $0.book.revive(call) }
        if let known = state.withLock({ $0.book.entry(call) }), known.outcome != nil || known.exit != nil {
            // A repeated webhook of a call that has ended, or gone elsewhere meanwhile.
            return known.outcome == .busy ? now(TwiMLReply(busy(business.id))) : streamEnded(call, request, on: loop)
        }
        // Nobody is recorded without having been told.
        let needed: [PromptList.Kind] = settings.traceDirectory == nil ? [.greeting] : [.recorded, .greeting]
        guard needed.allSatisfy({ prompts.isReady(PromptList.name($0, of: business.id, in: businesses)) }) else { return now(wait(request)) }
        if let fault = realtimeFault { return record(call, request, business, because: fault, on: loop) }
        // The predecessor has greeted this caller and sent the call here.
        let isGreeted = request.query["greeted"] != nil
        let plays = isGreeted ? [] : opening(of: business)
        if isLeaving { return now(sendOn(call, business, plays, isGreeted: isGreeted)) }
        let entry = state.withLock { state in
            let entry = state.book.arrive(
                call, business: business.id, caller: Self.caller(request.from), called: request.to, slots: settings.slots,
                playMilliseconds: plays.milliseconds, atMilliseconds: unixMilliseconds())
            if entry != nil, !isGreeted, plays.allSatisfy({ $0.kind != .greeting }) { state.book.greetsInStream(call) }
            return entry
        }
        guard let entry else { return now(refuseBusy(call, request, business)) }
        logger.info("call", metadata: ["call": "\(call)", "business": "\(business.id)", "generation": "\(entry.generation)"])
        return commit([.accepted(entry.card)], of: call, on: loop).map { TwiMLReply(self.conversation(entry, plays.map(\.url))) }
    }

    /// The gateway is leaving: the caller hears the greeting, and then meets the successor.
    private func sendOn(_ call: CallID, _ business: BusinessProfile, _ plays: [Spoken], isGreeted: Bool) -> TwiMLReply {
        logger.info("call sent to the successor", metadata: ["call": "\(call)"])
        // Who is greeted in the stream is greeted there by the successor, the notice before it included.
        guard plays.contains(where: { $0.kind == .greeting }) else {
            return later(business.id, address.incomingCallURL + (isGreeted ? "?greeted=1" : ""))
        }
        return TwiMLReply(.later(playURLs: plays.map(\.url), redirectURL: address.incomingCallURL + "?greeted=1"))
    }

    /// What is played before the stream of a new call: the notice when calls are recorded, and the greeting unless the stream greets.
    private func opening(of business: BusinessProfile) -> [Spoken] {
        let notice = settings.traceDirectory == nil ? nil : speech(.recorded, of: business.id)
        return [notice, greetsInStream(business) ? nil : speech(.greeting, of: business.id)].compactMap { $0 }
    }

    func greetsInStream(_ business: BusinessProfile) -> Bool {
        business.greetingMode == .stream && prompts.clip(PromptList.name(.greeting, of: business.id, in: businesses)) != nil
    }

    /// A number that is nobody's: a polite sentence, and nothing of any business.
    private func refusal(_ call: CallID, _ request: VoiceRequest) -> TwiMLReply {
        Counter(label: "maane_calls", dimensions: [("outcome", "unknown_number")]).increment()
        logger.error("ALARM a call for a number that no business has", metadata: ["call": "\(call)", "called": "\(Self.clipped(request.to))"])
        guard prompts.isReady(PromptList.refusal) else { return wait(request) }
        return TwiMLReply(.farewell(playURL: address.speechURL(PromptList.refusal + ".mp3")))
    }

    /// Every slot is taken: said, and written down, so that somebody calls back.
    private func refuseBusy(_ call: CallID, _ request: VoiceRequest, _ business: BusinessProfile) -> TwiMLReply {
        // A slot may be free by the time that there is something to say.
        guard speech(.busy, of: business.id) != nil else { return wait(request) }
        let refused = state.withLock {
            $0.book.refuse(
                call, business: business.id, caller: Self.caller(request.from), called: request.to, atMilliseconds: unixMilliseconds())
        }
        if let refused {
            logger.error("ALARM every line is taken", metadata: ["call": "\(call)", "slots": "\(settings.slots)"])
            tellEnd(of: refused, .busy, because: "every line is taken")
        }
        return TwiMLReply(busy(business.id))
    }

    /// The prompts are not made yet: asks again in a second. Twilio follows ten redirects at most (11215), so the last of them
    /// is answered by an error, and Twilio asks the number's fallback URL.
    private func wait(_ request: VoiceRequest) -> TwiMLReply {
        let waited = max(0, request.query["wait"].flatMap { Int($0) } ?? 0)
        guard waited < Self.longestWait else { return TwiMLReply(.endCall, status: 503) }
        let greeted = request.query["greeted"] == nil ? "" : "&greeted=1"
        return TwiMLReply(.wait(redirectURL: address.incomingCallURL + "?wait=\(waited + 1)" + greeted))
    }

    private static let longestWait = 8

    // MARK: - After the stream

    private func streamEnded(_ call: CallID, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        func now(_ reply: TwiMLReply) -> EventLoopFuture<TwiMLReply> { loop.makeSucceededFuture(reply) }
        if isLeaving {
            let entry = state.withLock { $0.book.entry(call) }
            // What is decided is answered here. Everything else, and what is not known here, is the successor's.
            if entry.map({ $0.outcome == nil && $0.exit == nil }) ?? true {
                return now(later(entry?.business ?? businesses.business(number: request.to)?.id, address.streamEndedURL))
            }
        }
        let continuation = state.withLock { $0.book.streamEnded(call, atMilliseconds: unixMilliseconds()) }
        logger.info("stream ended", metadata: ["call": "\(call)", "next": "\(continuation.name)"])
        switch continuation {
        case .hangUp: return now(TwiMLReply(.endCall))
        case .unknown:
            // Nothing is known of a call that Twilio asks about: its caller may be there.
            guard let business = businesses.business(number: request.to) else { return now(TwiMLReply(.endCall)) }
            return record(call, request, business, because: "unknown call", on: loop)
        case .exit(let exit, let entry): return document(exit, entry, request, on: loop)
        case .streamAgain(let entry):
            let record = JournalRecord.stream(call, generation: entry.generation, opened: entry.opened)
            let plays = entry.play.map { [address.speechURL($0 + ".mp3")] } ?? []
            state.withLock { $0.runners[call] }?.deliver([.streamAwaited(milliseconds: entry.play == nil ? 0 : entry.playMilliseconds)])
            return commit([record], of: call, on: loop).map { TwiMLReply(self.conversation(entry, plays)) }
        }
    }

    /// What Twilio would have been told by an update of the call.
    private func document(_ exit: LineExit, _ entry: CallBook.Entry, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        switch exit {
        case .complete: return loop.makeSucceededFuture(TwiMLReply(.endCall))
        case .timeUp: return loop.makeSucceededFuture(TwiMLReply(timeUp(entry.business)))
        case .transfer: return loop.makeSucceededFuture(TwiMLReply(transfer(entry.business) ?? message(entry.business)))
        case .record: return handleRecording(entry.call, request, on: loop)
        }
    }

    // MARK: - The recording

    /// The landing of the watchdog and of whoever else does not know what to do; and the end of the recording itself.
    private func handleRecording(_ call: CallID, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        let entry = state.withLock { $0.book.entry(call) }
        let business = entry.map(\.business) ?? businesses.business(number: request.to)?.id
        if let notice = RecordingNotice.action(request, business: business, caller: entry?.caller ?? Self.caller(request.from)) {
            recordings.completed(notice)
            logger.info("message recorded", metadata: ["call": "\(call)", "seconds": "\(Self.clipped(request.params["RecordingDuration"]))"])
            return loop.makeSucceededFuture(TwiMLReply(goodbye(business)))
        }
        guard entry == nil else { return land(call, request, on: loop) }
        guard let business = businesses.business(number: request.to) else { return loop.makeSucceededFuture(refusal(call, request)) }
        return record(call, request, business, because: "unknown call", on: loop)
    }

    private func land(_ call: CallID, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        let (entry, known, runner) = state.withLock { state in
            (
                state.book.land(call, isThere: request.params["CallStatus"] == "in-progress", at: unixMilliseconds() / 1000), state.book.entry(call),
                state.runners[call]
            )
        }
        runner?.deliver([.landed])
        guard let entry else {
            let isServed = known?.outcome.map { ![.fallback, .failed].contains($0) } ?? false
            return loop.makeSucceededFuture(TwiMLReply(isServed ? .endCall : goodbye(known?.business)))
        }
        logger.notice("call at the recording", metadata: ["call": "\(call)", "landing": "\(entry.landings)"])
        if runner == nil, entry.outcome == nil, !endRecovered(call, .fallback) { finishWithoutSession(entry, .fallback, because: "landed") }
        return loop.makeSucceededFuture(TwiMLReply(message(entry.business)))
    }

    /// A call that has never been ours goes to the recording.
    private func record(
        _ call: CallID, _ request: VoiceRequest, _ business: BusinessProfile, because reason: String, on loop: any EventLoop
    ) -> EventLoopFuture<TwiMLReply> {
        let entry = state.withLock {
            $0.book.arrive(
                call, business: business.id, caller: Self.caller(request.from), called: request.to, slots: .max, atMilliseconds: unixMilliseconds())
        }
        guard let entry else { return loop.makeSucceededFuture(TwiMLReply(message(business.id))) }
        logger.warning("call sent to the recording", metadata: ["call": "\(call)", "reason": "\(reason)"])
        return commit([.accepted(entry.card)], of: call, on: loop).flatMap { self.land(call, request, on: loop) }
    }

    private func fallback(_ call: CallID, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        logger.error(
            "ALARM Twilio asks the fallback URL: another webhook failed",
            metadata: ["call": "\(call)", "error": "\(Self.clipped(request.params["ErrorCode"]))"])
        Counter(label: "maane_fallback_requests").increment()
        return handleRecording(call, request, on: loop)
    }

    // MARK: - The transfer

    private func transferEnded(_ call: CallID, _ request: VoiceRequest, on loop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        func now(_ reply: TwiMLReply) -> EventLoopFuture<TwiMLReply> { loop.makeSucceededFuture(reply) }
        let status = request.params["DialCallStatus"] ?? ""
        let answered = status == "completed" || status == "answered"
        logger.info(
            "transfer ended",
            metadata: ["call": "\(call)", "status": "\(Self.clipped(status))", "seconds": "\(Self.clipped(request.params["DialCallDuration"]))"])
        let (runner, known) = state.withLock { ($0.runners[call], $0.book.entry(call)) }
        if answered {
            runner?.deliver([.transferEnded(answered: true)])
            if runner == nil, let known, known.outcome == nil, !endRecovered(call, .transferred) {
                finishWithoutSession(known, .transferred, because: nil)
            }
            return now(TwiMLReply(.endCall))
        }
        if Self.isTerminal(request.params["CallStatus"] ?? "") {
            // Nobody answered, and nobody waits any more.
            runner?.deliver([.transferEnded(answered: false)])
            callIsOver(call)
            return now(TwiMLReply(.endCall))
        }
        if isLeaving, runner == nil { return now(later(known?.business ?? businesses.business(number: request.to)?.id, address.transferEndedURL)) }
        return comeBack(call, request, known, runner, on: loop)
    }

    /// Nobody answered: the conversation goes on in a stream.
    private func comeBack(
        _ call: CallID, _ request: VoiceRequest, _ known: CallBook.Entry?, _ runner: CallRunner?, on loop: any EventLoop
    ) -> EventLoopFuture<TwiMLReply> {
        let nobody = known.flatMap { speech(.nobody, of: $0.business) }
        let entry = state.withLock { state in
            let entry = state.book.comeBack(call, playMilliseconds: nobody?.milliseconds ?? 0, atMilliseconds: unixMilliseconds())
            if entry != nil { state.recovered[call]?.outcome = nil }
            return entry
        }
        guard let entry else {
            // Over for us, or not known: a caller to whom nobody has spoken can still leave a message.
            if let known, known.outcome == .transferred { return loop.makeSucceededFuture(TwiMLReply(message(known.business))) }
            return handleRecording(call, request, on: loop)
        }
        runner?.deliver([.transferEnded(answered: false), .streamAwaited(milliseconds: nobody?.milliseconds ?? 0)])
        return commit([.undecided(call), .stream(call, generation: entry.generation, opened: entry.opened)], of: call, on: loop)
            .map { TwiMLReply(self.conversation(entry, [nobody].compactMap { $0?.url })) }
    }

    // MARK: - Notices

    package func fetched(_ file: String) { replies.wasFetched(file) }

    package func notice(_ webhook: NoticeWebhook, _ request: VoiceRequest) {
        let call = request.callSid.flatMap { CallID($0) }
        switch webhook {
        case .callStatus: callStatus(call, request)
        case .streamStatus:
            let event = request.params["StreamEvent"] ?? ""
            logger.info(
                "STREAM_STATUS",
                metadata: [
                    "call": "\(Self.clipped(request.callSid))", "event": "\(Self.clipped(event))",
                    "stream": "\(Self.clipped(request.params["StreamSid"]))", "error": "\(Self.clipped(request.params["StreamError"]))",
                ])
            guard event == "stream-error", let call, let runner = state.withLock({ $0.runners[call] }) else { return }
            // Our socket may learn of it a minute later, or never.
            Counter(label: "maane_stream_errors").increment()
            runner.streamFailed(request.params["StreamSid"], Self.clipped(request.params["StreamError"]))
        case .recordingStatus:
            let entry = call.flatMap { call in state.withLock { $0.book.entry(call) } }
            guard let notice = RecordingNotice.callback(request, business: entry?.business, caller: entry?.caller) else { return }
            logger.info("RECORDING_STATUS", metadata: ["call": "\(notice.call)", "recording": "\(notice.sid)"])
            recordings.completed(notice)
        }
    }

    private func callStatus(_ call: CallID?, _ request: VoiceRequest) {
        let status = request.params["CallStatus"] ?? ""
        logger.info(
            "CALL_STATUS",
            metadata: [
                "call": "\(Self.clipped(request.callSid))", "status": "\(Self.clipped(status))",
                "seconds": "\(Self.clipped(request.params["CallDuration"]))",
            ])
        if Self.isTerminal(status), let call { callIsOver(call) }
    }

    private static func isTerminal(_ status: String) -> Bool { ["completed", "busy", "failed", "no-answer", "canceled"].contains(status) }
}
