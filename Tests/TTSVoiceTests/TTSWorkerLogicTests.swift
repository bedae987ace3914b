import Audio
import Bus
import BusContract
import Business
import CallVocabulary
import Logging
import Synchronization
import Testing

@testable import TTSWorker

private final class RecordingPort: WorkerPort {
    private let kept = Mutex<[Envelope]>([])
    func send(_ envelope: Envelope, attachment: [UInt8]) { kept.withLock { $0.append(envelope) } }
    var sent: [Envelope] { kept.withLock { $0 } }
    var chunks: [SpeechChunk] { sent.compactMap { if case .speech(let chunk) = $0.message { chunk } else { nil } } }
    var artifacts: [Artifact] { sent.compactMap { if case .artifact(let artifact) = $0.message { artifact } else { nil } } }
    var jobs: [JobDone] { sent.compactMap { if case .jobDone(let done) = $0.message { done } else { nil } } }
}

/// A voice whose chunks the test lets out one by one: 200 ms each.
private struct GatedVoice: Voice {
    let name = "gated"
    let gate: AsyncStream<Bool>
    var waitsForOthers = false
    func warm() async throws {}
    func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { sink in
            for await more in gate {
                guard more else { return }
                try await sink.send([UInt8](repeating: MuLaw.silence, count: 1_600))
            }
        }
    }
}

/// Remembers its texts. Each sentence ends when the test lets it.
private final class CountingVoice: Voice {
    let name = "counting"
    private let asked = Mutex<[String]>([])
    private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
    var texts: [String] { asked.withLock { $0 } }
    func warm() async throws {}
    func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { [self] sink in
            await withCheckedContinuation { continuation in
                waiting.withLock { $0.append(continuation) }
                asked.withLock { $0.append(request.text) }
            }
            try await sink.send([1])
        }
    }
    func release() {
        let waiters = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for waiter in waiters { waiter.resume() }
    }
}

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Waits for something that other tasks bring about; twenty seconds are a failure, not a timing claim.
private func until(_ condition: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while !condition() {
        try #require(ContinuousClock.now < end, "it did not happen")
        try await Task.sleep(for: .milliseconds(2))
    }
}

