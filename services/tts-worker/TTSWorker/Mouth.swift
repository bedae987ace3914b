import Audio
import Bus
import BusContract
import CallVocabulary
import Logging
import Metrics
import Synchronization

/// One call's voice: sentences one after another, each under credit, each cancellable.
final class Mouth: Sendable {
    struct Sentence: Sendable {
        let id: SpeechID
        let request: VoiceRequest
        let creditMilliseconds: Int
        let business: BusinessID?
        let conversation: ConversationID
        let epoch: Epoch
    }

    private struct State {
        var waiting: [Sentence] = []
        var current: (id: SpeechID, task: Task<Void, Never>, credit: CreditGate)?
        var closed = false
    }

    /// Sentences of a reply that may wait. A reply is a few sentences; a hundred is a fault of the dialogue.
    private static let limit = 100

    private let state = Mutex(State())
    private let port: any WorkerPort
    private let voice: any Voice
    private let work: SpeechWork
    private let logger: Logger

    init(port: any WorkerPort, voice: any Voice, work: SpeechWork, logger: Logger) {
        self.port = port
        self.work = work
        self.voice = voice
        self.logger = logger
    }

    func say(_ sentence: Sentence) {
        let accepted = state.withLock { state in
            guard !state.closed, state.waiting.count < Self.limit else { return false }
            state.waiting.append(sentence)
            startNext(&state)
            return true
        }
        if !accepted { Counter(label: "maane_tts_sentences_dropped").increment() }
    }

    func credit(_ id: SpeechID, _ milliseconds: Int) {
        let gate = state.withLock { $0.current?.id == id ? $0.current?.credit : nil }
        gate?.add(milliseconds)
    }

    /// - Parameter piece: nil for the whole turn.
    func cancel(_ turn: TurnID, piece: Int?) {
        let task = state.withLock { state -> Task<Void, Never>? in
            state.waiting.removeAll { $0.id.turn == turn && (piece == nil || $0.id.piece == piece) }
            guard let current = state.current, current.id.turn == turn, piece == nil || current.id.piece == piece else { return nil }
            return current.task
        }
        task?.cancel()
    }

    func close() {
        let task = state.withLock { state in
            state.closed = true
            state.waiting = []
            return state.current?.task
        }
        task?.cancel()
    }

    private func startNext(_ state: inout State) {
        guard state.current == nil, !state.waiting.isEmpty else { return }
        let sentence = state.waiting.removeFirst()
        let gate = CreditGate(milliseconds: sentence.creditMilliseconds)
        let task = Task {
            await speak(sentence, gate)
            self.state.withLock { state in
                state.current = nil
                self.startNext(&state)
            }
        }
        state.current = (sentence.id, task, gate)
    }

    private func speak(_ sentence: Sentence, _ gate: CreditGate) async {
        var index = 0
        func send(_ audio: [UInt8], last: Bool, failure: String? = nil, by maker: String? = nil) {
            let chunk = SpeechChunk(piece: sentence.id.piece, index: index, last: last, failure: failure, provider: maker)
            port.send(
                Envelope(
                    .speech(chunk), business: sentence.business, conversation: sentence.conversation, turn: sentence.id.turn, epoch: sentence.epoch),
                attachment: audio)
            index += 1
        }
        // A provider's slowness is not this worker's standstill.
        if !voice.waitsForOthers { work.begin() }
        defer { if !voice.waitsForOthers { work.end() } }
        do {
            var chunks = voice.speak(sentence.request).makeAsyncIterator()
            while let audio = try await chunks.next() {
                // Neither is the caller's ear.
                if !voice.waitsForOthers { work.end() }
                defer { if !voice.waitsForOthers { work.begin() } }
                try await gate.spend(MuLaw.milliseconds(ofBytes: audio.count))
                send(audio, last: false, by: index == 0 ? chunks.maker ?? voice.name : nil)
                work.finish()
            }
            try Task.checkCancellation()
            send([], last: true)
        } catch is CancellationError {
            // Nobody waits for it.
        } catch {
            logger.error("voice", metadata: ["provider": "\(voice.name)", "error": "\(error)"])
            Counter(label: "maane_tts_failures", dimensions: [("provider", voice.name)]).increment()
            send([], last: true, failure: voice.name)
        }
    }
}

/// Milliseconds of audio that may still be sent. Waits when they are spent.
final class CreditGate: Sendable {
    private struct State {
        var left: Int
        var waiter: CheckedContinuation<Void, any Error>?
        var cancelled = false
    }

    private let state: Mutex<State>

    init(milliseconds: Int) { state = Mutex(State(left: milliseconds)) }

    func add(_ milliseconds: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            state.left += milliseconds
            guard state.left > 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Takes credit for a chunk; the balance may go below zero by one chunk, so that chunks need not be cut.
    /// - Throws: `CancellationError`.
    func spend(_ milliseconds: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled { return .failure(CancellationError()) }
                    if state.left > 0 { return .success(()) }
                    state.waiter = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
            state.withLock { $0.left -= milliseconds }
        } onCancel: {
            let waiter = state.withLock { state in
                state.cancelled = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }
}

/// Work of all of a worker's mouths, read by the heartbeat.
final class SpeechWork: Sendable {
    private let finished = Atomic<UInt64>(0)
    private let open = Atomic<Int>(0)
    /// A sentence is in synthesis, or goes on after waiting for credit.
    func begin() { open.wrappingAdd(1, ordering: .relaxed) }
    func end() { open.wrappingSubtract(1, ordering: .relaxed) }
    /// A chunk was sent.
    func finish() { finished.wrappingAdd(1, ordering: .relaxed) }
    var done: UInt64 { finished.load(ordering: .relaxed) }
    var outstanding: Int { max(0, open.load(ordering: .relaxed)) }
}
