import Synchronization

/// A sentence that is being made, for everybody who wants it: one provider call, whose audio all get from its beginning.
final class Flight: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var end: Result<Void, any Error>?
        var listeners = 1
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Has one listener, who starts it.
    init() {}

    /// - Parameter done: gets the whole audio, before any listener sees the end.
    func start(_ audio: VoiceAudio, done: @escaping @Sendable (Result<[UInt8], any Error>) -> Void) {
        let task = Task {
            do {
                for try await chunk in audio { append(chunk) }
                // The stream of a cancelled task just ends.
                try Task.checkCancellation()
                done(.success(state.withLock { $0.chunks.flatMap { $0 } }))
                finish(.success(()))
            } catch {
                done(.failure(error))
                finish(.failure(error))
            }
        }
        state.withLock { $0.task = task }
    }

    /// False when it has been given up or has failed: the next listener makes a new one.
    func join() -> Bool {
        state.withLock { state in
            if case .failure = state.end { return false }
            guard state.listeners > 0 else { return false }
            state.listeners += 1
            return true
        }
    }

    /// Whether the last one has left, and nobody needs the sentence any more.
    func leave() -> Bool {
        let (isOver, task) = state.withLock { state in
            state.listeners -= 1
            return (state.listeners == 0, state.listeners == 0 && state.end == nil ? state.task : nil)
        }
        task?.cancel()
        return isOver
    }

    /// nil after the last one.
    func chunk(at index: Int) async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let (chunk, end) = state.withLock { ($0.chunks.count > index ? $0.chunks[index] : nil, $0.end) }
            if let chunk { return chunk }
            if let end {
                try end.get()
                return nil
            }
            await change(after: index)
        }
    }

    private func change(after index: Int) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    // A cancellation that came before this point found nobody to wake.
                    if state.chunks.count > index || state.end != nil || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    private func append(_ chunk: [UInt8]) { wake { $0.chunks.append(chunk) } }
    private func finish(_ end: Result<Void, any Error>) { wake { $0.end = end } }

    private func wake(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }
}