@Suite(.timeLimit(.minutes(1))) struct TTSWorkerLogicTests {
    private let port = RecordingPort()
    private let conversation = ConversationID("call:CA00000000000000000000000000000001")
    private let epoch = Epoch(boot: 1, counter: 7)
    private let older = Epoch(boot: 1, counter: 6)
    private let newer = Epoch(boot: 1, counter: 8)
    private let businesses: BusinessDirectory

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        businesses = try BusinessDirectory.load(path: "/\(root)/deploy/businesses")
    }

    private func logic(_ voice: any Voice) -> TTSWorkerLogic {
        TTSWorkerLogic(port: port, voice: voice, businesses: businesses, capacity: 10, logger: quiet)
    }

    private func envelope(_ message: BusMessage, epoch other: Epoch? = nil) -> Envelope {
        Envelope(message, conversation: conversation, turn: TurnID(1), epoch: other ?? epoch)
    }

    @Test func revokeAndReleaseKnowTheEpoch() {
        let logic = logic(ToneVoice())
        func isThere() -> Bool { logic.load().active == 1 }
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(envelope(.release, epoch: older), attachment: [])
        logic.handle(envelope(.revoke, epoch: older), attachment: [])
        logic.handle(envelope(.revoke), attachment: [])
        #expect(isThere())
        logic.handle(envelope(.revoke, epoch: newer), attachment: [])
        #expect(!isThere())
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(Envelope(.revoke, epoch: newer), attachment: [])
        #expect(!isThere())
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(envelope(.release), attachment: [])
        #expect(!isThere())
        #expect(logic.isIdle)
    }

    /// Who waits for the caller's ear does not stand still; who waits for the voice does.
    @Test func outstandingIsWhatTheVoiceOwes() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Bool.self)
        let logic = logic(GatedVoice(gate: gate))
        logic.handle(envelope(.assign(Assign())), attachment: [])
        #expect(logic.load() == Load(affinity: 0.9, active: 1, done: 0, outstanding: 0))
        logic.handle(envelope(.speak(Speak(piece: 0, text: "שלום", creditMilliseconds: 300))), attachment: [])
        try await until { logic.load().outstanding == 1 }
        #expect(logic.load().done == 0)
        open.yield(true)
        try await until { logic.load().done == 1 && logic.load().outstanding == 1 }
        // The second chunk takes what credit is left, the third waits for more.
        open.yield(true)
        open.yield(true)
        try await until { logic.load().done == 2 && logic.load().outstanding == 0 }
        logic.handle(envelope(.credit(Credit(piece: 0, milliseconds: 1_000))), attachment: [])
        try await until { logic.load().done == 3 && logic.load().outstanding == 1 }
        open.yield(false)
        try await until { logic.load().outstanding == 0 && port.chunks.last?.last == true }
        #expect(port.chunks.map(\.index) == [0, 1, 2, 3])
    }

    /// A provider's slowness is not this worker's standstill: it would be taken for hung while the next provider is asked.
    @Test func whatAProviderOwesIsNotOutstanding() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Bool.self)
        let logic = logic(GatedVoice(gate: gate, waitsForOthers: true))
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(envelope(.speak(Speak(piece: 0, text: "שלום", creditMilliseconds: 300))), attachment: [])
        open.yield(true)
        try await until { logic.load().done == 1 }
        #expect(logic.load().outstanding == 0)
        open.yield(false)
        try await until { port.chunks.last?.last == true }
        #expect(logic.load().outstanding == 0)
    }

    /// Tells what it was asked, and whether a call was announced.
    private final class Listener: Voice {
        let name = "listener"
        let requests = Mutex<[VoiceRequest]>([])
        let announced = Mutex(0)
        func warm() async throws {}
        func prepare() async { announced.withLock { $0 += 1 } }
        func speak(_ request: VoiceRequest) -> VoiceAudio {
            requests.withLock { $0.append(request) }
            return VoiceAudio { try await $0.send([1]) }
        }
    }

    @Test func theVoiceKnowsWhoseItIsAndWhoWaits() async throws {
        let voice = Listener()
        let logic = logic(voice)
        logic.handle(envelope(.assign(Assign())), attachment: [])
        try await until { voice.announced.withLock { $0 } == 1 }
        for piece in 0..<2 { logic.handle(envelope(.speak(Speak(piece: piece, text: "\(piece)", creditMilliseconds: 300))), attachment: []) }
        try await until { voice.requests.withLock { $0.count } == 2 }
        let job = Job(id: "1", work: .prompt(name: "greeting_he", text: "2"), deadlineMilliseconds: 1_000)
        logic.handle(Envelope(.job(job), business: BusinessID("nadlan-hayarkon")), attachment: [])
        try await until { voice.requests.withLock { $0.count } == 3 }
        let requests = voice.requests.withLock { $0 }
        #expect(requests.map(\.purpose) == [.opening, .sentence, .file])
        #expect(requests.allSatisfy { $0.voice == "he+f2" && $0.rate == 150 && $0.gender == .feminine })
    }

    @Test func aCancelledSentenceIsOwedNoMore() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Bool.self)
        let logic = logic(GatedVoice(gate: gate))
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(envelope(.speak(Speak(piece: 0, text: "שלום", creditMilliseconds: 100))), attachment: [])
        open.yield(true)
        open.yield(true)
        try await until { logic.load().done == 1 && logic.load().outstanding == 0 }
        logic.handle(envelope(.cancel(Cancel())), attachment: [])
        logic.handle(envelope(.release), attachment: [])
        try await until { logic.isIdle && logic.load().outstanding == 0 }
        #expect(port.chunks.count == 1)
    }
}

