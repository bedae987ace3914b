import Audio
import Bus
import BusContract
import CallVocabulary
import Synchronization
import Testing

@testable import ASRWorker

private final class AnswerPort: WorkerPort {
    private let kept = Mutex<[Envelope]>([])
    private let stream: AsyncStream<Envelope>
    private let continuation: AsyncStream<Envelope>.Continuation
    init() { (stream, continuation) = AsyncStream.makeStream() }
    func send(_ envelope: Envelope, attachment: [UInt8]) {
        kept.withLock { $0.append(envelope) }
        continuation.yield(envelope)
    }
    var sent: [Envelope] { kept.withLock { $0 } }
    /// The next answer to a job.
    func answer() async throws -> JobDone {
        for await envelope in stream { if case .jobDone(let done) = envelope.message { return done } }
        throw CancellationError()
    }
}

/// Transcribes when the test lets it.
private struct GatedRecogniser: SpeechRecognizer, SpeechTranscriber {
    private struct Stream: RecognitionStream {
        func expect(_ expectations: Expectations) {}
        func hear(_ frames: [AudioFrame], of turn: TurnID) {}
        func finish(_ turn: TurnID, through: UInt32) {}
        func discard(_ turn: TurnID) {}
        func close() {}
    }
    struct Failure: Error, CustomStringConvertible { let description = "out of quota" }
    let name = "gated"
    let asked: AsyncStream<CheckedContinuation<String?, Never>>
    private let entrance: AsyncStream<CheckedContinuation<String?, Never>>.Continuation
    init() { (asked, entrance) = AsyncStream.makeStream() }
    var transcriber: (any SpeechTranscriber)? { self }
    func warm() async throws {}
    func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream { Stream() }
    func transcribe(_ pcm: [Int16]) async throws -> Transcript {
        guard let text = await withCheckedContinuation({ _ = entrance.yield($0) }) else { throw Failure() }
        return Transcript(text: text, confidence: 1, understood: true)
    }
    /// Waits until something is to be transcribed.
    func next() async throws -> CheckedContinuation<String?, Never> {
        for await one in asked { return one }
        throw CancellationError()
    }
}

private func tones(_ numbers: [UInt16]) -> [Int16] {
    numbers.flatMap { [Int16](repeating: 0, count: 2_000) + ToneCode.encode($0) } + [Int16](repeating: 0, count: 2_000)
}

private func resampled(_ pcm: [Int16], to rate: Int) -> [Int16] {
    var resampler = Resampler(from: 8_000, to: rate)
    return resampler.process(pcm) + resampler.flush()
}

