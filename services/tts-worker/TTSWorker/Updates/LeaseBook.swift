import BusContract
import CallVocabulary
import TwilioREST

/// The leases that this worker holds, and what became of the last ones. A lease is answered exactly once.
///
/// One request about a call at a time: a lease that comes while another one of the call is open ends that one, and waits for it. Otherwise
/// the two could overtake each other on the way to Twilio.
struct LeaseBook {
    typealias Instant = ContinuousClock.Instant

    /// Where the answer goes: under what the request was asked.
    struct Asker: Equatable {
        var business: BusinessID?
        var conversation: ConversationID
        var turn: TurnID?
        var epoch: Epoch?
    }

    struct Lease: Equatable {
        let update: UpdateCall
        let asker: Asker
        /// No request begins from here on.
        let end: Instant
        /// False while another lease of the call is open.
        var isRunning = false
        /// Given back, or taken back: no request begins any more.
        var isEnded = false
        /// Nobody waits for the answer any more.
        var isSilent = false
        /// Requests that have begun.
        var attempts = 0
    }

    enum Action: Equatable {
        /// Begin the update, and tell ``finished(_:_:)`` what came of it.
        case run(Lease)
        /// Wake the update from its pause: it shall ask for its permit again, and not get it.
        case stop(lease: String)
        case answer(CallUpdated, Asker)
        /// It is over, and nobody is told.
        case drop(lease: String)
    }

    /// Answers that are kept, so that a repeated request is not sent twice. At a thousand calls with an update each five seconds these
    /// are the last twenty seconds.
    static let memory = 4_096

    /// A worker that gives no sign of life for longer has stood still; the gateway takes it for hung after as long.
    static let standstill = Duration.milliseconds(600)
    /// What is handled so soon after a standstill may have waited in a queue from its beginning.
    static let backlog = Duration.seconds(1)

    private var lastSign: Instant?
    private var still: (since: Instant, until: Instant)?
    private var open: [String: Lease] = [:]
    private var answers: [String: CallUpdated] = [:]
    /// A ring of the names in `answers`.
    private var order: [String] = []
    private var oldest = 0

    /// Leases that are not answered.
    var count: Int { open.count }

    /// The working task goes on; told with every heartbeat.
    mutating func sign(at now: Instant) {
        if let lastSign, now - lastSign > Self.standstill { still = (lastSign, now) }
        lastSign = now
    }

    /// A lease's life begins with its arrival. A request that is found after a standstill has come nobody knows when: as early as it may be.
    private func arrival(at now: Instant) -> Instant {
        guard let still, now - still.until <= Self.backlog else { return now }
        return still.since
    }

    mutating func begin(_ update: UpdateCall, for asker: Asker, at now: Instant) -> [Action] {
        sign(at: now)
        if let answer = answers[update.lease] { return [.answer(answer, asker)] }
        guard open[update.lease] == nil else { return [] }
        var actions = end { $0.asker.conversation == asker.conversation }
        var lease = Lease(update: update, asker: asker, end: arrival(at: now) + .milliseconds(update.milliseconds))
        lease.isRunning = !open.values.contains { $0.asker.conversation == asker.conversation }
        open[update.lease] = lease
        if lease.isRunning { actions.append(.run(lease)) }
        return actions
    }

    /// Whether a request may begin now. Asked immediately before each: a process that was stopped and goes on must not send what is long over.
    mutating func permit(_ name: String, at now: Instant) -> Bool {
        guard var lease = open[name], lease.isRunning, !lease.isEnded, now < lease.end else { return false }
        lease.attempts += 1
        open[name] = lease
        return true
    }

    mutating func finished(_ name: String, _ result: CallUpdateResult) -> [Action] {
        guard let lease = open[name] else { return [] }
        var actions = [close(lease, Self.answer(lease, result))]
        let next = open.values.first { $0.asker.conversation == lease.asker.conversation && !$0.isRunning }
        if var next {
            next.isRunning = true
            open[next.update.lease] = next
            actions.append(.run(next))
        }
        return actions
    }

    /// The gateway takes the lease back. One that was never seen is answered, too: it will not be used any more.
    mutating func end(_ name: String, for asker: Asker) -> [Action] {
        if let answer = answers[name] { return [.answer(answer, asker)] }
        guard open[name] == nil else { return end { $0.update.lease == name } }
        let answer = CallUpdated(lease: name, result: .unused)
        remember(answer)
        return [.answer(answer, asker)]
    }

    /// What has not been sent will not be sent.
    mutating func end(where matches: (Lease) -> Bool) -> [Action] {
        var actions: [Action] = []
        for var lease in open.values.filter({ !$0.isEnded && matches($0) }).sorted(by: { $0.update.lease < $1.update.lease }) {
            if lease.isRunning {
                lease.isEnded = true
                open[lease.update.lease] = lease
                actions.append(.stop(lease: lease.update.lease))
            } else {
                actions.append(close(lease, CallUpdated(lease: lease.update.lease, result: .unused)))
            }
        }
        return actions
    }

    /// The gateway has forgotten this worker. Answers would reach one that does not know it, and it would be told so for each of them.
    mutating func forget() -> [Action] {
        let actions = end { _ in true }
        for name in open.keys { open[name]?.isSilent = true }
        return actions.map { action in
            if case .answer(let answer, _) = action { .drop(lease: answer.lease) } else { action }
        }
    }

    private static func answer(_ lease: Lease, _ result: CallUpdateResult) -> CallUpdated {
        let name = lease.update.lease
        return switch result {
        case .done: CallUpdated(lease: name, result: .done)
        case .over(let detail): CallUpdated(lease: name, result: .over, detail: detail)
        case .refused(let detail): CallUpdated(lease: name, result: .refused, detail: detail)
        case .failed where lease.isEnded && lease.attempts == 0: CallUpdated(lease: name, result: .unused)
        case .failed(let detail): CallUpdated(lease: name, result: .failed, detail: detail)
        case .uncertain(let detail): CallUpdated(lease: name, result: .uncertain, detail: detail)
        }
    }

    private mutating func close(_ lease: Lease, _ answer: CallUpdated) -> Action {
        open[lease.update.lease] = nil
        remember(answer)
        return lease.isSilent ? .drop(lease: answer.lease) : .answer(answer, lease.asker)
    }

    private mutating func remember(_ answer: CallUpdated) {
        answers[answer.lease] = answer
        if order.count < Self.memory {
            order.append(answer.lease)
        } else {
            answers[order[oldest]] = nil
            order[oldest] = answer.lease
            oldest = (oldest + 1) % Self.memory
        }
    }
}
