import ChaosKit
import Testing

@Suite struct ScheduleTests {
    private func plan(seed: UInt64) -> ChaosPlan {
        var plan = ChaosPlan(seed: seed)
        plan.postgresStops = 2
        plan.gatewayStalls = 3
        return plan
    }

    @Test func theSameSeedGivesTheSameScheduleAndAnotherSeedAnother() {
        #expect(ChaosSchedule(plan(seed: 7)) == ChaosSchedule(plan(seed: 7)))
        #expect(ChaosSchedule(plan(seed: 7)).events != ChaosSchedule(plan(seed: 8)).events)
    }

    @Test(arguments: UInt64(1)...20) func itHasWhatThePlanAsksFor(seed: UInt64) {
        let plan = plan(seed: seed)
        let schedule = ChaosSchedule(plan)
        func count(_ pools: [ChaosTarget], _ match: (ChaosKind) -> Bool) -> Int {
            schedule.events.count { pools.contains($0.target) && match($0.kind) }
        }
        #expect(count(ChaosTarget.pools) { $0.isSudden } == plan.workerDeaths)
        #expect(count(ChaosTarget.pools) { $0 == .stall } == plan.workerStalls)
        #expect(count(ChaosTarget.pools) { $0 == .terminate } == plan.workerRestarts)
        #expect(count([.gateway]) { $0.isSudden } == plan.gatewayDeaths)
        #expect(count([.gateway]) { $0 == .terminate } == plan.gatewayRestarts)
        #expect(count([.gateway]) { $0 == .stall } == plan.gatewayStalls)
        #expect(count([.postgres]) { $0 == .outage } == plan.postgresStops)
        #expect(schedule.events.map(\.number) == Array(1...schedule.events.count))
        // Each pool gets its share, and every kind of death comes.
        for pool in ChaosTarget.pools { #expect(count([pool]) { _ in true } == (plan.workerDeaths + plan.workerStalls + plan.workerRestarts) / 4) }
        #expect(Set(schedule.events.map(\.kind)) == Set(ChaosKind.allCases))
    }

    @Test(arguments: UInt64(1)...20) func nothingIsHitTwiceInARow(seed: UInt64) {
        let schedule = ChaosSchedule(plan(seed: seed))
        for target in ChaosTarget.allCases {
            let times = schedule.events.filter { $0.target == target }.map(\.at)
            let spacing = target == .gateway ? 8_000 : target == .postgres ? 13_000 : 3_000
            for (one, next) in zip(times, times.dropFirst()) { #expect(next - one >= spacing, "\(target) at \(one) and \(next)") }
            #expect(times.allSatisfy { $0 <= schedule.duration })
        }
    }
}
