import Audio
import Hebrew
import Subprocess
import TwilioSimulatorKit

/// A voice of the caller's: an espeak-ng voice and how fast it speaks.
package struct TalkVoice: Sendable, Hashable, Codable {
    package var name: String
    /// Words per minute.
    package var rate: Int

    package init(name: String, rate: Int) {
        self.name = name
        self.rate = rate
    }
}

/// Sentences by espeak-ng through the telephone band, each made once.
package actor VoiceBank {
    private struct Key: Hashable {
        let voice: TalkVoice
        let text: String
        let band: Bool
    }

    private var made: [Key: Task<[Int16], any Error>] = [:]
    /// espeak-ng makes a sentence in 15 ms; more than a few at once only wait for each other.
    private let turnstile = AsyncSemaphore(4)

    package init() {}

    /// - Parameter band: through the telephone's band, as every caller is heard; else up to 4 kHz.
    /// - Returns: 8 kHz, from the first to the last audible sample, at ``Conversation/level``.
    /// - Throws: ``SimulatorFailure``.
    package func speak(_ text: String, by voice: TalkVoice, band: Bool = true) async throws -> [Int16] {
        let key = Key(voice: voice, text: text, band: band)
        if let task = made[key] { return try await task.value }
        let turnstile = turnstile
        let task = Task {
            await turnstile.enter()
            do {
                let pcm = try await Self.make(text, voice, band: band)
                await turnstile.leave()
                return pcm
            } catch {
                await turnstile.leave()
                throw error
            }
        }
        made[key] = task
        return try await task.value
    }

    /// Fillers and backchannels as people utter them; as letters they would be read as words.
    private static let utterances = ["אמ": "e:m", "אה": "e:", "אהה": "?a?'a:", "הממ": "h@m:", "אוקיי": "?ok'ej", "אהא": "?ah'a"]

    static func input(_ text: String) -> String {
        let words = text.split(separator: " ").map(String.init)
        guard words.contains(where: { utterances[$0] != nil }) else { return Pronunciation.espeakInput(for: text) }
        return words.map { word in utterances[word].map { "[[\($0)]]" } ?? Pronunciation.espeakInput(for: word) }.joined(separator: " ")
    }

    private static func make(_ text: String, _ voice: TalkVoice, band isNarrow: Bool) async throws -> [Int16] {
        let output: [UInt8]
        do {
            let result = try await run(
                .name("espeak-ng"), arguments: ["-v", voice.name, "-s", String(voice.rate), "-z", "--stdout"],
                input: .string(input(text)), output: .bytes(limit: 8 << 20), error: .discarded)
            guard result.terminationStatus.isSuccess else {
                throw SimulatorFailure(.badVoice, "espeak-ng ended with \(result.terminationStatus); check the voice \(voice.name)")
            }
            output = result.standardOutput
        } catch let failure as SimulatorFailure {
            throw failure
        } catch {
            throw SimulatorFailure(.badVoice, "espeak-ng could not be run; install the package espeak-ng", cause: error)
        }
        let file: WAV.File
        do { file = try WAV.read(output) } catch {
            throw SimulatorFailure(.badVoice, "espeak-ng gave no sound for \"\(text)\"; check the voice \(voice.name)", cause: error)
        }
        var resampler = Resampler(from: file.format.sampleRate, to: MuLaw.sampleRate)
        let narrow = resampler.process(file.channel(0)) + resampler.flush()
        var band = TelephoneBand()
        let pcm = Loudness.scaled(isNarrow ? band.process(narrow) : narrow, to: Conversation.level)
        guard let audible = TalkAudio.audible(pcm) else {
            throw SimulatorFailure(.badVoice, "espeak-ng gave silence for \"\(text)\"; write other words")
        }
        return Loudness.scaled(Array(pcm[audible]), to: Conversation.level)
    }
}

/// At most so many at once.
private actor AsyncSemaphore {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
