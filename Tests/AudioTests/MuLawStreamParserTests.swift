import Audio
import Testing

@Suite struct MuLawStreamParserTests {
    private let audio = (0..<500).map { UInt8($0 & 255) }

    private func header(
        tag: UInt8 = 7, channels: UInt8 = 1, rate: UInt16 = 8000, bits: UInt8 = 8, size: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF], extra: Int = 0
    ) -> [UInt8] {
        var bytes = Array("RIFF".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + Array("WAVE".utf8)
        if extra > 0 { bytes += Array("LIST".utf8) + [UInt8(extra), 0, 0, 0] + [UInt8](repeating: 0, count: extra + extra % 2) }
        bytes += Array("fmt ".utf8) + [16, 0, 0, 0, tag, 0, channels, 0, UInt8(rate & 255), UInt8(rate >> 8), 0, 0, 0, 0, 0, 0, 1, 0, bits, 0]
        return bytes + Array("data".utf8) + size
    }

    private func parse(_ bytes: [UInt8], by piece: Int) throws -> [UInt8] {
        var parser = MuLawStreamParser()
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            result += try parser.process(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        return result + parser.finish()
    }

    @Test(arguments: [1, 2, 3, 7, 44, 1000]) func withAndWithoutAHeader(_ piece: Int) throws {
        #expect(try parse(audio, by: piece) == audio)
        for extra in [0, 4, 5] { #expect(try parse(header(extra: extra) + audio, by: piece) == audio) }
        // Sizes that are known: what follows the data is no audio.
        #expect(try parse(header(size: [100, 0, 0, 0]) + audio, by: piece) == Array(audio.prefix(100)))
        #expect(try parse(header(size: [0, 0, 0, 0]) + audio, by: piece) == audio)
    }

    @Test func lessThanAHeaderIsAudio() throws {
        #expect(try parse([1, 2, 3], by: 1) == [1, 2, 3])
        #expect(try parse(Array("RIF".utf8), by: 1) == Array("RIF".utf8))
        #expect(try parse([], by: 1) == [])
        #expect(try parse(Array("RIFF".utf8), by: 2) == [])
    }

    /// What is there leaves at once: nothing waits for more than the header.
    @Test func audioLeavesAsItComes() throws {
        var parser = MuLawStreamParser()
        #expect(try parser.process(header()) == [])
        #expect(try parser.process([5]) == [5])
        #expect(try parser.process([6, 7]) == [6, 7])
    }

    @Test func otherSoundIsRefused() {
        let wrong = [
            header(tag: 1, bits: 16), header(channels: 2), header(rate: 24_000), Array("RIFF1234AVI ".utf8), Array("RIFF1234WAVEdata1234".utf8),
            Array("RIFF1234WAVEfmt ".utf8) + [2, 0, 0, 0],
        ]
        for bytes in wrong { #expect(throws: WAV.Failure.self) { try parse(bytes + audio, by: 1000) } }
    }
}
