import Glibc
import Subprocess
import Supervisor
import Synchronization
import SystemPackage

/// Carries a schedule out against the supervisor's fleet.
package actor Executioner {
    package struct Place: Sendable {
        /// Of the supervisor, with run/fleet.json.
        package var stateDirectory: String
        /// What stops and starts PostgreSQL, and the directory it wants; nil: PostgreSQL is left alone.
        package var postgresScript: String
        package var postgresDirectory: String?

        package init(stateDirectory: String, postgresScript: String, postgresDirectory: String?) {
            self.stateDirectory = stateDirectory
            self.postgresScript = postgresScript
            self.postgresDirectory = postgresDirectory
        }
    }

    /// One target's part of the schedule.
    private struct Lane {
        var events: ArraySlice<ChaosEvent>
        /// Place in `struck` of the event that is not over.
        var open: Int?
        /// Nothing before this time.
        var freeAt = 0
        var resumeAt: Int?
    }

    /// A replacement that says it is ready still gets the news of the calls.
    private static let settleMs = 500
    /// A process that is not back after this will not come; the gateway is given its calls' grace as well.
    private static let returnLimitMs = 60_000
    /// Callers that do not come back must not stop the run.
    private static let awayLimitMs = 20_000

    private let schedule: ChaosSchedule
    private let place: Place
    private let board: Board
    private let setup: ChaosSetup
    private let callers: Int
    private let print: @Sendable (String) -> Void
    private var lanes: [ChaosTarget: Lane] = [:]
    private var start = 0
    /// PostgreSQL is being stopped or started, which takes seconds: nobody else waits for it.
    private var postgresWork: Task<Void, Never>?
    package private(set) var struck: [EventRecord] = []
    package private(set) var faults: [String] = []

    package init(
        schedule: ChaosSchedule, place: Place, board: Board, setup: ChaosSetup, callers: Int, print: @escaping @Sendable (String) -> Void
    ) {
        self.schedule = schedule
        self.place = place
        self.board = board
        self.setup = setup
        self.callers = callers
        self.print = print
    }

    /// Strikes until the schedule is done. Each target's events come in order; one that has to wait holds up its own target only.
    package func run() async {
        start = setup.now
        for target in ChaosTarget.allCases {
            let events = schedule.events.filter { $0.target == target }
            if !events.isEmpty { lanes[target] = Lane(events: events[...]) }
        }
        // Twice the time, and a minute: a fleet that does not come back is a result, not a reason to wait for ever.
        let limit = start + 2 * schedule.duration + 60_000
        while lanes.values.contains(where: { !$0.events.isEmpty || $0.open != nil }) {
            guard !Task.isCancelled, setup.now < limit else { break }
            guard let fleet = try? FleetFile.read(stateDirectory: place.stateDirectory) else {
                faults.append("the fleet is gone at \(setup.now); look into the supervisor's log")
                break
            }
            for target in ChaosTarget.allCases { advance(target, fleet) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        await release()
        let left = lanes.values.reduce(0) { $0 + $1.events.count }
        if left > 0 { faults.append("\(left) of \(schedule.events.count) events were not struck: the fleet did not come back in time") }
    }

    private func advance(_ target: ChaosTarget, _ fleet: FleetFile) {
        guard var lane = lanes[target] else { return }
        defer { lanes[target] = lane }
        let now = setup.now
        if let open = lane.open {
            guard isOver(open, &lane, fleet) else {
                if now > struck[open].at + Self.returnLimitMs + schedule.plan.postgresDownMs {
                    faults.append("\(struck[open].victim) is not back \(now - struck[open].at) ms after event \(struck[open].event.number)")
                    lane.open = nil
                    lane.events = []
                }
                return
            }
            struck[open].over = now
            lane.open = nil
            lane.freeAt = max(now + Self.settleMs, struck[open].at + spacing(target))
            return
        }
        guard let event = lane.events.first, now >= start + event.at, now >= lane.freeAt, mayStrike(target, fleet) else { return }
        lane.events.removeFirst()
        strike(event, &lane, fleet)
    }

    private func spacing(_ target: ChaosTarget) -> Int {
        switch target {
        case .gateway: schedule.plan.gatewaySpacingMs
        case .postgres: 3_000
        default: schedule.plan.poolSpacingMs
        }
    }

    private func members(_ target: ChaosTarget, _ fleet: FleetFile) -> [FleetFile.Process] {
        fleet.processes.filter { $0.name == target.rawValue || $0.name.hasPrefix(target.rawValue + "-") }
    }

    private func mayStrike(_ target: ChaosTarget, _ fleet: FleetFile) -> Bool {
        if target == .postgres { return true }
        guard members(target, fleet).allSatisfy({ $0.ready && $0.pid != nil }) else { return false }
        guard target == .gateway else { return true }
        // All callers live again. One in ten may just be between two calls.
        let now = setup.now
        return board.away.allSatisfy { now - $0 > Self.awayLimitMs } && board.live + board.away.count >= callers * 9 / 10
    }

    private func strike(_ event: ChaosEvent, _ lane: inout Lane, _ fleet: FleetFile) {
        let now = setup.now
        if event.target == .postgres {
            lane.resumeAt = now + schedule.plan.postgresDownMs
            lane.open = struck.count
            struck.append(EventRecord(event: event, at: now, victim: "postgres", pid: 0))
            tell(struck[struck.count - 1])
            launch("crash")
            return
        }
        let members = members(event.target, fleet)
        guard !members.isEmpty, let pid = members[event.victim % members.count].pid else {
            faults.append("there is no \(event.target.rawValue) in the fleet")
            return
        }
        let signal: Int32 =
            switch event.kind {
            case .kill, .outage: SIGKILL
            case .abort: SIGABRT
            case .segv: SIGSEGV
            case .stall: SIGSTOP
            case .terminate: SIGTERM
            }
        if event.kind == .stall { lane.resumeAt = now + schedule.plan.stallMs }
        lane.open = struck.count
        struck.append(EventRecord(event: event, at: now, victim: members[event.victim % members.count].name, pid: pid))
        tell(struck[struck.count - 1])
        if Glibc.kill(pid, signal) != 0 { faults.append("event \(event.number): no process \(pid) (\(struck[struck.count - 1].victim))") }
    }

    private func isOver(_ open: Int, _ lane: inout Lane, _ fleet: FleetFile) -> Bool {
        let record = struck[open]
        if let resume = lane.resumeAt {
            guard setup.now >= resume else { return false }
            if record.event.kind == .outage {
                guard postgresWork == nil else { return false }
                launch("start")
            } else {
                Glibc.kill(record.pid, SIGCONT)
            }
            lane.resumeAt = nil
        }
        if record.event.target == .postgres { return postgresWork == nil }
        guard let member = members(record.event.target, fleet).first(where: { $0.name == record.victim }), member.ready else { return false }
        // A stalled process may have been replaced meanwhile; a dead one must have been.
        return record.event.kind == .stall || member.pid != record.pid
    }

    /// Nothing is left stopped.
    private func release() async {
        await postgresWork?.value
        for lane in lanes.values {
            guard let open = lane.open, lane.resumeAt != nil else { continue }
            if struck[open].event.kind == .outage { await postgres("start") } else { Glibc.kill(struck[open].pid, SIGCONT) }
            struck[open].over = setup.now
        }
    }

    private func tell(_ record: EventRecord) {
        print("\(record.at) ms  \(record.event.number)/\(schedule.events.count)  \(record.event.kind.rawValue) \(record.victim) (pid \(record.pid))")
    }

    private func launch(_ action: String) {
        postgresWork = Task {
            await postgres(action)
            postgresWork = nil
        }
    }

    private func postgres(_ action: String) async {
        guard let directory = place.postgresDirectory else { return faults.append("PostgreSQL is to be stopped, and nobody said which") }
        do {
            let ended = try await Subprocess.run(
                .path(.init(place.postgresScript)), arguments: [action, directory], output: .discarded, error: .string(limit: 10_000))
            if !ended.terminationStatus.isSuccess { faults.append("postgres.sh \(action): \(ended.standardError)") }
        } catch {
            faults.append("postgres.sh \(action) could not be run: \(error)")
        }
    }
}
