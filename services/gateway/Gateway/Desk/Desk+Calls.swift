import Business
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import NIOCore
import Synchronization
import TwilioWire

/// Calls and their lives: which stream belongs to which, and how a call goes from one gateway to the next.
extension Desk {
    /// Room for the facts of one call in one life of the gateway.
    private static let factsPerLife = 1_000_000
    /// A call of an earlier life of which nothing is heard for this long has ended while nobody was here. Twilio asks the action URL at once
    /// when its socket breaks, and tries for 15 s.
    private static let recoveryPatience: Int64 = 30

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
        let claim = state.withLock { state -> CallBook.Claim in
            // Its history went to the successor, and so does the call: Twilio asks what to do when this socket closes.
            if state.isLeaving, state.runners[call] == nil, let known = state.book.entry(call), known.opened > 0 { return .refused("leaving") }
            return state.book.claim(call, generation: Int(generation), at: now)
        }
        let entry: CallBook.Entry
        switch claim {
        case .accepted(let accepted): entry = accepted
        case .refused(let reason): return .failure(Refusal(description: reason))
        }
        journal.append([.stream(call, generation: entry.generation, opened: entry.opened)])
        guard let runner = runner(for: entry, on: loop) else { return .failure(Refusal(description: "no such business")) }
        if isLeaving { runner.handOver(atOnce: false) }
        return .success(runner)
    }

    /// The call's runner, the one that it has or a new one. A call has one runner, whoever asks first: a stream, or the end of patience.
    private func runner(for entry: CallBook.Entry, on loop: any EventLoop) -> CallRunner? {
        guard let business = businesses.business(id: entry.business) else { return nil }
        let services = makeServices { self.finished($0, $1) }
        return state.withLock { state in
            if let known = state.runners[entry.call] { return known }
            let recovered = state.recovered.removeValue(forKey: entry.call)
            let runner = CallRunner(
                opening: opening(entry, business, recovered), loop: loop, fleet: fleet, services: services, control: control()
            ) { self.decided($0, $1) }
            state.runners[entry.call] = runner
            return runner
        }
    }

    private func opening(_ entry: CallBook.Entry, _ business: BusinessProfile, _ recovered: RecoveredCall?) -> CallOpening {
        var clips: [CallOpening.Clip: CallOpening.CannedLine] = [:]
        var kinds: [(CallOpening.Clip, PromptList.Kind)] = [(.sorry, .sorry), (.moment, .moment), (.resumed, .resumed), (.warning, .warning)]
        if entry.greetsInStream { kinds.append((.greeting, .greeting)) }
        for (clip, kind) in kinds {
            let name = PromptList.name(kind, of: business.id, in: businesses)
            if let audio = prompts.clip(name), let text = prompts.text(name) {
                clips[clip] = .init(text: text, audio: audio, file: prompts.isReady(name) ? name : nil)
            }
        }
        // Before its first stream a call has no history, in whichever life it was accepted.
        let history = recovered.flatMap { call in
            call.card.opened > 0
                ? CallOpening.History(log: call.log, unanswered: call.open, lead: call.lead, outcome: call.outcome) : nil
        }
        var opening = CallOpening(
            call: entry.call, business: business.id, caller: entry.caller, called: entry.called,
            startedUnixMilliseconds: history == nil ? unixMilliseconds() : entry.arrivedMilliseconds, greeting: business.greeting,
            policy: settings.policy, firstFact: Int(boot) * Self.factsPerLife + 1, clips: clips, history: history)
        opening.canTransfer = business.transfer != nil
        return opening
    }

    /// The call knows how it ends before it has ended: Twilio asks the action URL in between.
    private func decided(_ call: CallID, _ outcome: CallOutcome) {
        state.withLock { $0.book.finish(call, outcome, at: unixSeconds()) }
        journal.append([.decided(call, outcome)])
    }

    /// - Parameter outcome: nil when the call goes on in the successor; it stays in the book, because Twilio asks us first.
    private func finished(_ call: CallID, _ outcome: CallOutcome?) {
        state.withLock { state in
            if let outcome { state.book.finish(call, outcome, at: unixSeconds()) }
            state.runners[call] = nil
        }
        if let outcome { journal.append([.ended(call, outcome)]) }
    }

    // MARK: - From one gateway to the next

    /// Takes over the calls of an earlier life: their streams may come back at any moment.
    func restore(_ calls: [RecoveredCall]) {
        let now = unixSeconds()
        state.withLock { state in
            for call in calls {
                let card = call.card
                var entry = CallBook.Entry(
                    call: card.call, business: card.business, caller: card.caller, called: card.called, generation: card.generation,
                    tokenExpires: card.tokenExpires, opened: card.opened, outcome: call.isWithPerson ? nil : call.outcome, touched: now,
                    arrivedMilliseconds: card.acceptedUnixMilliseconds, isRestored: true, lead: call.lead, lease: now + Self.recoveryPatience)
                // Twilio asks when the person has hung up. Until then there is no stream, and nothing is missing.
                if call.isWithPerson { entry.exit = .transfer }
                entry.greetsInStream = card.opened == 0 && businesses.business(id: card.business).map(greetsInStream) ?? false
                state.book.restore(entry)
                state.recovered[card.call] = call
            }
        }
        if !calls.isEmpty { logger.warning("calls of an earlier life of this gateway", metadata: ["count": "\(calls.count)"]) }
    }

    /// A recovered call has ended, or ended for us, without a stream: what is still to be said about it is said now.
    /// - Parameters:
    ///   - outcome: how; nil when the caller hung up, or as was decided before.
    ///   - now: only if nothing is heard of it at this time.
    /// - Returns: false when it is no recovered call.
    @discardableResult
    func endRecovered(_ call: CallID, _ outcome: CallOutcome?, silentAt now: Int64? = nil) -> Bool {
        let found = state.withLock { state -> (RecoveredCall, CallBook.Entry?)? in
            guard var recovered = state.recovered[call] else { return nil }
            let entry = state.book.entry(call)
            // Its stream may have come at this very moment.
            if let now, !isSilent(entry, at: now) { return nil }
            recovered.outcome = outcome ?? recovered.outcome
            state.recovered[call] = recovered
            return (recovered, entry)
        }
        guard let (recovered, entry) = found else { return false }
        if recovered.card.opened > 0, let entry, let runner = runner(for: entry, on: spareLoop) {
            runner.deliver([outcome == .fallback ? .landed : .callCompleted])
            return true
        }
        state.withLock { _ = $0.recovered.removeValue(forKey: call) }
        guard let entry else { return true }
        if let decided = entry.outcome {
            // All of it was told before; only the end was not written down.
            journal.append([.ended(call, decided)])
        } else {
            let isLost = now != nil && entry.redirects > 0
            finishWithoutSession(
                entry, outcome ?? (isLost ? .failed : .callerHungUp), because: isLost ? "its stream never came" : "before the stream")
        }
        return true
    }

    /// Nobody has asked about a recovered call for too long.
    private func isSilent(_ entry: CallBook.Entry?, at now: Int64) -> Bool {
        guard let entry else { return true }
        // A person may have it for as long as Twilio lets a call go on.
        if entry.exit == .transfer { return entry.arrivedMilliseconds / 1000 + CallBook.longest < now + Self.recoveryPatience }
        // The watch has the first word: whoever is still there is sent to the recording.
        return entry.lease < now && entry.streamDue / 1000 + Self.watchPatience < now
    }

    /// Seconds that a call which the watch has sent to the recording is given to come there.
    private static let watchPatience: Int64 = 5

    /// To be called often: leases, and calls that nobody asks about any more.
    package func tick() {
        watch()
        watchStages()
        let now = unixSeconds()
        let (silent, over) = state.withLock { state in
            for call in state.runners.keys { state.book.renew(call, at: now) }
            let over = state.book.abandoned(at: now)
            guard now - startedSeconds >= Self.recoveryPatience else { return ([CallID](), over) }
            // One that is asked for again has a new token, and as long as that.
            return (state.recovered.keys.filter { isSilent(state.book.entry($0), at: now) }, over)
        }
        // Nobody knows whether the caller is there: called back in any case.
        for entry in over { finishWithoutSession(entry, .failed, because: "its stream never came") }
        for call in silent where endRecovered(call, nil, silentAt: now) {
            logger.warning("a call of an earlier life did not come back", metadata: ["call": "\(call)"])
        }
        sweep(at: now)
    }

    /// Forgets what nobody will ask about. After everything was said about it.
    private func sweep(at now: Int64) {
        let isTime = state.withLock { state in
            guard abs(now - state.swept) >= Self.sweepEvery else { return false }
            state.swept = now
            state.book.purge(at: now)
            return true
        }
        if isTime { replies.sweep() }
    }

    /// Seconds between two looks at everything that is kept. Each walks through all of it, under the lock.
    private static let sweepEvery: Int64 = 10

    /// The gateway wants to leave: calls go to the successor, each where it cuts nothing; those that come meanwhile are sent there too.
    package func leave() {
        state.withLock { $0.isLeaving = true }
        for runner in state.withLock({ Array($0.runners.values) }) { runner.handOver(atOnce: false) }
    }

    /// The time is up.
    package func leaveAtOnce() {
        for runner in state.withLock({ Array($0.runners.values) }) { runner.handOver(atOnce: true) }
    }

    /// Calls whose runner is still at work.
    package var runningCalls: Int { state.withLock { $0.runners.count } }
}

extension CallBook.Entry {
    /// What the journal keeps of it.
    var card: JournalCall {
        JournalCall(
            call: call, business: business, caller: caller, called: called, acceptedUnixMilliseconds: arrivedMilliseconds,
            generation: generation, opened: opened, tokenExpires: tokenExpires)
    }
}

extension RecoveredCall {
    /// It was handed to a person when the gateway went, and has not ended since.
    var isWithPerson: Bool { outcome == .transferred }
}

extension CallBook.Continuation {
    /// For the log, which must not hold a caller's number.
    var name: String {
        switch self {
        case .hangUp: "hang_up"
        case .unknown: "unknown"
        case .exit(let exit, _): exit.rawValue
        case .streamAgain(let entry): "stream \(entry.generation)"
        }
    }
}
