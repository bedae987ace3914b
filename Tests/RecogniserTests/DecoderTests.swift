import ASRWorker
import Audio
import CallVocabulary
import Logging
import Synchronization
import TTSWorker
import Testing

/// Words of the tests, as the speech program is to say them.
private let vocabulary: [(word: String, spoken: String)] = [
    ("תל", "tel"), ("אביב", "av'iv"), ("ירושלים", "jeruSal'ajim"), ("חיפה", "x'ejfa"), ("נתניה", "net'anja"), ("אשדוד", "aSd'od"), ("כן", "k'en"),
    ("לא", "lo"), ("ארבעה", "arba'a"), ("חדרים", "xadar'im"), ("שלושה", "SloS'a"),
]
private let cities = ["תל אביב", "ירושלים", "חיפה", "נתניה", "אשדוד"]
private let rooms = ["שלושה חדרים", "ארבעה חדרים"]

private func phones(_ word: String) -> [[String]] { RecogniserLexicon.pronunciations(of: word) }

private func lexicon() -> [String: [[String]]] {
    Dictionary(uniqueKeysWithValues: vocabulary.map { ($0.word, phones($0.word)) })
}

private let voice = EspeakVoice(rate: 140) { text in
    let spoken = text.split(separator: " ").map { word in
        vocabulary.first { $0.word == word }?.spoken ?? String(word)
    }
    return "[[" + spoken.joined(separator: " ") + "]]"
}

/// What a recogniser hears of a caller: 0.4 s of silence, the phrase through band and codec, 0.5 s of silence.
private func call(_ text: String, voice name: String? = nil) async throws -> [Int16] {
    var pcm = [Int16](repeating: 0, count: 3200)
    for try await chunk in voice.speak(VoiceRequest(text: text, voice: name)) { pcm += MuLaw.decode(chunk) }
    pcm += [Int16](repeating: 0, count: 4000)
    var band = TelephoneBand()
    return MuLaw.decode(MuLaw.encode(band.process(pcm)))
}

private func recognise(_ pcm: [Int16], with decoder: PocketSphinxDecoder, chunk: Int = 160) throws
    -> PocketSphinxDecoder.Hypothesis
{
    try decoder.start()
    for start in stride(from: 0, to: pcm.count, by: chunk) {
        try decoder.process(pcm8k: Array(pcm[start..<min(start + chunk, pcm.count)]))
    }
    return try decoder.finish()
}

private func failure(_ body: () throws -> Void) -> PocketSphinxFailure? {
    do {
        try body()
        return nil
    } catch {
        return error as? PocketSphinxFailure
    }
}

@Suite struct PocketSphinxDecoderTests {
    @Test func citiesSpokenByTheMachineAreRecognised() async throws {
        var calls: [(String, [Int16])] = []
        for name in ["he", "he+m3", "he+f3"] {
            for city in cities { calls.append((city, try await call(city, voice: name))) }
        }
        let decoder = try PocketSphinxDecoder(
            model: PocketSphinxModel(), adaptation: AdaptedModel(model: PocketSphinxModel.standardDirectory), lexicon: lexicon())
        try decoder.select(grammar: "city", phrases: cities)
        var right = 0
        for (city, pcm) in calls {
            let hypothesis = try recognise(pcm, with: decoder)
            #expect((0...1).contains(hypothesis.confidence))
            if hypothesis.text == city, hypothesis.understood { right += 1 }
        }
        #expect(right >= 12, "\(right) of \(calls.count)")
    }

    @Test func grammarsAreSwitchedBetweenUtterances() async throws {
        let place = try await call("תל אביב")
        let size = try await call("ארבעה חדרים")
        let decoder = try PocketSphinxDecoder(
            model: PocketSphinxModel(), adaptation: AdaptedModel(model: PocketSphinxModel.standardDirectory), lexicon: lexicon())
        for _ in 0..<3 {
            try decoder.select(grammar: "city", phrases: cities)
            #expect(try recognise(place, with: decoder).text == "תל אביב")
            try decoder.select(grammar: "rooms", phrases: rooms)
            #expect(try recognise(size, with: decoder).text == "ארבעה חדרים")
        }
        // The same name with other phrases is another grammar.
        try decoder.select(grammar: "city", phrases: rooms)
        #expect(try recognise(size, with: decoder).text == "ארבעה חדרים")
    }

