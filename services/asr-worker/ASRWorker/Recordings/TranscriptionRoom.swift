import Audio
import BusContract
import CallVocabulary
import EventThread
import Synchronization

/// Transcribes recordings one after the other, beside the task that sends heartbeats.
final class TranscriptionRoom: Sendable {
    struct Item: Sendable {
        let job: Job
        let recording: [UInt8]
        let answer: @Sendable (JobDone) -> Void
    }

    private struct State {
        var waiting: [Item] = []
        var waitingBytes = 0
        var isRunning = false
        /// Counts the gateways that are gone: what was begun for one of them is answered to nobody.
        var generation = 0
        /// Ends what is being done.
        var cancel: (@Sendable () -> Void)?
    }

    /// A gateway sends a few at a time.
    private static let waitingLimit = 16
    /// Two of the largest that the bus takes.
    private static let waitingBytesLimit = 32 << 20

    let meter = WorkMeter()
    private let state = Mutex(State())
    private let transcriber: any SpeechTranscriber
    private let limits: RecordingAudioReader.Limits
    /// Reading ten minutes of stereo at 48 kHz takes a second. It is made when the first recording comes: most workers never get one.
    private let thread = Mutex<Task<WorkerThread<Void>, any Error>?>(nil)

    init(transcriber: any SpeechTranscriber, limits: RecordingAudioReader.Limits) {
        self.transcriber = transcriber
        self.limits = limits
    }

    var isIdle: Bool { meter.read().outstanding == 0 }

    func start(_ item: Item) {
        let starts = state.withLock { state -> Bool? in
            guard state.waiting.count < Self.waitingLimit,
                state.waiting.isEmpty || state.waitingBytes + item.recording.count <= Self.waitingBytesLimit
            else { return nil }
            state.waiting.append(item)
            state.waitingBytes += item.recording.count
            meter.accept()
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard let starts else { return item.answer(JobDone(id: item.job.id, failure: "too many recordings wait for this recogniser")) }
        if starts { Task { await work() } }
    }

    /// The gateway is gone.
    func reset() {
        let (dropped, cancel) = state.withLock { state in
            defer {
                state.waiting = []
                state.waitingBytes = 0
                state.generation += 1
            }
            return (state.waiting.count, state.cancel)
        }
        for _ in 0..<dropped { meter.finish() }
        cancel?()
    }

    private func next() -> (Item, Int)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            let item = state.waiting.removeFirst()
            state.waitingBytes -= item.recording.count
            return (item, state.generation)
        }
    }

    private func work() async {
        while let (item, generation) = next() {
            // A task of its own: cancelling what was begun for a lost gateway must not end what comes after it.
            let task = Task { await transcribe(item) }
            state.withLock { state in
                state.cancel = { task.cancel() }
                if state.generation != generation { task.cancel() }
            }
            let done = await task.value
            state.withLock { $0.cancel = nil }
            meter.finish()
            if state.withLock({ $0.generation == generation }) { item.answer(done) }
        }
    }

    private func transcribe(_ item: Item) async -> JobDone {
        let id = item.job.id
        let (limits, recording) = (limits, item.recording)
        let pcm: [Int16]
        do {
            pcm = try await reader().run { [meter] _ in
                // It has no steps of its own, and takes milliseconds for a recording of two minutes.
                try meter.step(lasting: 10_000) { try RecordingAudioReader.read(recording, limits: limits) }
            }
        } catch {
            return JobDone(id: id, failure: "\(error)")
        }
        // A provider elsewhere answers when it does; until the gateway has given up this is no standstill.
        meter.excuse(for: item.job.deadlineMilliseconds)
        defer { meter.excuse(for: 0) }
        do {
            let transcript = try await transcriber.transcribe(pcm)
            return JobDone(id: id, text: transcript.text)
        } catch {
            return JobDone(id: id, failure: "the recording could not be transcribed: \(error)")
        }
    }

    private func reader() async throws -> WorkerThread<Void> {
        try await thread.withLock { thread in
            if let thread { return thread }
            let new = Task { try await WorkerThread<Void>(name: "recordings") }
            thread = new
            return new
        }.value
    }
}
