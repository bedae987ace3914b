import Audio
import AudioMP3
import Testing

@Suite struct MuLawTests {
    @Test func everyCodeSurvivesARoundTrip() {
        for code in UInt8.min...UInt8.max where code != 0x7F {
            #expect(MuLaw.encode(MuLaw.decode(code)) == code)
        }
        // Negative zero has the value of zero and so comes back as positive zero.
        #expect(MuLaw.encode(MuLaw.decode(0x7F)) == 0xFF)
    }

    /// Values from ITU-T G.711 table 2a, times four for the 16-bit scale.
    @Test(arguments: [(0x80, 32124), (0x00, -32124), (0xFF, 0), (0xFE, 8), (0xF0, 120), (0x8F, 16764)])
    func decodesTheStandardsValues(code: Int, value: Int) {
        #expect(MuLaw.decode(UInt8(code)) == Int16(value))
    }

    @Test func encodingPicksTheNearestLevelOfEverySample() {
        for sample in stride(from: Int(Int16.min), through: Int(Int16.max), by: 1) {
            let got = Int(MuLaw.decode(MuLaw.encode(Int16(sample))))
            // Half a step: steps grow from 8 to 1024.
            let magnitude = abs(sample)
            let step = max(8, (magnitude + 132) / 16)
            #expect(abs(got - max(-32635, min(32635, sample))) <= step / 2 + 1 || magnitude > 32635)
        }
    }

    @Test func arraysSlicesAndSingleSamplesAgree() {
        var noise = Noise(seed: 1)
        let pcm = noise.white(1000, dBFS: -12)
        let codes = pcm.map { MuLaw.encode($0) }
        #expect(MuLaw.encode(pcm) == codes)
        #expect(MuLaw.encode(pcm[100..<200]) == Array(codes[100..<200]))
        #expect(MuLaw.decode(codes) == codes.map { MuLaw.decode($0) })
        #expect(MuLaw.decode(codes[100..<200]) == codes[100..<200].map { MuLaw.decode($0) })
        #expect(MuLaw.silentFrame.count == 160 && MuLaw.decode(MuLaw.silence) == 0)
    }

    @Test func speechLevelsKeepTheirQuality() {
        let pcm = sine(1004, rate: 8000, count: 8000, dBFS: -16)
        let ratio = snr(MuLaw.decode(MuLaw.encode(pcm)), pcm)
        // G.712 asks for 33 dB at these levels; ideal mu-law has about 38.
        #expect(ratio > 36 && ratio < 42)
    }
}

@Suite struct MP3Tests {
    /// The library's decoder is not made for two at once.
    @Test func manyFilesAtOnceAreDecodedAsOneByOne() async throws {
        let files = try (0..<4).map { try MP3Encoder.file(sine(500 + 300 * Double($0), rate: 8000, count: 16_000, dBFS: -15), sampleRate: 8000) }
        let alone = try files.map { try MP3Decoder.file($0).pcm }
        let differing = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<4 {
                group.addTask { try (0..<50).count { _ in try MP3Decoder.file(files[worker]).pcm != alone[worker] } }
            }
            return try await group.reduce(0, +)
        }
        #expect(differing == 0)
    }

    @Test func manyFilesAtOnceAreEncodedAsOneByOne() async throws {
        let tones = (0..<4).map { sine(500 + 300 * Double($0), rate: 8000, count: 16_000, dBFS: -15) }
        let alone = try tones.map { try MP3Encoder.file($0, sampleRate: 8000) }
        let differing = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<4 {
                group.addTask { try (0..<20).count { _ in try MP3Encoder.file(tones[worker], sampleRate: 8000) != alone[worker] } }
            }
            return try await group.reduce(0, +)
        }
        #expect(differing == 0)
    }

    @Test(arguments: [8000, 16000])
    func aToneSurvives(rate: Int) throws {
        let pcm = sine(700, rate: rate, count: rate, dBFS: -12)
        let file = try MP3Encoder.file(pcm, sampleRate: rate)
        #expect(file[0] == 0xFF && file[1] & 0xE0 == 0xE0)
        let (back, backRate) = try MP3Decoder.file(file)
        #expect(backRate == rate)
        #expect(back.count >= pcm.count && back.count < pcm.count + 4000)
        let middle = Array(back[3000..<(3000 + rate / 2)])
        #expect(abs(level(of: 700, in: middle, rate: rate) - -12) < 0.5)
        #expect(abs(Loudness.dBFS(middle) - -12) < 0.5)
    }

    @Test func chunksGiveTheSameFile() throws {
        var noise = Noise(seed: 2)
        let pcm = noise.white(20_000, dBFS: -20)
        let whole = try MP3Encoder.file(pcm, sampleRate: 16000)
        let encoder = try MP3Encoder(sampleRate: 16000)
        var pieces: [UInt8] = []
        for start in stride(from: 0, to: pcm.count, by: 333) {
            pieces += try encoder.encode(Array(pcm[start..<min(start + 333, pcm.count)]))
        }
        pieces += try encoder.finish()
        #expect(pieces == whole)

        let decoder = try MP3Decoder()
        var decoded: [Int16] = []
        for start in stride(from: 0, to: whole.count, by: 101) {
            decoded += try decoder.decode(Array(whole[start..<min(start + 101, whole.count)]))
        }
        #expect(decoded == (try MP3Decoder.file(whole).pcm))
    }

    @Test func bitRateIsKept() throws {
        let pcm = sine(500, rate: 8000, count: 80_000, dBFS: -20)
        let file = try MP3Encoder.file(pcm, sampleRate: 8000, kilobitsPerSecond: 24)
        #expect(abs(file.count - 30_000) < 1500)
    }

    @Test func nonsenseIsAnError() {
        #expect(throws: MP3Failure.self) { try MP3Decoder.file([]) }
        #expect(throws: MP3Failure.self) { try MP3Decoder.file(Array("{\"error\":\"no credit\"}".utf8)) }
        #expect(throws: MP3Failure.self) { try MP3Encoder(sampleRate: 0) }
    }
}