    @Test func whatTheGrammarDoesNotHoldIsNotUnderstood() async throws {
        var others: [[Int16]] = []
        for text in ["[[m'a haSa'a b'evakaSa]]", "[[ani lo meb'in ma at'a om'er]]", "[[Suv t'ov, s'ababa leg'amrei]]"] {
            var pcm = [Int16](repeating: 0, count: 3200)
            for try await chunk in EspeakVoice(pronounce: { $0 }).speak(VoiceRequest(text: text)) { pcm += MuLaw.decode(chunk) }
            var band = TelephoneBand()
            others.append(MuLaw.decode(MuLaw.encode(band.process(pcm))))
        }
        let decoder = try PocketSphinxDecoder(
            model: PocketSphinxModel(), adaptation: AdaptedModel(model: PocketSphinxModel.standardDirectory), lexicon: lexicon())
        try decoder.select(grammar: "city", phrases: cities)
        for pcm in others {
            let hypothesis = try recognise(pcm, with: decoder)
            #expect(!hypothesis.understood, "\(hypothesis)")
        }
    }

    @Test func theHissIsANoiseAndRepeats() {
        var hiss = Hiss(width: 120)
        let silence = [Int16](repeating: 0, count: 8000)
        let first = hiss.add(to: silence)
        #expect(Set(first).count == 120)
        #expect(first.allSatisfy { (-60...59).contains($0) })
        #expect(abs(first.reduce(0) { $0 + Int($1) }) / first.count <= 2)
        #expect(hiss.add(to: silence) != first)
        hiss.restart()
        #expect(hiss.add(to: silence) == first)
        #expect(hiss.add(to: [.max]).allSatisfy { $0 > .max - 61 })
        var none = Hiss(width: 0)
        #expect(none.add(to: first) == first)
    }

    @Test func silenceNoiseAndNothingAreNotUnderstood() throws {
        let decoder = try PocketSphinxDecoder(
            model: PocketSphinxModel(), adaptation: AdaptedModel(model: PocketSphinxModel.standardDirectory), lexicon: lexicon())
        try decoder.select(grammar: "city", phrases: cities)
        #expect(try recognise([Int16](repeating: 0, count: 16000), with: decoder).understood == false)
        var state: UInt32 = 1
        let noise = (0..<16000).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int16(truncatingIfNeeded: Int32(state >> 21)) - 1024
        }
        #expect(try recognise(noise, with: decoder).understood == false)
        try decoder.start()
        #expect(decoder.partial() == nil)
        #expect(try decoder.finish() == .nothing(frames: 0))
    }

    @Test func partialsGrowAndResultsRepeat() async throws {
        let pcm = try await call("ארבעה חדרים")
        let decoder = try PocketSphinxDecoder(
            model: PocketSphinxModel(), adaptation: AdaptedModel(model: PocketSphinxModel.standardDirectory), lexicon: lexicon())
        try decoder.select(grammar: "rooms", phrases: rooms)
        try decoder.start()
        var partials: [String] = []
        for start in stride(from: 0, to: pcm.count - 159, by: 160) {
            try decoder.process(pcm8k: Array(pcm[start..<(start + 160)]))
            if let partial = decoder.partial(), partial != partials.last { partials.append(partial) }
        }
        #expect(partials.last == "ארבעה חדרים")
        let first = try decoder.finish()
        // An utterance that was thrown away leaves nothing behind.
        try decoder.start()
        try decoder.process(pcm8k: Array(pcm.prefix(7001)))
        let whole = pcm.count / 160 * 160
        #expect(try recognise(Array(pcm.prefix(whole)), with: decoder).text == first.text)
    }

    @Test func wordsAreAddedAtRunTime() async throws {
        let pcm = try await call("נתניה")
        var words = lexicon()
        words["נתניה"] = nil
        let decoder = try PocketSphinxDecoder(
            model: PocketSphinxModel(), adaptation: AdaptedModel(model: PocketSphinxModel.standardDirectory), lexicon: words)
        #expect(decoder.unknownWords(in: cities) == ["נתניה"])
        #expect(failure { try decoder.select(grammar: "city", phrases: cities) }?.code == .grammar)
        try decoder.select(grammar: "rooms", phrases: rooms)
        try decoder.addWords(of: cities, pronounce: phones)
        #expect(decoder.unknownWords(in: cities).isEmpty)
        try decoder.select(grammar: "city", phrases: cities)
        #expect(try recognise(pcm, with: decoder).text == "נתניה")
    }

    @Test func faultsAreNamed() throws {
        var missing = PocketSphinxModel()
        missing.directory = "/nowhere"
        let error = failure { _ = try PocketSphinxDecoder(model: missing, adaptation: nil, lexicon: [:]) }
        #expect(error?.code == .modelMissing)
        #expect(error?.message.contains("pocketsphinx-en-us") == true)

        var wrong = PocketSphinxModel()
        wrong.options.append(.init("-nonsense", "1"))
        #expect(failure { _ = try PocketSphinxDecoder(model: wrong, adaptation: nil, lexicon: [:]) }?.code == .initialisation)

        let decoder = try PocketSphinxDecoder(
            model: PocketSphinxModel(), adaptation: AdaptedModel(model: PocketSphinxModel.standardDirectory), lexicon: lexicon())
        #expect(failure { try decoder.addWords(["רע": [["R", "QQ"]]]) }?.code == .pronunciation)
        #expect(failure { try decoder.start() }?.code == .grammar)
        #expect(failure { try decoder.process(pcm8k: [0]) }?.code == .decoding)
        #expect(failure { _ = try decoder.finish() }?.code == .decoding)
        #expect(failure { try decoder.select(grammar: "none", phrases: []) }?.code == .grammar)
        #expect(failure { try decoder.select(grammar: "none", phrases: [" "]) }?.code == .grammar)
    }
}

