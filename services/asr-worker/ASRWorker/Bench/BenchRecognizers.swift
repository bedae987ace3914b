import Audio
import CallVocabulary
import EventThread
import Synchronization

/// Provider `energy`: a fixed transcript for every utterance that the endpointer cuts. It measures the fleet and nothing else.
package struct EnergyRecognizer: SpeechRecognizer {
    package let name = "energy"
    private let text: String
    private let judge = JudgingThread()
    package init(text: String = "כן") { self.text = text }
    package var meters: [WorkMeter] { [judge.meter] }
    package func warm() async throws { try await judge.start() }
    package func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream {
        UtteranceStream(thread: judge, report: report) { [text] _ in Transcript(text: text, confidence: 1, understood: true) }
    }
}

/// Provider `tones`: every utterance carries a number as tones, and the transcript is that number. Loss and doubling are then plain to see.
package struct TonesRecognizer: SpeechRecognizer {
    package let name = "tones"
    private let judge = JudgingThread()
    package init() {}
    package var meters: [WorkMeter] { [judge.meter] }
    package func warm() async throws { try await judge.start() }
    package func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream {
        UtteranceStream(thread: judge, report: report) { frames in
            let numbers = ToneCode.decode(muLaw: frames.flatMap(\.payload)).map { String($0.number) }
            return Transcript(text: numbers.joined(separator: " "), confidence: numbers.isEmpty ? 0 : 1, understood: !numbers.isEmpty)
        }
    }
    package var transcriber: (any SpeechTranscriber)? { self }
}

extension TonesRecognizer: SpeechTranscriber {
    package func transcribe(_ pcm: [Int16]) async throws -> Transcript {
        judge.meter.accept()
        defer { judge.meter.finish() }
        return try await judge.run { [meter = judge.meter] in
            // Ten minutes of audio take some seconds in a debug build.
            meter.step(lasting: 30_000) {
                let numbers = ToneCode.decode(pcm: pcm).map { String($0.number) }
                return Transcript(text: numbers.joined(separator: " "), confidence: numbers.isEmpty ? 0 : 1, understood: !numbers.isEmpty)
            }
        }
    }
}

/// Where utterances are judged: beside the task that takes in frames, which must never be held up.
private final class JudgingThread: Sendable {
    let meter = WorkMeter()
    private let thread = Task { try await WorkerThread<Void>(name: "judge", jobLimit: 10_000) }

    func start() async throws { _ = try await thread.value }
    func run(_ body: @escaping @Sendable () -> Transcript) async throws -> Transcript { try await thread.value.run { _ in body() } }
}

/// Collects an utterance's frames and has them judged at its end, one utterance of a call after the other.
private final class UtteranceStream: RecognitionStream {
    private struct State {
        var turn: TurnID?
        var frames: [AudioFrame] = []
        var waiting: [(turn: TurnID, frames: [AudioFrame])] = []
        var isJudging = false
        var isClosed = false
    }

    /// 35 s: the endpointer cuts much earlier.
    private static let longestUtterance = 1_750

    private let state = Mutex(State())
    private let thread: JudgingThread
    private let report: @Sendable (RecogniserReport) -> Void
    private let judge: @Sendable ([AudioFrame]) -> Transcript

    init(
        thread: JudgingThread, report: @escaping @Sendable (RecogniserReport) -> Void, judge: @escaping @Sendable ([AudioFrame]) -> Transcript
    ) {
        self.thread = thread
        self.report = report
        self.judge = judge
    }

    func expect(_ expectations: Expectations) {}

    func hear(_ frames: [AudioFrame], of turn: TurnID) {
        state.withLock { state in
            if state.turn != turn { (state.turn, state.frames) = (turn, []) }
            state.frames += frames.prefix(max(0, Self.longestUtterance - state.frames.count))
        }
    }

    func finish(_ turn: TurnID, through: UInt32) {
        thread.meter.accept()
        let starts = state.withLock { state in
            state.waiting.append((turn, state.turn == turn ? state.frames.filter { $0.sequence <= through } : []))
            (state.turn, state.frames) = (nil, [])
            defer { state.isJudging = true }
            return !state.isJudging
        }
        if starts { Task { await judgeAll() } }
    }

    func discard(_ turn: TurnID) {
        state.withLock { state in if state.turn == turn { (state.turn, state.frames) = (nil, []) } }
    }

    func close() { state.withLock { $0.isClosed = true } }

    private func judgeAll() async {
        while let (turn, frames) = next() {
            let judge = judge
            // A thread that is gone or full has heard nothing: the dialogue asks again.
            let transcript = (try? await thread.run { judge(frames) }) ?? Transcript(text: "", confidence: 0, understood: false)
            thread.meter.finish()
            if !state.withLock({ $0.isClosed }) { report(.final(turn, transcript)) }
        }
    }

    private func next() -> (TurnID, [AudioFrame])? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isJudging = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
