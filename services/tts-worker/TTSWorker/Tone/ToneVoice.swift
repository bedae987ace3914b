import Audio
import Glibc

/// Provider `tone`: instead of speech, tones at -20 dBFS, at once.
///
/// For load tests, where the engine's own time must not be measured, to hear that a line works, and for tests that follow every sentence
/// to the caller's ear. Numbers (0 to 65535, in digits, with spaces between) become ``ToneCode``s, each with silence, 1 s in all: a sentence
/// is one of them, a reply that is made as one file has several.
/// Every other sentence becomes ``words`` as a code and a tone of 440 Hz, 1.5 s in all.
package struct ToneVoice: Voice {
    /// The code of a sentence without a number: greetings, apologies.
    package static let words: UInt16 = 32_766
    package let name = "tone"

    private static let tone: [UInt8] = {
        let code = encode(words)
        let amplitude = Loudness.rms(dBFS: -20) * 2.0.squareRoot()
        return code
            + (0..<(MuLaw.sampleRate * 3 / 2 - code.count)).map {
                MuLaw.encode(Int16((amplitude * sin(2 * .pi * 440 * Double($0) / Double(MuLaw.sampleRate))).rounded()))
            }
    }()

    package init() {}

    package func speak(_ request: VoiceRequest) -> VoiceAudio {
        let audio = Self.audio(of: request)
        return VoiceAudio { sink in try await sink.send(audio) }
    }

    static func audio(of request: VoiceRequest) -> [UInt8] {
        // A fragment has no written form of its own.
        audio(request.isFragment ? request.text : request.written ?? request.text)
    }

    package func warm() async throws { _ = Self.tone }

    private static func audio(_ text: String) -> [UInt8] {
        let words = text.split(separator: " ")
        let numbers = words.compactMap { UInt16($0) }
        guard !numbers.isEmpty, numbers.count == words.count else { return tone }
        return numbers.flatMap { number in
            let code = encode(number)
            return code + [UInt8](repeating: MuLaw.silence, count: MuLaw.sampleRate - code.count)
        }
    }

    /// A code has -15 dBFS, less 0.58 dB for its ramps; this brings it to the level of the tone.
    private static func encode(_ number: UInt16) -> [UInt8] {
        let gain = pow(10, -4.42 / 20)
        return ToneCode.encode(number).map { MuLaw.encode(Int16((Double($0) * gain).rounded())) }
    }
}
