import BusContract
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import Synchronization
import TwilioREST
import TwilioWire

/// Calls that leave their stream, and the watch over streams that never come.
extension Desk {
    /// An update is tried for this long; after it the socket is closed, and Twilio asks what to do. Somebody may be in silence meanwhile.
    private static let updatePatience = Duration.milliseconds(1_500)

    /// What a call can have done to itself at Twilio.
    func control() -> CallControl {
        CallControl(
            exit: { self.exit($0, $1, told: $2) },
            announce: { self.announce($0, file: $1, milliseconds: $2) },
            makeReply: { call, deliver in self.replies.expect(call, deliver) },
            learned: { call, lead in self.state.withLock { $0.book.learn(call, lead) } })
    }

    /// Sends the call where it shall go. The book knows first: whoever asks gets the same answer.
    func exit(_ call: CallID, _ exit: LineExit, told: @escaping @Sendable (CallUpdateResult) -> Void) {
        state.withLock { $0.book.leave(call, by: exit) }
        // A successor must not miss the stream of a call that a person has.
        if exit == .transfer { journal.append([.decided(call, .transferred)]) }
        update(call, exit, permit: { true }, told: told)
    }

    /// Tells Twilio.
    /// - Parameter permit: asked before each request: false when the call needs it no more.
    private func update(
        _ call: CallID, _ exit: LineExit, permit: @escaping @Sendable () -> Bool, told: @escaping @Sendable (CallUpdateResult) -> Void
    ) {
        let business = state.withLock { $0.book.entry(call)?.business }
        guard let updater, let business else { return told(.failed("no account to tell")) }
        let update: CallUpdate
        switch exit {
        case .complete: update = .completed
        case .record: update = .url(address.handleRecordingURL)
        case .timeUp: update = .twiml(timeUp(business).text)
        case .transfer:
            guard let document = transfer(business) else { return told(.refused("nobody to transfer to")) }
            update = .twiml(document.text)
        }
        Task {
            let result = await updater.update(call.rawValue, update, within: Self.updatePatience, permit: permit)
            Counter(label: "maane_call_updates", dimensions: [("exit", exit.rawValue), ("result", result.name)]).increment()
            if result != .done {
                logger.warning("call update", metadata: ["call": "\(call)", "exit": "\(exit.rawValue)", "result": "\(result)"])
            }
            told(result)
        }
    }

    /// The document that has a reply played and a stream opened after it.
    private func announce(_ call: CallID, file: String, milliseconds: Int) -> String? {
        let entry = state.withLock { $0.book.announce(call, play: file, milliseconds: milliseconds, at: unixMilliseconds()) }
        guard let entry else { return nil }
        journal.append([.stream(call, generation: entry.generation, opened: entry.opened)])
        return conversation(entry, [address.speechURL(file + ".mp3")]).text
    }

    // MARK: - The watch

    /// Calls that were answered and whose stream has not come. With a runner they have a watch of their own.
    func watch() {
        let now = unixMilliseconds()
        let overdue = state.withLock { state -> [(CallBook.Entry, Int)] in
            // The successor keeps the watch.
            if state.isLeaving { return [] }
            return state.book.overdue(atMilliseconds: now).filter { state.runners[$0.call] == nil }
                .map { ($0, state.book.redirect($0.call, atMilliseconds: now)) }
        }
        for (entry, attempt) in overdue {
            if updater == nil { state.withLock { $0.book.stopRedirecting(entry.call) } }
            if attempt == 1 {
                logger.warning("WATCHDOG_REDIRECT", metadata: ["call": "\(entry.call)", "watch": "no start", "generation": "\(entry.generation)"])
                Counter(label: "maane_watchdog_redirects", dimensions: [("watch", "no start")]).increment()
            }
            // A stream that comes while Twilio cannot be told stays.
            update(entry.call, .record, permit: { self.state.withLock { $0.book.entry(entry.call)?.exit == .record } }) { result in
                switch result {
                // Somebody who is not there needs no recording.
                case .over:
                    let mayRing = self.state.withLock { $0.book.mayStillRing(entry.call, atMilliseconds: self.unixMilliseconds()) }
                    if !mayRing { self.callIsOver(entry.call) }
                case .refused: self.state.withLock { $0.book.stopRedirecting(entry.call) }
                // Of what Twilio could not be told, it will ask; and the watch tries again.
                case .done, .failed, .uncertain: break
                }
            }
        }
    }

