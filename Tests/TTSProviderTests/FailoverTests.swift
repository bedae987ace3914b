import Audio
import Logging
import ProviderKit
import Synchronization
import Testing
import VoiceFakes

@testable import TTSWorker

/// Who speaks when somebody fails. The waits end by hand.
@Suite(.timeLimit(.minutes(1))) struct FailoverTests {
    private let alarm = Alarm()
    private let log = LogLines()
    private let sentence = "אני רושמת פגישה ביום שלישי, בשעה נוחה, במשרד שלנו"
    private let broken = ProviderFailure(.broken, "test")

    private func failover(_ voices: [any Voice], hedge: Duration? = nil) -> FailoverVoice {
        var settings = FailoverSettings()
        settings.hedge = hedge
        let logger = log.logger
        return FailoverVoice(
            voices, chain: ProviderChain(stage: "tts", names: voices.map(\.name), logger: logger), settings: settings, logger: logger,
            sleep: { [alarm] in try await alarm.sleep($0) })
    }

    /// Who is heard, and for how long, in order.
    private func parts(_ heard: Heard) -> [String] {
        var parts: [(name: UInt8, count: Int)] = []
        for byte in heard.audio {
            if parts.last?.name == byte { parts[parts.count - 1].count += 1 } else { parts.append((byte, 1)) }
        }
        return parts.map { "\(Character(UnicodeScalar($0.name)))\($0.count / 8)" }
    }

    @Test func theFirstOneSpeaksAndNobodyElseIsAsked() async throws {
        let (a, b) = (ScriptedVoice("a"), ScriptedVoice("b"))
        let heard = try await failover([a, b]).hear(sentence)
        #expect(parts(heard) == ["a1000"] && heard.failure == nil)
        #expect(a.texts == [sentence] && b.texts.isEmpty && log.named("PROVIDER_SWITCH").isEmpty)
    }

    @Test func beforeAnySoundTheNextOneSaysItAll() async throws {
        let (a, b) = (ScriptedVoice("a", [.speak(0, then: broken)]), ScriptedVoice("b"))
        let heard = try await failover([a, b]).hear(sentence)
        #expect(parts(heard) == ["b1000"] && heard.failure == nil)
        #expect(b.texts == [sentence])
        let lines = log.named("PROVIDER_SWITCH")
        #expect(lines.count == 1 && lines.first?["from"] == "a" && lines.first?["to"] == "b" && lines.first?["kind"] == "broken")
    }

    @Test func aVoiceThatEndsWithoutASoundHasFailed() async throws {
        let (a, b) = (ScriptedVoice("a", [.speak(0)]), ScriptedVoice("b"))
        #expect(parts(try await failover([a, b]).hear(sentence)) == ["b1000"])
        #expect(log.named("PROVIDER_SWITCH").first?["kind"] == "empty")
    }

    @Test func noSoundInTimeIsAFailureAndTheSlowOneIsStopped() async throws {
        let (a, b) = (ScriptedVoice("a", [.hang(after: 0)]), ScriptedVoice("b"))
        let voice = failover([a, b])
        let listening = Task { try await voice.hear(sentence) }
        try await alarm.ring(.milliseconds(1_200))
        #expect(parts(try await listening.value) == ["b1000"])
        try await until("the slow one is stopped") { a.stops == 1 }
        #expect(log.named("PROVIDER_SWITCH").first?["kind"] == "timeout")
    }

    @Test func hardlyAnythingWasHeard() async throws {
        let (a, b) = (ScriptedVoice("a", [.speak(200, then: broken)]), ScriptedVoice("b"))
        let heard = try await failover([a, b]).hear(sentence)
        #expect(parts(heard) == ["a200", "b1000"] && heard.failure == nil)
        #expect(b.texts == [sentence])
    }

    @Test func inTheMiddleTheNextOneSaysTheRest() async throws {
        let (a, b) = (ScriptedVoice("a", [.speak(2_000, then: broken)]), ScriptedVoice("b"))
        let heard = try await failover([a, b]).hear(sentence)
        #expect(parts(heard) == ["a2000", "b1000"] && heard.failure == nil)
        // 2 s at 11 characters a second, less 15 %: in the word ביום. The rest is no sentence that comes again.
        #expect(b.texts == ["ביום שלישי, בשעה נוחה, במשרד שלנו"] && b.requests.first?.isFragment == true)
        #expect(log.named("PROVIDER_SWITCH").count == 1)
    }

    @Test func whatCannotBeCutEndsWithTheFailure() async throws {
        let (a, b) = (ScriptedVoice("a", [.speak(800, then: broken)]), ScriptedVoice("b"))
        let heard = try await failover([a, b]).hear("אפס חמש שלוש שבע")
        #expect(parts(heard) == ["a800"] && heard.failure == broken)
        #expect(b.texts.isEmpty)
        #expect(log.named("PROVIDER_SWITCH").map { $0["to"] } == ["none"])
    }

    @Test func breakingTwiceIsSurvivedToo() async throws {
        let voices = [ScriptedVoice("a", [.speak(1_400, then: broken)]), ScriptedVoice("b", [.speak(1_400, then: broken)]), ScriptedVoice("c")]
        let heard = try await failover(voices).hear(sentence)
        #expect(parts(heard) == ["a1400", "b1400", "c1000"] && heard.failure == nil)
        #expect(voices[1].texts == ["פגישה ביום שלישי, בשעה נוחה, במשרד שלנו"] && voices[2].texts == ["שלישי, בשעה נוחה, במשרד שלנו"])
    }

    @Test func whenAllHaveFailedTheLastFailureIsTold() async throws {
        let last = ProviderFailure(.quota, "no money")
        let (a, b) = (ScriptedVoice("a", [.speak(0, then: broken)]), ScriptedVoice("b", [.speak(0, then: last)]))
        let heard = try await failover([a, b]).hear(sentence)
        #expect(heard.failure == last && heard.pieces.isEmpty)
        #expect(log.named("PROVIDER_SWITCH").map { $0["to"] } == ["b", "none"])
    }

    @Test func theLastOneIsGivenTheTimeThatIsLeft() async throws {
        let a = ScriptedVoice("a", [.hang(after: 0)])
        let voice = failover([a])
        let listening = Task { try await voice.hear(sentence) }
        try await until("it waits") { !alarm.waiting.isEmpty }
        // Nearly all of it: no time has passed.
        let wait = try #require(alarm.waiting.first)
        #expect(wait > .milliseconds(2_000) && wait <= .milliseconds(2_800))
        try await alarm.ring(wait)
        #expect(try await listening.value.failure?.kind == .timeout)
    }

    @Test func aFileMayTakeLonger() async throws {
        let (a, b) = (ScriptedVoice("a", [.hang(after: 0)]), ScriptedVoice("b"))
        let voice = failover([a, b])
        let listening = Task { try await voice.hear(VoiceRequest(text: sentence, purpose: .file)) }
        try await alarm.ring(.seconds(6))
        #expect(parts(try await listening.value) == ["b1000"])
    }

    @Test func aProviderThatRestsIsNotAskedAndOneThatCannotSayThisIsWell() async throws {
        let a = ScriptedVoice("a", [.speak(0, then: ProviderFailure(.auth, "key"))])
        let unable = ScriptedVoice("b", [.speak(0, then: ProviderFailure(.unsuitable, "long"))])
        let c = ScriptedVoice("c")
        let voice = failover([a, unable, c])
        for _ in 0..<5 { #expect(parts(try await voice.hear(sentence)) == ["c1000"]) }
        #expect(a.texts.count == 1 && unable.texts.count == 5)
    }

    @Test func theBusinesssOwnOrder() async throws {
        let voices = [ScriptedVoice("a"), ScriptedVoice("b"), ScriptedVoice("c", [.speak(0, then: broken)])]
        let voice = failover(voices)
        let own = try await voice.hear(VoiceRequest(text: sentence, providers: ["c", "elsewhere", "b"]))
        #expect(parts(own) == ["b1000"] && voices[0].texts.isEmpty && voices[2].texts.count == 1)
        // None of them is here.
        #expect(parts(try await voice.hear(VoiceRequest(text: sentence, providers: ["elsewhere"]))) == ["a1000"])
    }

    @Test func whoStopsListeningStopsWhoeverSpeaks() async throws {
        let a = ScriptedVoice("a", [.hang(after: 1_000)])
        let voice = failover([a, ScriptedVoice("b")])
        let heard = try await voice.hear(VoiceRequest(text: sentence), upTo: 1_600)
        #expect(heard.audio.count == 1_600)
        try await until("it is stopped") { a.stops == 1 }
        // And before the first sound.
        let silent = ScriptedVoice("a", [.hang(after: 0)])
        let other = failover([silent, ScriptedVoice("b")])
        let listening = Task { try await other.hear(sentence) }
        try await until("it is asked") { silent.texts.count == 1 }
        listening.cancel()
        await #expect(throws: CancellationError.self) { try await listening.value }
        try await until("it is stopped") { silent.stops == 1 }
    }

    /// A cancellation of the voice's own is its failure: taken for ours, the sentence would never end.
    @Test func aVoiceThatStopsByItself() async throws {
        for milliseconds in [0, 200] {
            let (a, b) = (ScriptedVoice("a", [.giveUp(after: milliseconds)]), ScriptedVoice("b"))
            let heard = try await failover([a, b]).hear(sentence)
            #expect(parts(heard).last == "b1000" && heard.failure == nil)
            #expect(log.named("PROVIDER_SWITCH").last?["kind"] == "broken")
        }
    }

    // MARK: Hedging

    @Test func theSecondOneIsAskedWhenTheFirstIsSlowAndTheLoserIsStopped() async throws {
        let (a, b) = (ScriptedVoice("a", [.hang(after: 0)]), ScriptedVoice("b"))
        let voice = failover([a, b], hedge: .milliseconds(400))
        let listening = Task { try await voice.hear(VoiceRequest(text: sentence, purpose: .opening)) }
        try await alarm.ring(.milliseconds(400))
        #expect(parts(try await listening.value) == ["b1000"])
        try await until("the loser is stopped") { a.stops == 1 }
        // It was slow once: no switch, and no failure.
        #expect(log.named("PROVIDER_SWITCH").isEmpty)
    }

    @Test func onlyTheFirstSentenceOfAReplyIsHedged() async throws {
        let a = ScriptedVoice("a", [.hang(after: 0)])
        let voice = failover([a, ScriptedVoice("b")], hedge: .milliseconds(400))
        let listening = Task { try await voice.hear(VoiceRequest(text: sentence)) }
        try await until("it waits") { alarm.waiting == [.milliseconds(1_200)] }
        try await alarm.ring(.milliseconds(1_200))
        #expect(parts(try await listening.value) == ["b1000"])
    }

    @Test func bothAtItAndTheFirstOneFails() async throws {
        let (a, b) = (ScriptedVoice("a", [.hang(after: 0)]), ScriptedVoice("b", [.hang(after: 0)]))
        let c = ScriptedVoice("c")
        let voice = failover([a, b, c], hedge: .milliseconds(400))
        let listening = Task { try await voice.hear(VoiceRequest(text: sentence, purpose: .opening)) }
        try await alarm.ring(.milliseconds(400))
        try await until("both are at it") { alarm.waiting == [.milliseconds(1_200), .milliseconds(1_200)] }
        // Both too slow: the third.
        try await alarm.ring(.milliseconds(1_200))
        #expect(parts(try await listening.value) == ["c1000"])
        #expect(c.texts.count == 1)
    }

    // MARK: What is kept

    @Test func keptAudioAsksNobodyAndSaysNothingOfHealth() async throws {
        let a = ScriptedVoice("a", [.speak(1_000), .speak(0, then: ProviderFailure(.auth, "key"))])
        let b = ScriptedVoice("b")
        let cache = SentenceCache(disk: nil)
        let voice = failover([CachedVoice(a, cache: cache), CachedVoice(b, cache: cache)])
        #expect(parts(try await voice.hear(sentence)) == ["a1000"])
        #expect(parts(try await voice.hear("משפט אחר")) == ["b1000"])
        // The first one rests; its kept audio is heard all the same, and it does not count as well again for that.
        for _ in 0..<2 { #expect(parts(try await voice.hear(sentence)) == ["a1000"]) }
        #expect(parts(try await voice.hear("משפט שלישי")) == ["b1000"])
        #expect(a.texts.count == 2)
        // What the second one has said is kept as well, for as long as the first one rests.
        #expect(parts(try await voice.hear("משפט אחר")) == ["b1000"])
        #expect(b.texts == ["משפט אחר", "משפט שלישי"])
    }

    @Test func anotherVoicesKeptAudioIsNotHeardWhenTheFirstIsWell() async throws {
        let a = ScriptedVoice("a", [.speak(0, then: broken), .speak(1_000)])
        let cache = SentenceCache(disk: nil)
        let voice = failover([CachedVoice(a, cache: cache), CachedVoice(ScriptedVoice("b"), cache: cache)])
        #expect(parts(try await voice.hear(sentence)) == ["b1000"])
        #expect(parts(try await voice.hear(sentence)) == ["a1000"])
    }

    @Test func halfASentenceIsNeverKept() async throws {
        let a = ScriptedVoice("a", [.speak(2_000, then: broken), .speak(1_000)])
        let b = ScriptedVoice("b", [.speak(600)])
        let cache = SentenceCache(disk: nil)
        let voice = failover([CachedVoice(a, cache: cache), CachedVoice(b, cache: cache)])
        #expect(parts(try await voice.hear(sentence)) == ["a2000", "b600"])
        #expect(parts(try await voice.hear(sentence)) == ["a1000"])
        let rest = try #require(b.texts.first)
        #expect(await voice.recall(VoiceRequest(text: rest)) == nil)
        #expect(await CachedVoice(b, cache: cache).recall(VoiceRequest(text: rest)) == nil)
    }
}

/// What was logged, by name.
final class LogLines: Sendable {
    private let lines = Mutex<[(name: String, fields: [String: String])]>([])

    func named(_ name: String) -> [[String: String]] { lines.withLock { $0.filter { $0.name == name }.map(\.fields) } }

    var logger: Logger { Logger(label: "test") { _ in Handler(book: self) } }

    private struct Handler: LogHandler {
        let book: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).mapValues { "\($0)" }
            book.lines.withLock { $0.append(("\(event.message)", fields)) }
        }
    }
}
