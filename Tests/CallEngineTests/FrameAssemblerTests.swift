import CallEngine
import CallVocabulary
import Testing

@Suite struct FrameAssemblerTests {
    @Test func anotherStreamBeginsWithAWholeFrame() {
        var assembler = FrameAssembler()
        #expect(assembler.push([UInt8](repeating: 1, count: 200)).count == 1)
        assembler.startOver()
        let frames = assembler.push([UInt8](repeating: 2, count: 160))
        #expect(frames == [AudioFrame(sequence: 1, payload: [UInt8](repeating: 2, count: 160))])
    }

    @Test func anyChunkingGivesTheSameFrames() {
        var dice = Dice(seed: 7)
        let bytes = (0..<160 * 40 + 77).map { _ in UInt8.random(in: 0...255, using: &dice) }
        let expected = (0..<40).map { AudioFrame(sequence: UInt32($0), payload: Array(bytes[$0 * 160..<($0 + 1) * 160])) }
        for largest in [1, 7, 159, 160, 161, 320, 1_000, 5_000, 10_000] {
            var assembler = FrameAssembler()
            var frames: [AudioFrame] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + (largest == 160 ? 160 : Int.random(in: 1...largest, using: &dice)))
                frames += assembler.push(Array(bytes[start..<end]))
                start = end
            }
            #expect(frames == expected, "chunks of up to \(largest)")
            #expect(assembler.nextSequence == 40)
        }
    }

    @Test func aWholeFrameAfterARestIsNotTakenForAFrame() {
        var assembler = FrameAssembler()
        let early = assembler.push([1, 2, 3])
        #expect(early.isEmpty)
        let frames = assembler.push([UInt8](repeating: 9, count: 160))
        #expect(frames.map(\.payload) == [[1, 2, 3] + [UInt8](repeating: 9, count: 157)])
        let rest = assembler.push([UInt8](repeating: 9, count: 157))
        #expect(rest.map(\.sequence) == [1])
    }

    @Test func nothingGivesNothing() {
        var assembler = FrameAssembler()
        let frames = assembler.push([])
        #expect(frames.isEmpty)
        #expect(assembler == FrameAssembler())
    }
}
