import Audio
import Subprocess

/// A sentence as line audio.
package struct SpokenSentence: Sendable, Equatable {
    package var text: String
    /// Raw mu-law at 8 kHz.
    package var audio: [UInt8]
    /// First and one past the last audible sample.
    package var voiced: Range<Int>
}

/// Makes the customer's sentences.
package protocol CustomerVoice: Sendable {
    /// - Throws: ``SimulatorFailure``.
    func speak(_ sentence: String, voice: String, rate: Int) async throws -> SpokenSentence
}

/// The customer's pronunciations: lines `word or phrase<TAB>phonemes`, apart from every lexicon of the application.
package struct PhonemeLexicon: Sendable {
    private var entries: [[String]: String] = [:]
    private var longest = 1

    /// Reads the file's text. Empty lines and lines that begin with `#` are skipped.
    /// - Throws: ``SimulatorFailure`` with the line's number.
    package init(_ text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingASCIISpace()
            if line.isEmpty || line.hasPrefix("#") { continue }
            let columns = line.split(separator: "\t")
            guard columns.count >= 2 else {
                throw SimulatorFailure(.badVoice, "line \(index + 1) of the customer's phonemes has no tab; write 'word<TAB>phonemes'")
            }
            let words = Self.words(String(columns[0]))
            entries[words] = columns[1].trimmingASCIISpace()
            longest = max(longest, words.count)
        }
    }

    static func words(_ text: String) -> [String] { Customer.normalised(text).split(separator: " ").map(String.init) }

    /// The sentence's phonemes; the longest known phrase wins. Unknown words are returned instead when there are any.
    package func phonemes(of sentence: String) -> (phonemes: String, unknown: [String]) {
        let words = Self.words(sentence)
        var result: [String] = []
        var unknown: [String] = []
        var index = 0
        while index < words.count {
            let lengths = stride(from: min(longest, words.count - index), through: 1, by: -1)
            if let length = lengths.first(where: { entries[Array(words[index..<index + $0])] != nil }),
                let phonemes = entries[Array(words[index..<index + length])]
            {
                result.append(phonemes)
                index += length
            } else {
                unknown.append(words[index])
                index += 1
            }
        }
        return (result.joined(separator: " "), unknown)
    }
}

/// The customer's voice by the espeak-ng program, through the telephone band. The program is run, never linked: it is GPL.
package struct EspeakCustomerVoice: CustomerVoice {
    private let lexicon: PhonemeLexicon

    package init(lexicon: PhonemeLexicon) { self.lexicon = lexicon }

    package func speak(_ sentence: String, voice: String, rate: Int) async throws -> SpokenSentence {
        let (phonemes, unknown) = lexicon.phonemes(of: sentence)
        guard unknown.isEmpty else {
            throw SimulatorFailure(
                .badVoice, "no phonemes for \(unknown.joined(separator: ", ")) in \"\(sentence)\"; add them to customer-phonemes.tsv")
        }
        let output: [UInt8]
        do {
            let result = try await run(
                .name("espeak-ng"), arguments: ["-v", voice, "-s", String(rate), "-z", "--stdout"],
                input: .string("[[\(phonemes)]]"), output: .bytes(limit: 8 << 20), error: .discarded)
            guard result.terminationStatus.isSuccess else {
                throw SimulatorFailure(.badVoice, "espeak-ng ended with \(result.terminationStatus); check the voice \(voice)")
            }
            output = result.standardOutput
        } catch let failure as SimulatorFailure {
            throw failure
        } catch {
            throw SimulatorFailure(.badVoice, "espeak-ng could not be run; install the package espeak-ng", cause: error)
        }
        let file: WAV.File
        do { file = try WAV.read(output) } catch {
            throw SimulatorFailure(.badVoice, "espeak-ng gave no sound for \"\(sentence)\"; check the voice \(voice)", cause: error)
        }
        return Self.overTheLine(sentence, pcm: file.channel(0), sampleRate: file.format.sampleRate)
    }

    /// Through the telephone band and mu-law, with digital silence outside the voice.
    static func overTheLine(_ text: String, pcm: [Int16], sampleRate: Int) -> SpokenSentence {
        var resampler = Resampler(from: sampleRate, to: MuLaw.sampleRate)
        let narrow = resampler.process(pcm) + resampler.flush()
        var band = TelephoneBand()
        let audio = MuLaw.encode(band.process(narrow))
        let voiced = Audibility.range(of: audio) ?? 0..<0
        return SpokenSentence(text: text, audio: Array(audio[voiced]), voiced: 0..<voiced.count)
    }
}

/// When line audio counts as heard.
package enum Audibility {
    /// Peak of -42 dBFS: above the hiss of a codec and the tail of a resampler, below quiet speech.
    package static let threshold = 260

    /// Index of the first audible sample at or after `start`.
    package static func first(in audio: [UInt8], from start: Int = 0) -> Int? { first(in: audio[min(start, audio.count)...]) }

    /// Index of the first audible sample.
    package static func first(in audio: ArraySlice<UInt8>) -> Int? { audio.firstIndex { isAudible[Int($0)] } }

    /// By mu-law code: one look-up per sample instead of a decoding.
    private static let isAudible: [Bool] = (0...255).map { abs(Int(MuLaw.decode(UInt8($0)))) >= threshold }

    /// From the first to one past the last audible sample, nil when there is none.
    package static func range(of audio: [UInt8]) -> Range<Int>? {
        guard let first = first(in: audio), let last = audio.lastIndex(where: { isAudible[Int($0)] }) else { return nil }
        return first..<last + 1
    }
}