@Suite(.timeLimit(.minutes(1))) struct PromptMakerTests {
    private let port = RecordingPort()

    /// The maker's waits end when the test says so.
    private func maker() -> (PromptMaker, AsyncStream<CheckedContinuation<Void, any Error>>) {
        let (waits, sink) = AsyncStream.makeStream(of: CheckedContinuation<Void, any Error>.self)
        let maker = PromptMaker(port: port, voice: ToneVoice(), logger: quiet) { limit in
            #expect(limit == PromptMaker.acknowledgement)
            try await withCheckedThrowingContinuation { sink.yield($0) }
        }
        return (maker, waits)
    }

    @Test func aLostAcknowledgementIsAskedForOnceAndThenGivenUp() async throws {
        let (maker, waits) = maker()
        var wait = waits.makeAsyncIterator()
        maker.start("job-1", name: "hello", request: VoiceRequest(text: "שלום"), business: nil)
        let first = try #require(await wait.next())
        #expect(port.artifacts.map(\.format) == [.mp3, .mulaw])
        maker.stored(ArtifactStored(name: "hello", format: .mp3))
        #expect(maker.active == 1)
        first.resume()
        let second = try #require(await wait.next())
        #expect(port.artifacts.map(\.format) == [.mp3, .mulaw, .mulaw])
        #expect(port.jobs.isEmpty)
        second.resume()
        try await until { maker.active == 0 }
        #expect(port.jobs.map(\.id) == ["job-1"])
        #expect(port.jobs.first?.failure?.isEmpty == false)
    }

    /// Replies of many calls (REPLY_MODE=play): each has its own name, its own files and its own end.
    @Test func manyRepliesAtOnce() async throws {
        let (maker, waits) = maker()
        var wait = waits.makeAsyncIterator()
        func name(_ number: Int) -> String { "r-" + String(repeating: "0", count: 30) + String(number + 16, radix: 16) }
        for number in 0..<20 { maker.start("job-\(number)", name: name(number), request: VoiceRequest(text: "\(number)"), business: nil) }
        #expect(maker.active == 20)
        for _ in 0..<20 { _ = await wait.next()?.resume(throwing: CancellationError()) }
        #expect(Set(port.artifacts.map { "\($0.name) \($0.format) \($0.job ?? "")" }).count == 40 && port.artifacts.count == 40)
        #expect(port.artifacts.allSatisfy { $0.milliseconds == 1_000 && $0.name.count == 34 })
    }

    /// Prompts of a fleet that starts leave the provider to callers: four at once. A reply, for which a caller waits, does not queue behind them.
    @Test func promptsAreMadeAFewAtATimeAndRepliesAtOnce() async throws {
        let voice = CountingVoice()
        let maker = PromptMaker(port: port, voice: voice, logger: quiet)
        for number in 0..<10 { maker.start("job-\(number)", name: "p\(number)", request: VoiceRequest(text: "\(number)"), business: nil) }
        try await until { voice.texts.count == PromptMaker.promptsAtOnce }
        maker.start("reply", name: "r-" + String(repeating: "0", count: 32), request: VoiceRequest(text: "reply"), business: nil)
        try await until { voice.texts.contains("reply") }
        #expect(voice.texts.count == PromptMaker.promptsAtOnce + 1)
        // One that waits and is not wanted any more gives its place up.
        maker.start("job-9b", name: "p9", request: VoiceRequest(text: "9b"), business: nil)
        try await until {
            voice.release()
            return voice.texts.count == 11
        }
        voice.release()
        #expect(voice.texts.contains("9b") && !voice.texts.contains("9"))
        maker.abandon()
    }

    @Test func theJobIsDoneWhenBothFilesAreStored() async throws {
        let (maker, waits) = maker()
        var wait = waits.makeAsyncIterator()
        maker.start("job-1", name: "hello", request: VoiceRequest(text: "שלום"), business: nil)
        let first = try #require(await wait.next())
        for format in [Artifact.Format.mp3, .mulaw, .mulaw] { maker.stored(ArtifactStored(name: "hello", format: format)) }
        #expect(maker.active == 0)
        #expect(port.jobs == [JobDone(id: "job-1")])
        first.resume(throwing: CancellationError())
        // A gateway that is gone wants nothing any more.
        maker.start("job-2", name: "hello", request: VoiceRequest(text: "שלום"), business: nil)
        let other = try #require(await wait.next())
        maker.abandon()
        #expect(maker.active == 0)
        other.resume(throwing: CancellationError())
        maker.stored(ArtifactStored(name: "hello", format: .mp3, failure: "full"))
        #expect(port.jobs.count == 1)
    }
}
