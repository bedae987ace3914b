import TwilioSimulatorKit

/// What can be hit.
package enum ChaosTarget: String, Sendable, Hashable, Codable, CaseIterable {
    case asr, dialog, tts, crm, gateway, postgres

    package static let pools: [ChaosTarget] = [.asr, .dialog, .tts, .crm]
}

/// How it is hit.
package enum ChaosKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// SIGKILL.
    case kill
    /// SIGABRT.
    case abort
    /// SIGSEGV.
    case segv
    /// SIGSTOP, and SIGCONT a while later.
    case stall
    /// SIGTERM: an operator's restart.
    case terminate
    /// The database server stopped as by a crash, and started again a while later.
    case outage

    /// The process is gone at once and without a word.
    package var isSudden: Bool { self == .kill || self == .abort || self == .segv }
}

/// What a schedule is made from.
package struct ChaosPlan: Sendable, Equatable, Codable {
    package var seed: UInt64
    /// Sudden deaths of workers; stalls and operator's restarts come on top.
    package var workerDeaths = 200
    package var workerStalls = 24
    package var workerRestarts = 24
    /// Sudden deaths of the gateway.
    package var gatewayDeaths = 20
    package var gatewayRestarts = 4
    package var gatewayStalls = 0
    package var postgresStops = 0
    package var postgresDownMs = 10_000
    package var stallMs = 2_000
    /// Two events in one pool begin this far apart or more. In between the victim's replacement boots.
    package var poolSpacingMs = 3_000
    package var gatewaySpacingMs = 8_000

    package init(seed: UInt64) { self.seed = seed }
}

/// One blow. Who runs it may be late, never early: the spare of the pool must be there again first.
package struct ChaosEvent: Sendable, Equatable, Codable {
    /// Place in the schedule, from 1.
    package var number: Int
    /// Milliseconds after the chaos begins.
    package var at: Int
    package var target: ChaosTarget
    package var kind: ChaosKind
    /// Which of the pool's processes, modulo their number.
    package var victim: Int

    package init(number: Int, at: Int, target: ChaosTarget, kind: ChaosKind, victim: Int) {
        self.number = number
        self.at = at
        self.target = target
        self.kind = kind
        self.victim = victim
    }
}

/// Everything that will be done to the fleet. The same plan gives the same schedule.
package struct ChaosSchedule: Sendable, Equatable {
    package let plan: ChaosPlan
    /// In the order of their times.
    package let events: [ChaosEvent]
    /// When the last event is over.
    package let duration: Int

    package init(_ plan: ChaosPlan) {
        self.plan = plan
        var random = SplitMix64(state: plan.seed)
        var kinds: [ChaosTarget: [ChaosKind]] = [:]
        // An abort and a fault in memory leave the process by other ways than kill -9 does.
        func sudden(_ kills: Int) -> ChaosKind { (Array(repeating: .kill, count: kills) + [.abort, .segv]).randomElement(using: &random) ?? .kill }
        var blows = (0..<plan.workerDeaths).map { _ in sudden(2) }
        blows += Array(repeating: .stall, count: plan.workerStalls) + Array(repeating: .terminate, count: plan.workerRestarts)
        blows.shuffle(using: &random)
        for (index, kind) in blows.enumerated() { kinds[ChaosTarget.pools[index % ChaosTarget.pools.count], default: []].append(kind) }
        var gateway = (0..<plan.gatewayDeaths).map { _ in sudden(6) }
        gateway += Array(repeating: .terminate, count: plan.gatewayRestarts) + Array(repeating: .stall, count: plan.gatewayStalls)
        kinds[.gateway] = gateway.shuffled(using: &random)
        kinds[.postgres] = Array(repeating: .outage, count: plan.postgresStops)

        // Every target has slots of equal length with one event in each; all targets end together.
        func slot(_ target: ChaosTarget) -> Int {
            switch target {
            case .gateway: plan.gatewaySpacingMs * 8 / 5
            case .postgres: plan.postgresDownMs * 2 + 5_000
            default: plan.poolSpacingMs * 8 / 5
            }
        }
        let total = ChaosTarget.allCases.map { (kinds[$0]?.count ?? 0) * slot($0) }.max() ?? 0
        var events: [ChaosEvent] = []
        for target in ChaosTarget.allCases {
            guard let mine = kinds[target], !mine.isEmpty else { continue }
            let length = total / mine.count
            let spacing = target == .gateway ? plan.gatewaySpacingMs : target == .postgres ? plan.postgresDownMs + 3_000 : plan.poolSpacingMs
            for (index, kind) in mine.enumerated() {
                let at = index * length + Int.random(in: 0...max(0, length - spacing), using: &random)
                events.append(
                    ChaosEvent(number: 0, at: at, target: target, kind: kind, victim: Int.random(in: 0..<64, using: &random)))
            }
        }
        events.sort { ($0.at, $0.target.rawValue) < ($1.at, $1.target.rawValue) }
        for index in events.indices { events[index].number = index + 1 }
        self.events = events
        duration = total
    }
}