@Suite(.timeLimit(.minutes(1))) struct TranscriptionTests {
    private let port = AnswerPort()

    private func job(_ id: String = "g.1", format: String = "wav", deadline: Int = 60_000) -> Envelope {
        Envelope(.job(Job(id: id, work: .transcribe(format: format), deadlineMilliseconds: deadline)), business: BusinessID("b"))
    }

    private func logic(_ recogniser: any SpeechRecognizer, limits: RecordingAudioReader.Limits = .init()) -> ASRWorkerLogic {
        ASRWorkerLogic(port: port, recogniser: recogniser, capacity: 10, recordingLimits: limits, now: { 0 })
    }

    @Test(arguments: ["twilio", "mu-law", "22 kHz", "44.1 kHz stereo", "48 kHz one side"])
    func severalCodesInARecordingBecomeWordsInOrder(kind: String) async throws {
        let numbers: [UInt16] = [17, 4_242, 65_535, 17]
        let pcm = tones(numbers)
        let file =
            switch kind {
            case "twilio": WAV.write(pcm, sampleRate: 8_000)
            case "mu-law": WAV.write(muLaw: MuLaw.encode(pcm))
            case "22 kHz": WAV.write(resampled(pcm, to: 22_050), sampleRate: 22_050)
            case "44.1 kHz stereo": WAV.write(left: resampled(pcm, to: 44_100), right: resampled(pcm, to: 44_100).map { $0 / 4 }, sampleRate: 44_100)
            default: WAV.write(left: [], right: resampled(pcm, to: 48_000), sampleRate: 48_000)
            }
        let logic = logic(TonesRecognizer())
        logic.handle(job(), attachment: file)
        #expect(try await port.answer() == JobDone(id: "g.1", text: "17 4242 65535 17"))
        #expect(port.sent.map(\.business) == [BusinessID("b")])
    }

    @Test func aRecordingWithoutWordsHasAnEmptyText() async throws {
        let logic = logic(TonesRecognizer())
        logic.handle(job(), attachment: WAV.write([Int16](repeating: 0, count: 16_000), sampleRate: 8_000))
        #expect(try await port.answer() == JobDone(id: "g.1", text: ""))
    }

    @Test func whatCannotBeReadSaysWhy() async throws {
        let sound = WAV.write(tones([5]), sampleRate: 8_000)
        let bad: [(String, [UInt8], String)] = [
            ("wav", [], "empty"), ("wav", WAV.write([], sampleRate: 8_000), "no audio"), ("wav", Array("<html>not found</html>".utf8), "WAV"),
            ("wav", Array(sound.prefix(20)), "WAV"), ("mp3", sound, "`mp3`"),
            ("wav", WAV.write([Int16](repeating: 0, count: 8_000 * 3), sampleRate: 8_000), "lasts 3 s"),
            ("wav", [UInt8](repeating: 0, count: 60_001), "60001 bytes"),
        ]
        let logic = logic(TonesRecognizer(), limits: .init(bytes: 60_000, seconds: 2))
        for (format, bytes, word) in bad {
            logic.handle(job(format: format), attachment: bytes)
            let done = try await port.answer()
            #expect(done.text == nil && done.failure?.contains(word) == true, "\(done)")
            #expect(done.failure?.contains("\n") == false)
        }
        // A file that was cut short is heard as far as it goes.
        logic.handle(job(), attachment: Array(sound.dropLast(1_000)))
        #expect(try await port.answer().text == "5")
    }

    @Test func oneThatKnowsExpectedAnswersOnlySaysSo() async throws {
        let logic = logic(EnergyRecognizer())
        logic.handle(job(), attachment: WAV.write(tones([5]), sampleRate: 8_000))
        let done = try await port.answer()
        #expect(done.id == "g.1")
        #expect(done.failure?.contains("cannot transcribe recordings") == true)
        #expect(logic.isIdle)
        logic.handle(Envelope(.job(Job(id: "g.2", work: .prompt(name: "x", text: "x"), deadlineMilliseconds: 1))), attachment: [])
        #expect(try await port.answer().failure?.contains("only") == true)
    }

    @Test func aRecordingIsOutstandingWorkUntilItIsAnsweredAndDrainWaitsForIt() async throws {
        let recogniser = GatedRecogniser()
        let logic = logic(recogniser)
        #expect(logic.isIdle)
        let file = WAV.write(tones([5]), sampleRate: 8_000)
        logic.handle(job("g.1"), attachment: file)
        logic.handle(job("g.2"), attachment: file)
        #expect(logic.load().outstanding == 2)
        #expect(!logic.isIdle)
        let first = try await recogniser.next()
        // Waiting for a provider is no standstill: heartbeats say that work goes on.
        let before = logic.load().done
        #expect(logic.load().done > before)
        #expect(logic.load().active == 0)
        first.resume(returning: "שלום")
        #expect(try await port.answer() == JobDone(id: "g.1", text: "שלום"))
        try await recogniser.next().resume(returning: nil)
        #expect(try await port.answer().failure == "the recording could not be transcribed: out of quota")
        #expect(logic.isIdle)
        #expect(logic.load().outstanding == 0)
    }

    @Test func afterItsDeadlineAWaitingTranscriptionIsAStandstill() async throws {
        let recogniser = GatedRecogniser()
        let logic = logic(recogniser)
        logic.handle(job(deadline: 0), attachment: WAV.write(tones([5]), sampleRate: 8_000))
        let gate = try await recogniser.next()
        let before = logic.load().done
        #expect(logic.load().done == before)
        #expect(logic.load().done == before)
        gate.resume(returning: "x")
        #expect(try await port.answer().text == "x")
    }

    @Test func aLostGatewaysRecordingsAreForgotten() async throws {
        let recogniser = GatedRecogniser()
        let logic = logic(recogniser)
        let file = WAV.write(tones([5]), sampleRate: 8_000)
        logic.handle(job("old.1"), attachment: file)
        logic.handle(job("old.2"), attachment: file)
        let first = try await recogniser.next()
        logic.reset()
        logic.handle(job("new.1"), attachment: file)
        first.resume(returning: "nobody asks any more")
        try await recogniser.next().resume(returning: "שלום")
        #expect(try await port.answer() == JobDone(id: "new.1", text: "שלום"))
        #expect(port.sent.count == 1)
        #expect(logic.isIdle)
    }

    @Test func tooManyAreRefusedAndNothingElse() async throws {
        let recogniser = GatedRecogniser()
        let logic = logic(recogniser)
        let file = WAV.write(tones([5]), sampleRate: 8_000)
        for index in 0..<30 { logic.handle(job("g.\(index)"), attachment: file) }
        let refused = port.sent.count
        // One may have begun before the last came.
        #expect((13...14).contains(refused))
        for _ in refused..<30 { try await recogniser.next().resume(returning: "x") }
        var texts = 0
        for _ in 0..<30 { if try await port.answer().text == "x" { texts += 1 } }
        #expect(texts == 30 - refused)
        #expect(logic.isIdle)
    }
}
