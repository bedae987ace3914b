import Audio
import Glibc
import Signing

/// The utterances of a load run: mu-law and base64 made once, because encoding them per frame would be most of the simulator's work.
package struct LoadSignal: Sendable {
    /// Raw mu-law frames of 20 ms, as base64.
    private let makeFrames: @Sendable (_ number: UInt16) -> [String]

    /// The frames of an utterance with this number.
    package func frames(_ number: UInt16) -> [String] { makeFrames(number) }

    /// A voiced tone: harmonics of 120 Hz with the loudness of syllables, never silent inside.
    package static func voiced(milliseconds: Int) -> LoadSignal {
        let frames = frames(of: voicedTone(milliseconds: milliseconds))
        return LoadSignal { _ in frames }
    }

    /// Each utterance carries its number as tones, so that loss and doubling can be seen.
    package static let tones = LoadSignal { frames(of: ToneCode.encode($0)) }

    package static let silentFrame = MuLaw.silentFrame.base64

    private static func frames(of pcm: [Int16]) -> [String] {
        let audio = MuLaw.encode(pcm)
        return stride(from: 0, to: audio.count, by: MuLaw.frameSamples).map { start in
            let part = Array(audio[start..<min(start + MuLaw.frameSamples, audio.count)])
            return (part + MuLaw.silentFrame.dropFirst(part.count)).base64
        }
    }

    private static func voicedTone(milliseconds: Int) -> [Int16] {
        var noise = SplitMix64(state: 7)
        return (0..<milliseconds * 8).map { index in
            let time = Double(index) / 8000
            var sum = 0.0
            for harmonic in 1...12 { sum += sin(2 * .pi * 120 * Double(harmonic) * time) / Double(harmonic) }
            let syllables = 0.7 + 0.3 * sin(2 * .pi * 4 * time)
            let hiss = Double(Int(noise.next() % 2001) - 1000) / 1000
            return Int16((6000 * syllables * sum / 1.8 + 300 * hiss).rounded())
        }
    }
}

extension [UInt8] {
    var base64: String { Signing.Base64.encode(self) }
}
