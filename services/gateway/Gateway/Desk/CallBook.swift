import CallEngine
import CallVocabulary

/// Every call that a webhook has announced, as a value: which business it reached, which stream may come for it, how it ended.
/// A call counts from its webhook. Duplicated and late webhooks find the same entry and get the same answer. Times are Unix seconds.
package struct CallBook: Sendable, Equatable {
    package enum Claim: Sendable, Equatable {
        case accepted(Entry)
        case refused(String)
    }

    package enum Continuation: Sendable, Equatable {
        /// The conversation is over.
        case hangUp
        /// The call is not known here.
        case unknown
        /// Whatever was decided.
        case exit(LineExit, Entry)
        /// The stream broke: stream again, under this generation.
        case streamAgain(Entry)
    }

    /// A token is for what is played before the stream, and this many seconds.
    package static let tokenLife: Int64 = 60
    /// Twilio asks so often what to do after a stream that has not come; then the call is recorded.
    package static let unopenedLimit = 3
    /// A call that comes to the recording more often than this is thanked and hung up.
    package static let landings = 3
    /// A line that breaks this often is told so instead of tried again.
    package static let breaks = 3
    /// Milliseconds after which a break is forgotten.
    static let breakMemory: Int64 = 120_000
    /// The watch sends a call to the recording this often: of an update whose answer was lost nobody knows whether it is in effect.
    package static let redirects = 3
    /// A slot that nobody renews is free after this many seconds.
    package static let leaseLife: Int64 = 30
    /// How long an ended call is remembered, for late webhooks.
    package static let memory: Int64 = 600
    /// How long a call may go on without any sign before its entry is dropped. Twilio ends calls after four hours by default.
    package static let longest: Int64 = 4 * 3600

    /// Seconds of what may be played before a stream, for a gateway that does not know it any more.
    private static let longestPlay: Int64 = 30

    /// Milliseconds. No MP3 of ours is longer; a damaged figure may be anything.
    private static let longestFile = 600_000

    /// Milliseconds: a webhook that was lost is repeated after 15 s at most (11205), and its answer takes its time.
    private static let ringing: Int64 = 20_000

    /// Twilio gives a webhook 15 s (11205).
    private static let askingLimit: Int64 = 15

    /// Late webhooks and a long greeting.
    private static let grace: Int64 = 60

    /// An update of the call that is asked for again waits this long after the first, in milliseconds: it is tried for three seconds.
    private static let redirectPatience: Int64 = 4_000

    private var entries: [CallID: Entry] = [:]
    /// Calls without an outcome. What is looked at ten times a second is looked for among these: ended calls are many.
    private var open: Set<CallID> = []
    private let streamStart: Int64

    /// - Parameter streamStart: milliseconds until a stream is missing.
    package init(streamStart: Int = 6_000) { self.streamStart = Int64(streamStart) }

    private var openEntries: some Sequence<Entry> { open.lazy.compactMap { entries[$0] } }

    /// Calls that hold a slot.
    package func count(at now: Int64) -> Int { openEntries.reduce(0) { $0 + ($1.lease > now ? 1 : 0) } }
    package func entry(_ call: CallID) -> Entry? { entries[call] }
    /// Calls that go on, oldest first.
    package var ongoing: [Entry] { openEntries.sorted { $0.arrivedMilliseconds < $1.arrivedMilliseconds } }

    // MARK: - Coming

    /// A call arrives, or its webhook is repeated.
    /// - Parameter playMilliseconds: what is played before the stream.
    /// - Returns: nil when every slot is taken.
    package mutating func arrive(
        _ call: CallID, business: BusinessID, caller: String?, called: String, slots: Int, playMilliseconds: Int = 0,
        atMilliseconds milliseconds: Int64
    ) -> Entry? {
        let now = milliseconds / 1000
        if var known = entries[call] {
            known.touched = now
            // A call that has ended or gone elsewhere takes no stream.
            if known.outcome == nil, known.exit == nil {
                // A repeated webhook before the stream gets the same token; one after it, a new generation, as its TwiML starts over.
                if known.opened == known.generation {
                    next(&known, after: playMilliseconds, at: milliseconds)
                } else {
                    // Its greeting begins anew: what is played now is not cut.
                    known.streamDue = max(known.streamDue, milliseconds + Int64(min(max(0, playMilliseconds), Self.longestFile)) + streamStart)
                }
                known.lease = max(known.lease, known.tokenExpires)
            }
            entries[call] = known
            return known
        }
        guard count(at: now) < slots else { return nil }
        var entry = Entry(
            call: call, business: business, caller: caller, called: called, generation: 1, tokenExpires: now, opened: 0,
            outcome: nil, touched: now, arrivedMilliseconds: milliseconds)
        expect(&entry, after: playMilliseconds, at: milliseconds)
        add(entry)
        return entry
    }

    /// Every slot is taken: the call has ended before it began, and a repeated webhook will hear the same.
    /// - Returns: nil when the call was known before.
    package mutating func refuse(
        _ call: CallID, business: BusinessID, caller: String?, called: String, atMilliseconds milliseconds: Int64
    ) -> Entry? {
        guard entries[call] == nil else { return nil }
        let entry = Entry(
            call: call, business: business, caller: caller, called: called, generation: 1, tokenExpires: milliseconds / 1000, opened: 0,
            outcome: .busy, touched: milliseconds / 1000, arrivedMilliseconds: milliseconds)
        add(entry)
        return entry
    }

    private mutating func add(_ entry: Entry) {
        entries[entry.call] = entry
        if entry.outcome == nil { open.insert(entry.call) } else { open.remove(entry.call) }
    }

    /// The stream of the next generation is awaited.
    private func next(_ entry: inout Entry, after playMilliseconds: Int, at milliseconds: Int64) {
        if entry.opened == entry.generation { entry.generation += 1 }
        entry.unopened = 0
        entry.play = nil
        expect(&entry, after: playMilliseconds, at: milliseconds)
    }

    /// A stream is expected after so much that is played. Nothing cuts what is played: the watch begins after it.
    private func expect(_ entry: inout Entry, after playMilliseconds: Int, at milliseconds: Int64) {
        let played = Int64(min(max(0, playMilliseconds), Self.longestFile))
        entry.tokenExpires = (milliseconds + played + 999) / 1000 + Self.tokenLife
        entry.lease = max(entry.lease, entry.tokenExpires)
        entry.streamDue = milliseconds + played + streamStart
        entry.redirects = 0
    }

    /// A stream has come with a token that verified. Single use: the second one of a generation is refused.
    package mutating func claim(_ call: CallID, generation: Int, at now: Int64) -> Claim {
        guard var entry = entries[call] else { return .refused("no such call") }
        guard entry.outcome == nil else { return .refused("the call has ended") }
        guard generation == entry.generation else { return .refused("a token of another generation") }
        guard generation > entry.opened else { return .refused("the token was used before") }
        entry.opened = generation
        entry.isRestored = false
        entry.unopened = 0
        entry.play = nil
        // It comes late, but it comes: the watch has sent for nothing.
        if entry.redirects > 0, entry.landings == 0, entry.exit == .record { entry.exit = nil }
        entry.redirects = 0
        entry.touched = now
        entry.lease = max(entry.lease, now + Self.leaseLife)
        entries[call] = entry
        return .accepted(entry)
    }

    /// The call is being served: its slot stays its own.
    package mutating func renew(_ call: CallID, at now: Int64) {
        entries[call]?.lease = now + Self.leaseLife
        entries[call]?.touched = now
    }

    package mutating func learn(_ call: CallID, _ lead: [String: String]) { entries[call]?.lead = lead }
    package mutating func greetsInStream(_ call: CallID) { entries[call]?.greetsInStream = true }

    // MARK: - The watch

    /// Calls whose stream should have come.
    package func overdue(atMilliseconds now: Int64) -> [Entry] {
        openEntries.filter { entry in
            let mayGo = entry.exit == nil || (entry.redirects > 0 && entry.landings == 0 && entry.exit == .record)
            return mayGo && entry.redirects < Self.redirects && entry.streamDue < now && (entry.opened < entry.generation || entry.isRestored)
        }
    }

    /// The watch sends the call to the recording.
    /// - Returns: how often it has.
    package mutating func redirect(_ call: CallID, atMilliseconds now: Int64) -> Int {
        guard var entry = entries[call] else { return 0 }
        entry.exit = .record
        entry.redirects += 1
        entry.streamDue = now + streamStart + Self.redirectPatience
        entries[call] = entry
        return entry.redirects
    }

    /// Twilio asks again for a call whose first answer it never got (its retry comes after up to 15 s, 11205): the call begins as if nothing
    /// had been, though the watch has given it up meanwhile.
    package mutating func revive(_ call: CallID) {
        guard var entry = entries[call], entry.outcome == nil, entry.opened == 0, entry.landings == 0, entry.redirects > 0, entry.exit == .record
        else { return }
        entry.exit = nil
        entry.redirects = 0
        entries[call] = entry
    }

    /// Twilio takes no update of the call. While it may still be waiting for the answer to its first webhook, it says so of a call that rings.
    /// - Returns: whether another look is due later.
    package mutating func mayStillRing(_ call: CallID, atMilliseconds now: Int64) -> Bool {
        guard var entry = entries[call], entry.opened == 0, entry.landings == 0, !entry.isRestored,
            now - entry.arrivedMilliseconds < Self.ringing
        else { return false }
        entry.exit = nil
        entry.redirects = 0
        entry.streamDue = entry.arrivedMilliseconds + Self.ringing
        entries[call] = entry
        return true
    }

    /// Twilio will never take the watch's update.
    package mutating func stopRedirecting(_ call: CallID) { entries[call]?.redirects = Self.redirects }

    // MARK: - Going

    /// A reply is about to be played by an update of the call, and a stream of the next generation follows it.
    /// - Returns: nil when the call is over, or goes elsewhere.
    package mutating func announce(_ call: CallID, play: String, milliseconds: Int, at now: Int64) -> Entry? {
        guard var entry = entries[call], entry.outcome == nil, entry.exit == nil else { return nil }
        // A second attempt at the same reply is of the same generation.
        next(&entry, after: milliseconds, at: now)
        entry.play = play
        entry.playMilliseconds = milliseconds
        entries[call] = entry
        return entry
    }

    /// The call leaves its stream.
    package mutating func leave(_ call: CallID, by exit: LineExit) { entries[call]?.exit = exit }

    /// The call has come to the recording.
    /// - Parameter isThere: Twilio says that the call is in progress. A stream that ended by an update of ours looks like a caller who has hung
    ///   up, when nobody waited for that update any more: whoever is there is not sent away in silence.
    /// - Returns: nil when it is over or has been there too often.
    package mutating func land(_ call: CallID, isThere: Bool = false, at now: Int64) -> Entry? {
        guard var entry = entries[call] else { return nil }
        entry.touched = now
        entry.landings += 1
        // Whoever has been served has nothing to record; a caller in trouble has, and one for whom there was no line.
        let mayLand = entry.outcome.map { [.fallback, .failed, .busy].contains($0) || $0 == .callerHungUp && isThere } ?? true
        if mayLand { entry.exit = .record }
        entries[call] = entry
        return mayLand && entry.landings <= Self.landings ? entry : nil
    }

    /// Nobody answered the transfer: the call comes back to a stream.
    package mutating func comeBack(_ call: CallID, playMilliseconds: Int, atMilliseconds now: Int64) -> Entry? {
        guard var entry = entries[call], entry.outcome == nil, entry.exit == nil || entry.exit == .transfer else { return nil }
        entry.exit = nil
        next(&entry, after: playMilliseconds, at: now)
        entry.touched = now / 1000
        entries[call] = entry
        return entry
    }

    /// Twilio asks what to do after the stream. A reply that is under way is played by the answer, should it take the place of the update.
    package mutating func streamEnded(_ call: CallID, atMilliseconds milliseconds: Int64) -> Continuation {
        guard var entry = entries[call] else { return .unknown }
        entry.touched = milliseconds / 1000
        defer { entries[call] = entry }
        if let exit = entry.exit, exit != .complete { return .exit(exit, entry) }
        switch entry.outcome {
        // A call that is ended by us in mid-word gets at least a spoken end.
        case .fallback, .failed: return .exit(.record, entry)
        case .maximumDuration: return .exit(.timeUp, entry)
        case .some: return .hangUp
        case nil: break
        }
        if entry.exit == .complete { return .hangUp }
        if entry.opened == entry.generation {
            // Breaks of the same trouble follow each other; a long call may have one now and then.
            if milliseconds - entry.brokenAt > Self.breakMemory { entry.breaks = 0 }
            entry.breaks += 1
            entry.brokenAt = milliseconds
            entry.unopened = 0
            entry.play = nil
            guard entry.breaks <= Self.breaks else { return recorded(&entry) }
            entry.generation += 1
        } else {
            // A repeated action request before its stream came gets the same generation again.
            entry.unopened += 1
            guard entry.unopened < Self.unopenedLimit else { return recorded(&entry) }
        }
        expect(&entry, after: entry.play == nil ? 0 : entry.playMilliseconds, at: milliseconds)
        return .streamAgain(entry)
    }

    private func recorded(_ entry: inout Entry) -> Continuation {
        entry.exit = .record
        return .exit(.record, entry)
    }

    package mutating func finish(_ call: CallID, _ outcome: CallOutcome, at now: Int64) {
        entries[call]?.outcome = outcome
        entries[call]?.touched = now
        open.remove(call)
    }

    // MARK: - Remembering

    /// A call of an earlier life of the gateway goes on in this one. A journal may be damaged: no number may stop the gateway.
    package mutating func restore(_ entry: Entry) {
        guard entries[entry.call] == nil else { return }
        var entry = entry
        entry.tokenExpires = min(max(0, entry.tokenExpires), entry.touched + Self.longestPlay + Self.tokenLife)
        entry.generation = min(max(1, entry.generation), 1_000_000)
        entry.opened = min(max(0, entry.opened), entry.generation)
        entry.arrivedMilliseconds = min(max((entry.touched - Self.longest) * 1000, entry.arrivedMilliseconds), entry.touched * 1000)
        // Twilio asks at once when our socket breaks, and tries for 15 s; a call that was hearing something first is not cut.
        let patience = entry.opened < entry.generation ? streamStart + Self.longestPlay * 1000 : Self.askingLimit * 1000
        entry.streamDue = entry.touched * 1000 + patience
        add(entry)
    }

    /// Calls whose stream never came, whose token is void, and that are over now.
    package func abandoned(at now: Int64) -> [Entry] { openEntries.filter { $0.opened == 0 && $0.tokenExpires + Self.grace < now } }

    /// Drops what nobody will ask about again.
    package mutating func purge(at now: Int64) {
        entries = entries.filter { now - $0.value.touched < ($0.value.outcome == nil ? Self.longest : Self.memory) }
        // Answers are the largest part of an entry, and are repeated soon or never.
        for (call, entry) in entries where !entry.answers.isEmpty && now - entry.touched > Self.askingLimit * 2 { entries[call]?.answers = [] }
        open = open.filter { entries[$0] != nil }
    }

    // MARK: - Repeated requests

    /// What this very request was answered before, unless something has happened to the call since.
    /// - Parameter token: names all attempts of one request (`I-Twilio-Idempotency-Token`).
    package mutating func answer(to webhook: DocumentWebhook, token: String, _ call: CallID, atMilliseconds now: Int64) -> TwiMLReply? {
        guard let entry = entries[call],
            let index = entry.answers.lastIndex(where: { $0.webhook == webhook && $0.token == token && entry.isAsGood($0) }),
            // Twilio tries five times more at most (`rc`). Whoever asks on and on gets on.
            entry.answers[index].repetitions < Self.repetitions
        else { return nil }
        entries[call]?.answers[index].repetitions += 1
        // What is played begins anew with the repeated answer, and is not cut.
        if entry.opened < entry.generation { entries[call]?.streamDue = max(entry.streamDue, now + entry.answers[index].awaits) }
        return entry.answers[index].reply
    }

    private static let repetitions = 5

    package mutating func remember(_ reply: TwiMLReply, to webhook: DocumentWebhook, token: String, _ call: CallID, atMilliseconds now: Int64) {
        guard let entry = entries[call] else { return }
        let awaits = max(0, entry.streamDue - now)
        entries[call]?.answers.append(Answer(webhook: webhook, token: token, stage: entry.stage, reply: reply, awaits: awaits))
        if let count = entries[call]?.answers.count, count > Self.answers { entries[call]?.answers.removeFirst(count - Self.answers) }
    }

    /// Twilio repeats a request within 15 s, and asks about a call a few times a minute at most.
    private static let answers = 4
}
