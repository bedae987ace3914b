import Audio
import Metrics
import ProviderKit

/// One sentence through the list of voices.
struct FailoverRun {
    private enum Event: Sendable {
        case sound(Int, [UInt8])
        /// nil: without an error, and without a sound.
        case ended(Int, (any Error)?)
        case timeUp(Int)
        case hedge

        var isHedge: Bool { if case .hedge = self { true } else { false } }
    }

    /// A voice that has begun to speak.
    private struct Start {
        /// nil: the audio was kept, and nobody was asked.
        let index: Int?
        let chunk: [UInt8]
        let rest: VoiceAudio.Iterator
    }

    private struct Fall {
        let index: Int
        let failure: ProviderFailure
    }

    private let voice: FailoverVoice
    private var request: VoiceRequest
    private let sink: VoiceAudio.Sink
    private let order: [Int]
    private let begun = ContinuousClock.now
    private var tried: Set<Int> = []
    /// Whose kept audio was looked for.
    private var lookedUp: Set<Int> = []
    private var fall: Fall?

    init(voice: FailoverVoice, request: VoiceRequest, sink: VoiceAudio.Sink) {
        self.voice = voice
        self.request = request
        self.sink = sink
        order = voice.order(for: request)
    }

    mutating func speak() async throws {
        while true {
            let start = try await begin()
            sink.madeBy(start.index.map { voice.chain.names[$0] } ?? "kept")
            let (milliseconds, failure) = try await handOn(start)
            try Task.checkCancellation()
            // Kept audio is nobody's success, and cannot fail.
            guard let index = start.index else { return }
            guard let failure else { return succeeded(index, milliseconds) }
            try broke(index, failure, after: milliseconds)
        }
    }

    /// Hands on what the voice says, to its end: how much it was, and why it was not all.
    /// - Throws: `CancellationError` when nobody listens any more; that is no failure of the voice's.
    private func handOn(_ start: Start) async throws -> (milliseconds: Int, failure: ProviderFailure?) {
        var rest = start.rest
        var chunk: [UInt8]? = start.chunk
        var bytes = 0
        while let audio = chunk {
            try await sink.send(audio)
            bytes += audio.count
            do {
                chunk = try await rest.next()
            } catch {
                return (MuLaw.milliseconds(ofBytes: bytes), try failure(of: error))
            }
        }
        return (MuLaw.milliseconds(ofBytes: bytes), nil)
    }

    /// A voice may give up of its own accord; only when we are cancelled, that is our end.
    private func failure(of error: any Error) throws -> ProviderFailure {
        try Task.checkCancellation()
        return ProviderFailure.of(error) ?? ProviderFailure(.broken, "the voice stopped by itself")
    }

    private func succeeded(_ index: Int, _ milliseconds: Int) {
        voice.chain.succeeded(index)
        if !request.isFragment { voice.pace.learn(index, characters: request.text.count, milliseconds: milliseconds) }
    }

    private func failed(_ index: Int, _ failure: ProviderFailure) {
        // It says nothing of how the provider is.
        if failure.kind != .unsuitable { voice.chain.failed(index, failure) }
    }

    /// In the middle of the sentence: what is said next, or the end.
    private mutating func broke(_ index: Int, _ failure: ProviderFailure, after milliseconds: Int) throws {
        failed(index, failure)
        guard let rest = UnheardRest.of(request.text, after: milliseconds, pace: voice.pace.of(index)) else {
            voice.chain.logSwitch(from: index, to: nil, failure, voice.logger)
            throw failure
        }
        if rest != request.text {
            request.text = rest
            request.isFragment = true
        }
        fall = Fall(index: index, failure: failure)
    }

    // MARK: Until the first sound

