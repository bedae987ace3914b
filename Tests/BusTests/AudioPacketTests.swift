import BusContract
import CallVocabulary
import Testing

@Suite struct AudioPacketTests {
    private func packet(_ payload: [UInt8] = [0xFF, 0x7F, 0x00]) throws -> AudioPacket {
        AudioPacket(
            epoch: Epoch(rawValue: 0x0102_0304_0506_0708), captureMicroseconds: 0x1112_1314_1516_1718, call: try Samples.callID(),
            frame: AudioFrame(sequence: 0x2122_2324, payload: payload))
    }

    @Test func theBytesAreGolden() throws {
        let golden: [UInt8] =
            [0x4D, 0x41, 1, 1] + [8, 7, 6, 5, 4, 3, 2, 1] + [0x24, 0x23, 0x22, 0x21] + [0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11]
            + Array(Samples.call.utf8) + [3, 0] + [0xFF, 0x7F, 0x00]
        #expect(golden.count == AudioPacket.headerBytes + 3)
        #expect(try packet().encoded() == golden)
        #expect(try AudioPacket(golden) == packet())
    }

    @Test(arguments: [1, 160, 320, 1_600]) func anySizeSurvives(count: Int) throws {
        let packet = try packet((0..<count).map { UInt8(truncatingIfNeeded: $0) })
        #expect(AudioPacket(packet.encoded()) == packet)
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = try packet().encoded()
        for length in 0..<bytes.count { #expect(AudioPacket(Array(bytes.prefix(length))) == nil) }
        #expect(AudioPacket(bytes + [0]) == nil)
    }

    @Test(arguments: [(0, 0x4E), (1, 0x42), (2, 2), (3, 2), (24, 0x44), (40, 0x2E), (40, 0xC3)] as [(Int, UInt8)])
    func anotherMagicVersionKindOrCallIsRefused(offset: Int, value: UInt8) throws {
        var bytes = try packet().encoded()
        bytes[offset] = value
        #expect(AudioPacket(bytes) == nil)
    }

    @Test func anEmptyOrOversizedPayloadIsRefused() throws {
        #expect(AudioPacket(try packet([]).encoded()) == nil)
        #expect(AudioPacket(try packet([UInt8](repeating: 1, count: 1_601)).encoded()) == nil)
    }

    @Test func mutatedPacketsNeverTrap() throws {
        let original = try packet([UInt8](repeating: 0x55, count: 160)).encoded()
        var dice = Dice(seed: 5)
        var accepted = 0
        for _ in 0..<50_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                bytes[Int.random(in: 0..<bytes.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            if Int.random(in: 0..<4, using: &dice) == 0 { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &dice))) }
            guard let packet = AudioPacket(bytes) else { continue }
            accepted += 1
            if packet.encoded() != bytes { Issue.record("read and written, it differs: \(bytes)") }
        }
        #expect(accepted > 1_000, "payloads may be anything")
    }
}
