import Synchronization

/// The audio of one sentence: chunks of mu-law, 8 kHz, mono, pulled by one consumer. It is what the line carries, so that audio that
/// a provider delivers in this form is handed through as it came.
///
/// A producer runs in a task of its own and waits when it is ``capacity`` chunks ahead. It is
/// cancelled when the consuming task is, or when the iterator goes away, so that no engine speaks for nobody.
package struct VoiceAudio: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = any Error

    /// How many chunks a producer may be ahead of the consumer.
    package static let capacity = 8

    private let produce: @Sendable (Sink) async throws -> Void

    /// - Parameter produce: makes the audio: sends chunks and returns at the end of the sentence. Runs once
    ///   per iteration, from the first element asked for.
    package init(_ produce: @escaping @Sendable (Sink) async throws -> Void) { self.produce = produce }

    package func makeAsyncIterator() -> Iterator { Iterator(feed: Feed(produce)) }

    /// Where a producer puts its chunks.
    package struct Sink: Sendable {
        fileprivate let channel: Channel

        /// Hands a chunk over; waits while the consumer is too far behind. Empty chunks are not sent.
        /// - Throws: `CancellationError` when nobody listens any more.
        package func send(_ chunk: [UInt8]) async throws {
            guard !chunk.isEmpty else { return }
            try await channel.send(chunk)
        }

        /// Whose sound the next chunks are, where several may make it.
        package func madeBy(_ name: String) { channel.madeBy(name) }
    }

    package struct Iterator: AsyncIteratorProtocol, Sendable {
        fileprivate let feed: Feed

        /// Stops the producer; whoever waits for a chunk gets a `CancellationError`.
        package func cancel() { feed.cancel() }

        /// Who made the chunks so far; nil: whoever was asked.
        package var maker: String? { feed.maker }

        /// The next chunk, nil after the last.
        /// - Throws: what the producer threw, or `CancellationError`.
        package mutating func next() async throws -> [UInt8]? { try await feed.next() }
    }
}

/// Ties the producer's life to the iterator's.
private final class Feed: Sendable {
    private let channel = Channel()
    private let produce: @Sendable (VoiceAudio.Sink) async throws -> Void
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ produce: @escaping @Sendable (VoiceAudio.Sink) async throws -> Void) { self.produce = produce }

    deinit { cancel() }

    var maker: String? { channel.maker }

    func next() async throws -> [UInt8]? {
        start()
        return try await withTaskCancellationHandler {
            try await channel.next()
        } onCancel: {
            cancel()
        }
    }

    private func start() {
        task.withLock { task in
            guard task == nil else { return }
            // The task must not hold the feed: its end would never come.
            task = Task { [channel, produce] in
                do {
                    try await produce(VoiceAudio.Sink(channel: channel))
                    channel.finish(nil)
                } catch {
                    channel.finish(error)
                }
            }
        }
    }

    func cancel() {
        channel.cancel()
        task.withLock { $0?.cancel() }
    }
}

/// A bounded queue between one producer and one consumer.
private final class Channel: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var end: Result<Void, any Error>?
        var consumer: CheckedContinuation<[UInt8]?, any Error>?
        var producer: CheckedContinuation<Void, any Error>?
        var maker: String?
    }

    private let state = Mutex(State())

    func madeBy(_ name: String) { state.withLock { $0.maker = name } }
    var maker: String? { state.withLock { $0.maker } }

    func send(_ chunk: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let wake: () -> Void = state.withLock { state in
                if case .failure(let error) = state.end { return { continuation.resume(throwing: error) } }
                if let consumer = state.consumer {
                    state.consumer = nil
                    return {
                        consumer.resume(returning: chunk)
                        continuation.resume()
                    }
                }
                state.chunks.append(chunk)
                if state.chunks.count < VoiceAudio.capacity { return { continuation.resume() } }
                state.producer = continuation
                return {}
            }
            wake()
        }
    }

    func next() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let wake: () -> Void = state.withLock { state in
                if !state.chunks.isEmpty {
                    let chunk = state.chunks.removeFirst()
                    let producer = state.producer
                    state.producer = nil
                    return {
                        producer?.resume()
                        continuation.resume(returning: chunk)
                    }
                }
                switch state.end {
                case .success: return { continuation.resume(returning: nil) }
                case .failure(let error): return { continuation.resume(throwing: error) }
                case nil:
                    state.consumer = continuation
                    return {}
                }
            }
            wake()
        }
    }

    /// The producer's end. The first end counts; what is queued stays: audio made before an engine broke is
    /// still spoken.
    func finish(_ error: (any Error)?) { end(error, discarding: false) }

    /// The consumer's end: nothing more comes out, even if the producer was done.
    func cancel() { end(CancellationError(), discarding: true) }

    private func end(_ error: (any Error)?, discarding: Bool) {
        let wake: () -> Void = state.withLock { state in
            guard state.end == nil || discarding else { return {} }
            if discarding { state.chunks = [] }
            state.end = error.map { .failure($0) } ?? .success(())
            let (consumer, producer) = (state.consumer, state.producer)
            state.consumer = nil
            state.producer = nil
            return {
                if let error {
                    consumer?.resume(throwing: error)
                    producer?.resume(throwing: error)
                } else {
                    consumer?.resume(returning: nil)
                    producer?.resume()
                }
            }
        }
        wake()
    }
}
