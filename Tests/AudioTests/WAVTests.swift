import Audio
import Testing

@Suite struct WAVTests {
    private let pcm: [Int16] = sine(440, rate: 8000, count: 999, dBFS: -20)

    @Test(arguments: [8000, 16000, 24000])
    func monoRoundTrip(rate: Int) throws {
        let file = try WAV.read(WAV.write(pcm, sampleRate: rate))
        #expect(file.format == WAV.Format(encoding: .pcm16, sampleRate: rate, channels: 1))
        #expect(file.samples == pcm)
    }

    @Test func stereoRoundTripFillsTheShorterSide() throws {
        let file = try WAV.read(WAV.write(left: pcm, right: Array(pcm.prefix(10)), sampleRate: 8000))
        #expect(file.format.channels == 2)
        #expect(file.channel(0) == pcm)
        #expect(file.channel(1) == Array(pcm.prefix(10)) + [Int16](repeating: 0, count: pcm.count - 10))
    }

    @Test func muLawRoundTripWithOddLength() throws {
        let codes = MuLaw.encode(pcm)
        let bytes = WAV.write(muLaw: codes)
        #expect(bytes.count % 2 == 0)
        let file = try WAV.read(bytes)
        #expect(file.format.encoding == .muLaw)
        #expect(file.samples == MuLaw.decode(codes))
    }

    /// What a speech program writes into a pipe: sizes that are not true, and here chunks that are in the way.
    private func piped(dataSize: [UInt8]) -> [UInt8] {
        var bytes = Array("RIFF".utf8) + [0x24, 0xF0, 0xFF, 0x7F] + Array("WAVE".utf8)
        bytes += Array("LIST".utf8) + [5, 0, 0, 0] + Array("INFO!".utf8) + [0]
        bytes += Array("fmt ".utf8) + [18, 0, 0, 0, 1, 0, 1, 0, 0x22, 0x56, 0, 0, 0x44, 0xAC, 0, 0, 2, 0, 16, 0, 0, 0]
        bytes += Array("fact".utf8) + [4, 0, 0, 0, 1, 2, 3, 4]
        bytes += Array("data".utf8) + dataSize
        return bytes + pcm.withUnsafeBytes { Array($0) }
    }

    @Test(arguments: [[0x00, 0xF0, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0]] as [[UInt8]])
    func bogusSizesMeanToTheEnd(size: [UInt8]) throws {
        let file = try WAV.read(piped(dataSize: size))
        #expect(file.format.sampleRate == 22050)
        #expect(file.samples == pcm)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 4096])
    func anyChunkingGivesTheSameSamples(chunk: Int) throws {
        let bytes = piped(dataSize: [0x00, 0xF0, 0xFF, 0x7F])
        var parser = WAVStreamParser()
        var samples: [Int16] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            samples += try parser.process(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
        #expect(parser.format?.sampleRate == 22050)
        #expect(samples == pcm)
    }

    /// Mu-law has two zeros: decoding and encoding would lose one.
    @Test(arguments: [1, 3, 50, 4096]) func dataIsHandedOnAsItIsStored(chunk: Int) throws {
        let codes = (0..<999).map { UInt8(truncatingIfNeeded: $0) }
        let bytes = WAV.write(muLaw: codes)
        var parser = WAVStreamParser()
        var data: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            // The last byte is padding.
            #expect(parser.isCutShort || start == bytes.count - 1)
            data += try parser.data(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
        #expect(data == codes)
        #expect(parser.format?.encoding == .muLaw && !parser.isCutShort)
    }

    @Test func aFileThatEndsBeforeItsDataIsCutShort() throws {
        let bytes = WAV.write(pcm, sampleRate: 8000)
        for (length, isCut) in [(0, true), (30, true), (44, true), (bytes.count - 2, true), (bytes.count - 1, true), (bytes.count, false)] {
            var parser = WAVStreamParser()
            _ = try parser.process(Array(bytes.prefix(length)))
            #expect(parser.isCutShort == isCut, "\(length)")
        }
        var endless = WAVStreamParser()
        _ = try endless.process(piped(dataSize: [0xFF, 0xFF, 0xFF, 0xFF]))
        #expect(!endless.isCutShort)
    }

    @Test func bytesAfterTheDataAreNotSound() throws {
        let bytes = WAV.write(pcm, sampleRate: 8000) + Array("LIST".utf8) + [2, 0, 0, 0, 9, 9]
        #expect(try WAV.read(bytes).samples == pcm)
    }

    @Test func theExtensibleFormIsRead() throws {
        var bytes = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WAVEfmt ".utf8) + [40, 0, 0, 0]
        bytes += [0xFE, 0xFF, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]
        bytes += [22, 0, 16, 0, 4, 0, 0, 0, 1, 0] + [UInt8](repeating: 0, count: 14)
        bytes += Array("data".utf8) + [2, 0, 0, 0, 0x34, 0x12]
        let file = try WAV.read(bytes)
        #expect(file.format.sampleRate == 8000 && file.samples == [0x1234])
    }

    @Test func whatIsNotASoundFileIsAnError() {
        func code(_ bytes: [UInt8]) -> WAV.Failure.Code? {
            do {
                _ = try WAV.read(bytes)
                return nil
            } catch let failure as WAV.Failure {
                return failure.code
            } catch {
                return nil
            }
        }
        #expect(code(Array("<html><body>".utf8)) == .notWave)
        #expect(code(Array(WAV.write(pcm, sampleRate: 8000).prefix(30))) == .truncated)
        var float = WAV.write(pcm, sampleRate: 8000)
        float[20] = 3
        #expect(code(float) == .unsupported)
        var noRate = WAV.write(pcm, sampleRate: 8000)
        noRate.replaceSubrange(24..<28, with: [0, 0, 0, 0])
        #expect(code(noRate) == .unsupported)
    }
}