    // MARK: - Calls without a session

    /// Whose call it is, for what comes after it.
    func known(_ call: CallID) -> KnownCall? {
        state.withLock { $0.book.entry(call) }.map { KnownCall(business: $0.business, caller: $0.caller, lead: $0.lead) }
    }

    /// Twilio says that the call has ended; it may know before its socket does.
    func callIsOver(_ call: CallID) {
        if let runner = state.withLock({ $0.runners[call] }) { return runner.deliver([.callCompleted]) }
        // A call of an earlier life that ended while nobody was here.
        if endRecovered(call, nil) { return }
        guard let entry = state.withLock({ $0.book.entry(call) }), entry.outcome == nil else { return }
        if entry.exit == .transfer {
            finishWithoutSession(entry, .transferred, because: nil)
        } else if entry.opened > 0 {
            // A call that was handed over has ended on its way: the successor tells what there is to tell.
            state.withLock { $0.book.finish(call, .callerHungUp, at: unixSeconds()) }
            journal.append([.decided(call, .callerHungUp)])
        } else {
            finishWithoutSession(entry, .callerHungUp, because: "before the stream")
        }
    }

    /// A call that never had a stream is over, or over for us.
    func finishWithoutSession(_ entry: CallBook.Entry, _ outcome: CallOutcome, because reason: String?) {
        let isFirst = state.withLock { state in
            guard state.book.entry(entry.call)?.outcome == nil else { return false }
            state.book.finish(entry.call, outcome, at: unixSeconds())
            return true
        }
        if isFirst { tellEnd(of: entry, outcome, because: reason) }
    }

    /// Once for each call: its end, to the log, to the customer's records and to the journal.
    func tellEnd(of entry: CallBook.Entry, _ outcome: CallOutcome, because reason: String?) {
        Counter(label: "maane_calls", dimensions: [("outcome", outcome.rawValue)]).increment()
        var metadata: [String: String] = ["outcome": outcome.rawValue]
        metadata["reason"] = reason
        logger.info("CALL_ENDED", metadata: ["call": "\(entry.call)"].merging(metadata.mapValues { "\($0)" }) { $1 })
        tell(
            entry.call, of: entry.business, caller: entry.caller, called: entry.called, arrived: entry.arrivedMilliseconds, outcome, because: reason)
        journal.append([.ended(entry.call, outcome)])
    }

    /// What there is to tell about it. The numbers are fixed, so telling it twice is telling it once.
    private func tell(
        _ call: CallID, of business: BusinessID, caller: String?, called: String, arrived: Int64, _ outcome: CallOutcome, because reason: String?
    ) {
        let now = unixMilliseconds()
        var bodies: [(Int, Int64, Fact.Body)] = [
            (1, arrived, .callStarted(from: caller ?? "", to: called)),
            (2, now, .callEnded(outcome: outcome, milliseconds: Int(max(0, now - arrived)), reason: reason)),
        ]
        // Whoever got no answer is called back.
        if [.busy, .fallback, .failed].contains(outcome), let caller {
            bodies.append((4, now, .lead(fields: ["callback": "promised"], caller: caller)))
        }
        for (number, at, body) in bodies {
            fleet.submit(Fact(id: "\(call.rawValue).\(number)", at: at, body: body), business: business, conversation: call.conversation)
        }
    }
}

extension CallUpdateResult {
    /// For counters.
    var name: String {
        switch self {
        case .done: "done"
        case .over: "over"
        case .refused: "refused"
        case .failed: "failed"
        case .uncertain: "uncertain"
        }
    }
}