/// The provider as the worker uses it: streams on threads of its own.
@Suite(.timeLimit(.minutes(2))) struct PocketSphinxRecognizerTests {
    private final class Finals: Sendable {
        private let kept = Mutex<[(TurnID, Transcript)]>([])
        func add(_ report: RecogniserReport) { if case .final(let turn, let transcript, _) = report { kept.withLock { $0.append((turn, transcript)) } } }
        var all: [(turn: TurnID, transcript: Transcript)] { kept.withLock { $0 } }
    }

    /// What a successor gets: seconds of audio at once, of two calls that carry the same name while one moves from a gateway to another.
    @Test func replayedUtterancesAreHeardOnceEachAndCounted() async throws {
        let recogniser = try await PocketSphinxRecognizer(rooms: 1, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await recogniser.warm()
        let conversation = ConversationID("call:CA00000000000000000000000000000001")
        let (former, finals) = (Finals(), Finals())
        let old = recogniser.open(conversation, business: nil) { former.add($0) }
        let new = recogniser.open(conversation, business: nil) { finals.add($0) }
        old.close()
        new.expect(Expectations(name: "city", answers: cities.map { Expectations.Answer(value: $0, phrases: [$0]) }))
        for (number, city) in ["חיפה", "ירושלים"].enumerated() {
            let audio = MuLaw.encode(try await call(city))
            let frames = stride(from: 0, to: audio.count - 160, by: 160).map {
                AudioFrame(sequence: UInt32($0 / 160), payload: Array(audio[$0..<($0 + 160)]))
            }
            new.hear(frames, of: TurnID(number))
            new.finish(TurnID(number), through: UInt32(frames.count - 1))
        }
        let meter = try #require(recogniser.meters.first)
        let end = ContinuousClock.now + .seconds(60)
        while finals.all.count < 2 {
            try #require(ContinuousClock.now < end, "the finals did not come")
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(finals.all.map(\.turn) == [TurnID(0), TurnID(1)])
        #expect(finals.all.map(\.transcript.text) == ["חיפה", "ירושלים"])
        #expect(former.all.isEmpty)
        while meter.read().outstanding > 0 { try #require(ContinuousClock.now < end) }
        // Eight jobs, and the steps that long ones are cut into.
        #expect(meter.read().progress > 8)
        #expect(!meter.read().isExcused)
    }
}
