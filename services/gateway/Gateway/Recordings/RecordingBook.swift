import CallVocabulary

/// All recordings on their way, and the names of those that are done: a value. Times are monotonic milliseconds.
package struct RecordingBook: Sendable {
    package enum Verdict: Sendable, Equatable {
        case taken, known
        /// There is no room.
        case full
    }

    /// A recording of which nothing is left to be done.
    package struct Done: Sendable, Equatable {
        package let call: CallID
        package let ordinal: Int
        /// Its file was never got: should it come after all, it is welcome.
        package let isLost: Bool
        package init(call: CallID, ordinal: Int, isLost: Bool) {
            self.call = call
            self.ordinal = ordinal
            self.isLost = isLost
        }
    }

    static let nothingSaid = "the caller said nothing (0 s)"
    /// Fetched or transcribed at once: 16 MB each in memory, and a worker has calls to hear.
    package static let workers = 4
    /// A gateway whose Twilio or recogniser is away for a day has not as many.
    package static let planLimit = 10_000
    private static let doneLimit = 200_000
    private static let largestOrdinal = 999
    private static let dayMilliseconds: Int64 = 86_400_000

    package private(set) var plans: [String: RecordingPlan] = [:]
    /// Sids of `plans`, oldest first.
    private var order: [String] = []
    private var done: [String: Done] = [:]
    private var ordinals: [CallID: Int] = [:]
    /// Words of calls with several recordings.
    private var words: [CallID: [Int: String]] = [:]
    private var sweepDue: Int64
    private let pace: RecordingPlan.Pace

    package init(pace: RecordingPlan.Pace = .init(), at now: Int64) {
        self.pace = pace
        sweepDue = now
    }

    // MARK: - From disk

    package mutating func restore(_ entry: RecordingEntry, at now: Int64) {
        guard plans[entry.sid] == nil else { return }
        add(RecordingPlan(entry, isSaved: true, pace: pace, at: now))
    }

    package mutating func restore(_ sid: String, _ done: Done) {
        // An entry beside it is the recording coming after all.
        guard self.done.count < Self.doneLimit, plans[sid] == nil else { return }
        self.done[sid] = done
        ordinals[done.call] = max(ordinals[done.call] ?? 0, done.ordinal)
    }

    private mutating func add(_ plan: RecordingPlan) {
        plans[plan.entry.sid] = plan
        order.append(plan.entry.sid)
        ordinals[plan.entry.call] = max(ordinals[plan.entry.call] ?? 0, plan.entry.ordinal)
    }

    // MARK: - Notices

    /// - Parameters:
    ///   - known: what the book of calls says.
    ///   - unix: Unix milliseconds.
    package mutating func hear(_ notice: RecordingNotice, known: KnownCall?, at now: Int64, unix: Int64) -> Verdict {
        if let index = plans.index(forKey: notice.sid) {
            plans.values[index].hear(notice, at: now)
            return .known
        }
        let earlier = done[notice.sid]
        if let earlier, !earlier.isLost || notice.isEmpty { return .known }
        guard plans.count < Self.planLimit else { return .full }
        done[notice.sid] = nil
        let ordinal = earlier?.ordinal ?? min(Self.largestOrdinal, (ordinals[notice.call] ?? 0) + 1)
        var entry = RecordingEntry(
            sid: notice.sid, call: notice.call, ordinal: ordinal, at: unix, step: .fetch, url: notice.url, seconds: notice.seconds ?? 0,
            business: notice.business, caller: notice.caller, lead: [:])
        if let known { entry.learn(known) }
        if notice.isEmpty {
            entry.step = .report
            if case .missing(let reason) = notice.status {
                entry.failure = reason
            } else {
                entry.failure = notice.seconds == 0 ? Self.nothingSaid : "Twilio named no address for it"
            }
        }
        add(RecordingPlan(entry, pace: pace, at: now))
        return .taken
    }

    // MARK: - Work

    /// What is to be done next, and for which recording; to be asked until it is nil.
    package mutating func next(at now: Int64) -> (sid: String, action: RecordingPlan.Action)? {
        let hasRoom = plans.values.count { $0.isWorking } < Self.workers
        for sid in order {
            guard let index = plans.index(forKey: sid) else { continue }
            if let action = plans.values[index].next(at: now, hasRoom: hasRoom) { return (sid, action) }
        }
        return nil
    }

    /// Old files are to be deleted: at the start and once a day.
    package mutating func isSweepDue(at now: Int64) -> Bool {
        guard now >= sweepDue else { return false }
        sweepDue = now + Self.dayMilliseconds
        return true
    }

    package mutating func change<Value>(_ sid: String, _ body: (inout RecordingPlan) -> Value) -> Value? {
        guard let index = plans.index(forKey: sid) else { return nil }
        return body(&plans.values[index])
    }

    /// Words of the call's earlier recordings; this one's are kept for the later ones.
    package mutating func earlierWords(_ entry: RecordingEntry) -> String? {
        let earlier = (words[entry.call] ?? [:]).filter { $0.key < entry.ordinal }.sorted { $0.key < $1.key }.map(\.value)
        if let text = entry.text {
            // A call with a second recording comes back within minutes.
            if words.count >= 1_000, words[entry.call] == nil { words = [:] }
            words[entry.call, default: [:]][entry.ordinal] = text
        }
        return earlier.isEmpty ? nil : earlier.joined(separator: "\n")
    }

    package mutating func finish(_ sid: String) -> Done? {
        guard let plan = plans.removeValue(forKey: sid) else { return nil }
        order.removeAll { $0 == sid }
        let done = Done(call: plan.entry.call, ordinal: plan.entry.ordinal, isLost: plan.isLost)
        if self.done.count < Self.doneLimit { self.done[sid] = done }
        return done
    }

    /// Nothing is on disk about it any more.
    package mutating func forget(_ sid: String) {
        guard let done = done.removeValue(forKey: sid) else { return }
        ordinals[done.call] = nil
        words[done.call] = nil
    }
}
