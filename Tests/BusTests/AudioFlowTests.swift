import Bus
import Testing

@Suite struct AudioFlowTests {
    /// So many calls for so long, each with a frame every 20 ms; asked every 2 ms.
    private func flow(calls: Int, milliseconds: Int64, from start: Int64 = 1_000, _ flow: inout AudioFlow) -> Bool {
        var frames = 0.0
        for now in stride(from: start, to: start + milliseconds, by: 2) {
            frames += Double(calls) / 10
            flow.count += Int(frames)
            frames -= Double(Int(frames))
            _ = flow.isStrong(at: now)
        }
        return flow.isStrong(at: start + milliseconds)
    }

    @Test func onlyManyCallsAreLookedForByTheClock() {
        var (few, many) = (AudioFlow(), AudioFlow())
        let (ofFew, ofMany) = (flow(calls: 10, milliseconds: 200, &few), flow(calls: 100, milliseconds: 200, &many))
        #expect(!ofFew)
        #expect(ofMany)
    }

    @Test func anEndOfTheFlowIsSeenWithinTwoFrames() {
        var flow = AudioFlow()
        let before = self.flow(calls: 400, milliseconds: 200, &flow)
        #expect(before)
        let ends = stride(from: Int64(1_202), to: 1_260, by: 2).first { !flow.isStrong(at: $0) }
        #expect((ends ?? .max) <= 1_240)
    }

    /// A thread that was not woken for long must not take what comes now for a flow, nor divide it by nothing.
    @Test func aFrameAfterALongSilenceIsNoFlow() {
        var flow = AudioFlow()
        flow.count = 30
        let isStrong = flow.isStrong(at: 1_000_000)
        #expect(!isStrong)
    }
}
