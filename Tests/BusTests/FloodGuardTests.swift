import Bus
import Testing

@Suite struct FloodGuardTests {
    private let limits = FloodLimits(messagesPerSecond: 10, messageBurst: 20, bytesPerSecond: 1_000, byteBurst: 2_000, banMilliseconds: 5_000)

    /// Messages that pass before the flood is seen.
    private func passed(_ meter: inout FloodGuard, _ peer: [UInt8], bytes: Int = 1, at now: Int64) -> Int {
        for count in 0..<1_000 where meter.take(from: peer, bytes: bytes, at: now) != .pass { return count }
        return 1_000
    }

    @Test func aBurstPassesAndMoreIsAFlood() {
        var meter = FloodGuard(limits)
        #expect(passed(&meter, [1], at: 0) == 20)
        #expect(meter.take(from: [2], bytes: 1, at: 0) == .pass, "one peer's flood is not another's")
    }

    @Test func bytesCountToo() {
        var meter = FloodGuard(limits)
        #expect(passed(&meter, [1], bytes: 500, at: 0) == 4)
    }

    @Test func aSteadyStreamWithinTheRateIsNeverAFlood() {
        var meter = FloodGuard(limits)
        #expect((0..<10_000).allSatisfy { number in meter.take(from: [1], bytes: 100, at: Int64(number) * 100) == .pass })
    }

    @Test func aBanEndsAndIsEnforcedNowAndThen() {
        var meter = FloodGuard(limits)
        _ = passed(&meter, [1], at: 1_000)
        #expect(meter.take(from: [1], bytes: 1, at: 1_050) == .banned(cut: false))
        #expect(meter.take(from: [1], bytes: 1, at: 1_100) == .banned(cut: true))
        #expect(meter.take(from: [1], bytes: 1, at: 1_101) == .banned(cut: false))
        #expect(meter.take(from: [1], bytes: 1, at: 5_999) == .banned(cut: true))
        #expect(meter.take(from: [1], bytes: 1, at: 6_000) == .pass)
    }

    @Test func nonsenseWeighsMore() {
        var meter = FloodGuard(limits)
        #expect(meter.take(from: [1], bytes: 1, at: 0) == .pass)
        #expect(meter.malformed(from: [1], at: 0) == .flooded)
        #expect(meter.malformed(from: [2], at: 0) == .pass, "nothing was taken from it")
    }

    @Test func aClockThatStandsStillOrGoesBackGivesNothing() {
        var meter = FloodGuard(limits)
        #expect(passed(&meter, [1], at: 10_000) == 20)
        var other = FloodGuard(limits)
        for _ in 0..<20 { _ = other.take(from: [1], bytes: 1, at: 10_000) }
        #expect(other.take(from: [1], bytes: 1, at: 0) == .flooded)
    }

    @Test func aCrowdOfNamesIsForgottenAndTheBanStays() {
        var meter = FloodGuard(limits)
        _ = passed(&meter, [1], at: 0)
        var most = 0
        for number in 0..<20_000 {
            let name = [2, UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
            _ = meter.take(from: name, bytes: 1, at: Int64(number / 100))
            most = max(most, meter.peers)
        }
        #expect(most <= 8_192)
        #expect(meter.take(from: [1], bytes: 1, at: 201) == .banned(cut: true))
    }

    @Test func aTallyReportsAtOnceAndThenNowAndThen() {
        var tally = Tally()
        #expect(tally.wait(at: 0) == nil)
        tally.add("a", detail: "1", at: 0)
        #expect(tally.wait(at: 0) == 0)
        #expect(tally.reports(at: 0) == [Tally.Report(kind: "a", detail: "1", count: 1)])
        for number in 2...9 { tally.add("a", detail: "\(number)", at: 100) }
        #expect(tally.reports(at: 9_500).isEmpty)
        #expect(tally.wait(at: 9_500) == 500)
        #expect(tally.reports(at: 10_000) == [Tally.Report(kind: "a", detail: "9", count: 8)])
        #expect(tally.wait(at: 10_000) == nil)
        tally.add("b", at: 10_001)
        #expect(tally.reports(at: 10_001).map(\.kind) == ["b"])
    }
}