    /// - Throws: the last failure when nobody is left; `CancellationError`.
    private mutating func begin() async throws -> Start {
        if let kept = await kept(upTo: order[0]) { return kept }
        return try await withThrowingTaskGroup(of: Event.self) { group in
            defer { group.cancelAll() }
            var running: [Int: VoiceAudio.Iterator] = [:]
            // Whoever is still at it when another one is heard stops at once.
            defer { for iterator in running.values { iterator.cancel() } }
            if let kept = try await ask(&group, &running) { return kept }
            if request.purpose == .opening, let hedge = voice.settings.hedge, fall == nil {
                group.addTask { [sleep = voice.sleep] in
                    try? await sleep(hedge)
                    return .hedge
                }
            }
            while let event = try await group.next() {
                try Task.checkCancellation()
                switch event {
                case .sound(let index, let chunk):
                    guard let rest = running.removeValue(forKey: index) else { continue }
                    record(index)
                    // One that failed while two were at it.
                    if let fall { voice.chain.logSwitch(from: fall.index, to: index, fall.failure, voice.logger) }
                    fall = nil
                    return Start(index: index, chunk: chunk, rest: rest)
                case .ended(let index, let error):
                    guard running.removeValue(forKey: index) != nil else { continue }
                    fell(index, try error.map { try failure(of: $0) } ?? ProviderFailure(.empty, "\(voice.chain.names[index]) made no sound"))
                case .timeUp(let index):
                    guard let late = running.removeValue(forKey: index) else { continue }
                    late.cancel()
                    fell(index, ProviderFailure(.timeout, "\(voice.chain.names[index]) gave no sound in time; see whether it is slow or far away"))
                case .hedge:
                    guard running.count == 1, tried.count == 1, order.count > 1 else { continue }
                    Counter(label: "maane_tts_hedges").increment()
                }
                if running.isEmpty || event.isHedge, let kept = try await ask(&group, &running) { return kept }
            }
            throw ProviderFailure(.broken, "no voice was left to ask")
        }
    }

    private mutating func fell(_ index: Int, _ failure: ProviderFailure) {
        failed(index, failure)
        fall = Fall(index: index, failure: failure)
    }

    /// Asks the next voice. Gives back audio that was kept instead, if there is any.
    /// - Throws: the last failure when all were tried and none is at it.
    private mutating func ask(
        _ group: inout ThrowingTaskGroup<Event, any Error>, _ running: inout [Int: VoiceAudio.Iterator]
    ) async throws -> Start? {
        guard let index = voice.chain.next(after: tried, order: order) else {
            guard running.isEmpty, let fall else { return nil }
            voice.chain.logSwitch(from: fall.index, to: nil, fall.failure, voice.logger)
            throw fall.failure
        }
        if let fall, running.isEmpty {
            voice.chain.logSwitch(from: fall.index, to: index, fall.failure, voice.logger)
            self.fall = nil
        }
        if let kept = await kept(upTo: index) { return kept }
        tried.insert(index)
        let iterator = voice.voices[index].make(request).makeAsyncIterator()
        running[index] = iterator
        group.addTask {
            var iterator = iterator
            do {
                if let chunk = try await iterator.next() { return .sound(index, chunk) }
                return .ended(index, nil)
            } catch {
                return .ended(index, error)
            }
        }
        group.addTask { [sleep = voice.sleep, limit = limit()] in
            try? await sleep(limit)
            return .timeUp(index)
        }
        return nil
    }

    private func limit() -> Duration {
        let usual = request.purpose == .file ? voice.settings.fileAttempt : voice.settings.attempt
        guard tried.count == order.count else { return usual }
        return max(usual, voice.settings.whole - (ContinuousClock.now - begun))
    }

    /// Audio that was made before by a voice of the order, down to the one that would be asked. Those further down sound different, and are
    /// heard only when they are needed.
    private mutating func kept(upTo index: Int) async -> Start? {
        guard !request.isFragment else { return nil }
        for candidate in order {
            if lookedUp.insert(candidate).inserted, let audio = await voice.voices[candidate].recall(request) {
                var iterator = audio.makeAsyncIterator()
                if let chunk = try? await iterator.next() { return Start(index: nil, chunk: chunk, rest: iterator) }
            }
            if candidate == index { break }
        }
        return nil
    }

    private func record(_ index: Int) {
        let (seconds, attoseconds) = (ContinuousClock.now - begun).components
        Metrics.Timer(label: "maane_tts_first_sound_seconds", dimensions: [("provider", voice.chain.names[index])])
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
