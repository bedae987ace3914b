import Audio
import CallVocabulary
import Foundation

/// What a caller's line carries, in mu-law at 8 kHz.
enum Sound {
    /// Two tones under an envelope of syllables: 160 ms loud (about -14 dBFS), 60 ms 26 dB softer.
    static func voice(milliseconds: Int) -> [UInt8] {
        tones(milliseconds: milliseconds) { $0 % 1760 < 1280 ? 1 : 0.05 }
    }

    /// The same tones at full strength throughout: every frame is voiced.
    static func vowel(milliseconds: Int) -> [UInt8] { tones(milliseconds: milliseconds) { _ in 1 } }

    static func silence(milliseconds: Int) -> [UInt8] { [UInt8](repeating: MuLaw.silence, count: milliseconds * 8) }

    /// Line noise of about -50 dBFS.
    static func noise(milliseconds: Int, seed: UInt64 = 1) -> [UInt8] {
        var dice = Dice(seed: seed)
        return MuLaw.encode((0..<milliseconds * 8).map { _ in Int16(Int(dice.next() % 361) - 180) })
    }

    private static func tones(milliseconds: Int, envelope: (Int) -> Double) -> [UInt8] {
        MuLaw.encode(
            (0..<milliseconds * 8).map { index in
                let time = Double(index) / 8000
                return Int16(5000 * envelope(index) * (sin(2 * .pi * 210 * time) + 0.6 * sin(2 * .pi * 730 * time)))
            })
    }

    static func frames(_ bytes: [UInt8], from sequence: UInt32 = 0) -> [AudioFrame] {
        stride(from: 0, to: bytes.count, by: AudioFrame.bytes).enumerated().map { index, start in
            AudioFrame(sequence: sequence + UInt32(index), payload: Array(bytes[start..<min(start + AudioFrame.bytes, bytes.count)]))
        }
    }
}

/// A seeded generator (SplitMix64): the same walk on every machine.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
    /// True once in `n`.
    mutating func once(in n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }
}
