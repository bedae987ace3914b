import Audio
import TwilioSimulatorKit

/// One utterance as it is sent: samples, and when each word sounds.
package struct TalkAudio: Sendable, Equatable {
    package struct Word: Sendable, Equatable, Codable {
        package var word: String
        /// Milliseconds from the utterance's first sample.
        package var start: Int
        package var end: Int

        package init(word: String, start: Int, end: Int) {
            self.word = word
            self.start = start
            self.end = end
        }
    }

    package var pcm: [Int16]
    package var words: [Word]

    package init(pcm: [Int16] = [], words: [Word] = []) {
        self.pcm = pcm
        self.words = words
    }

    package var milliseconds: Int { pcm.count * 1_000 / MuLaw.sampleRate }

    /// Puts an utterance together.
    /// - Parameters:
    ///   - level: of the voice, in dBFS.
    ///   - random: pauses vary by 8 of 100, as people's do.
    ///   - speak: the audio of some words, at ``Conversation/level``, without silence around it.
    package static func make(
        _ parts: [Conversation.Part], level: Double, random: inout SplitMix64, speak: (String) async throws -> [Int16]
    ) async throws -> TalkAudio {
        var audio = TalkAudio()
        for part in parts {
            let start = audio.pcm.count
            switch part {
            case .pause(let milliseconds):
                let varied = milliseconds * Int.random(in: 92...108, using: &random) / 100
                audio.pcm += [Int16](repeating: 0, count: varied * MuLaw.sampleRate / 1_000)
            case .sound(let sound): audio.pcm += Noises.sound(sound, seed: random.next())
            case .words(let text):
                var pcm = try await speak(text)
                if level != Conversation.level { pcm = Loudness.scaled(pcm, to: level) }
                audio.pcm += pcm
                audio.words += words(text, start: start, end: audio.pcm.count)
            }
        }
        return audio
    }

    /// Each word gets of the sound what it has of the letters.
    static func words(_ text: String, start: Int, end: Int) -> [Word] {
        let words = text.split(separator: " ").map(String.init)
        let letters = words.reduce(0) { $0 + $1.count }
        guard letters > 0 else { return [] }
        var passed = 0
        func milliseconds(_ letters: Int, of all: Int) -> Int { (start + (end - start) * letters / all) * 1_000 / MuLaw.sampleRate }
        return words.map { word in
            defer { passed += word.count }
            return Word(word: word, start: milliseconds(passed, of: letters), end: milliseconds(passed + word.count, of: letters))
        }
    }

    /// From the first to one past the last audible sample.
    static func audible(_ pcm: [Int16]) -> Range<Int>? {
        func isAudible(_ sample: Int16) -> Bool { sample.magnitude >= Audibility.threshold }
        guard let first = pcm.firstIndex(where: isAudible), let last = pcm.lastIndex(where: isAudible) else { return nil }
        return first..<last + 1
    }
}
