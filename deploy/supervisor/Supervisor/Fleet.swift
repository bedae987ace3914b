/// The fleet as a state machine: deaths, readiness, requests and time come in; what to do comes out. It does no I/O.
///
/// Times are durations since any one fixed moment of a monotonic clock.
package struct Fleet: Sendable {
    package enum Action: Sendable, Equatable {
        case start(String)
        /// SIGTERM to the process.
        case terminate(String)
        /// SIGKILL to the process and all that it started.
        case kill(String)
        /// A process never came up; the fleet ends because of it.
        case reportFault(String, Termination)
        /// A process was too slow to end and is killed.
        case reportOverdue(String)
        /// All are gone: end with this exit code.
        case finish(Int32)
    }

    /// From the request to end until the gateway is killed: room for its calls to say goodbye.
    package static let gatewayGrace = Duration.seconds(7)
    /// From the request to end until everything is killed.
    package static let wholeGrace = Duration.seconds(10)

    /// What is known of one process.
    package struct Member: Sendable {
        enum Phase: Sendable, Equatable {
            case waiting(until: Duration)
            case running(since: Duration)
            case gone
        }

        package let spec: ProcessSpec
        /// Starts after the first one.
        package fileprivate(set) var restarts = 0
        /// The running process has said READY=1.
        package fileprivate(set) var ready = false
        var phase: Phase
        var policy = RestartPolicy()

        var isRunning: Bool { if case .running = phase { true } else { false } }
    }

    private enum Mode: Equatable {
        case running
        case endingGateway(since: Duration)
        case endingWorkers(since: Duration)
        /// All are killed; only their deaths are awaited.
        case killing
        case finished
    }

    package private(set) var members: [Member]
    private var mode = Mode.running
    private var outcome: Int32 = 0

    package init(_ description: FleetDescription) {
        members = description.processes.map { Member(spec: $0, phase: .gone) }
    }

    /// The fleet is no longer kept alive.
    package var isEnding: Bool { mode != .running }

    /// Starts every process.
    package mutating func begin(at now: Duration) -> [Action] {
        members.indices.map { start($0, at: now) }
    }

    /// `READY=1` from a process.
    package mutating func becameReady(_ name: String) {
        guard let index = index(of: name), members[index].isRunning else { return }
        members[index].ready = true
        members[index].policy.ready()
    }

    /// A process ended, or could not be started.
    package mutating func died(_ name: String, _ termination: Termination, at now: Duration) -> [Action] {
        guard let index = index(of: name), case .running(let since) = members[index].phase else { return [] }
        members[index].ready = false
        members[index].phase = .gone
        guard mode == .running else { return proceed(at: now) }
        switch members[index].policy.died(uptime: now - since) {
        case .restart(let delay):
            members[index].phase = .waiting(until: now + delay)
            return []
        case .giveUp:
            // A process that ends at once with 0 is a fault as well; the fleet must not report success.
            outcome = termination.shellCode == 0 ? 1 : termination.shellCode
            return [.reportFault(name, termination)] + end(at: now)
        }
    }

    /// The operator asks for the end. A second request does not wait any longer.
    package mutating func requestEnd(at now: Duration) -> [Action] {
        switch mode {
        case .running: return end(at: now)
        case .endingGateway, .endingWorkers: return killAll()
        case .killing, .finished: return []
        }
    }

    /// When `tick` is due; nil when only events matter.
    package var deadline: Duration? {
        switch mode {
        case .running:
            members.compactMap { if case .waiting(let until) = $0.phase { until } else { nil } }.min()
        case .endingGateway(let since): since + Self.gatewayGrace
        case .endingWorkers(let since): since + Self.wholeGrace
        case .killing, .finished: nil
        }
    }

    package mutating func tick(at now: Duration) -> [Action] {
        guard let deadline, deadline <= now else { return [] }
        switch mode {
        case .running:
            let due = members.indices.filter {
                if case .waiting(let until) = members[$0].phase { until <= now } else { false }
            }
            return due.map {
                members[$0].restarts += 1
                return start($0, at: now)
            }
        case .endingGateway(let since):
            // The workers still get their turn to end by themselves.
            outcome = max(outcome, 1)
            let overdue = running(.gateway)
            mode = .endingWorkers(since: since)
            return overdue.flatMap { [.reportOverdue($0), .kill($0)] } + running(.worker).map { .terminate($0) }
        case .endingWorkers:
            return killAll()
        case .killing, .finished:
            return []
        }
    }

    private mutating func start(_ index: Int, at now: Duration) -> Action {
        members[index].phase = .running(since: now)
        return .start(members[index].spec.name)
    }

    private mutating func end(at now: Duration) -> [Action] {
        mode = .endingGateway(since: now)
        for index in members.indices where !members[index].isRunning { members[index].phase = .gone }
        return running(.gateway).map { .terminate($0) } + proceed(at: now)
    }

    /// The next step of the end, when what it waited for is gone.
    private mutating func proceed(at now: Duration) -> [Action] {
        var actions: [Action] = []
        if case .endingGateway(let since) = mode, running(.gateway).isEmpty {
            mode = .endingWorkers(since: since)
            actions = running(.worker).map { .terminate($0) }
        }
        if mode != .finished, !members.contains(where: \.isRunning) {
            mode = .finished
            actions.append(.finish(outcome))
        }
        return actions
    }

    private mutating func killAll() -> [Action] {
        mode = .killing
        // Killed is not a clean end.
        outcome = max(outcome, 1)
        return members.filter(\.isRunning).flatMap { [.reportOverdue($0.spec.name), .kill($0.spec.name)] }
    }

    private func running(_ role: ProcessSpec.Role) -> [String] {
        members.filter { $0.isRunning && $0.spec.role == role }.map(\.spec.name)
    }

    private func index(of name: String) -> Int? {
        members.firstIndex { $0.spec.name == name }
    }
}
