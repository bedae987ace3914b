import Bus
import BusContract
import Synchronization
import TwilioREST

/// An updater that does what the test says. Each update is an ``Ask``, in the order in which they begin.
final class FakeUpdater: CallUpdater {
    let asks = AsyncStream.makeStream(of: Ask.self)

    /// One update, as the client would run it: it asks for its permit before each request, and rests in between.
    final class Ask: Sendable {
        let callSid: String
        let update: CallUpdate
        let within: Duration
        private let permit: @Sendable () -> Bool
        private let state = Mutex<(waiter: CheckedContinuation<CallUpdateResult, Never>?, result: CallUpdateResult?, isInFlight: Bool)>(
            (nil, nil, false))
        /// What the client says when it may not begin (again).
        private let last = Mutex("no request was sent")

        init(_ callSid: String, _ update: CallUpdate, _ within: Duration, _ permit: @escaping @Sendable () -> Bool) {
            self.callSid = callSid
            self.update = update
            self.within = within
            self.permit = permit
        }

        /// A request begins, if it may. If not, the update is over.
        func request() -> Bool {
            guard permit() else {
                finish(.failed(last.withLock { $0 }))
                return false
            }
            state.withLock { $0.isInFlight = true }
            return true
        }

        /// Twilio does not process it: the client rests before the next request.
        func busy() {
            last.withLock { $0 = "HTTP 429, 20429" }
            state.withLock { $0.isInFlight = false }
        }

        func finish(_ result: CallUpdateResult) {
            let waiter = state.withLock { state in
                state.result = state.result ?? result
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: result)
        }

        fileprivate func wait() async -> CallUpdateResult {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let result = state.withLock { state in
                        if state.result == nil { state.waiter = continuation }
                        return state.result
                    }
                    if let result { continuation.resume(returning: result) }
                }
            } onCancel: {
                // What is under way is waited for; a rest ends at once.
                if !state.withLock({ $0.isInFlight }) { finish(.failed(last.withLock { $0 })) }
            }
        }
    }

    func update(_ callSid: String, _ update: CallUpdate, within: Duration) async -> CallUpdateResult {
        await self.update(callSid, update, within: within) { true }
    }

    func update(_ callSid: String, _ update: CallUpdate, within: Duration, permit: @escaping @Sendable () -> Bool) async -> CallUpdateResult {
        let ask = Ask(callSid, update, within, permit)
        asks.continuation.yield(ask)
        return await ask.wait()
    }
}

/// What was sent, as a stream and as a list.
final class UpdatePort: WorkerPort {
    private let kept = Mutex<[Envelope]>([])
    let arrivals = AsyncStream.makeStream(of: Envelope.self)
    func send(_ envelope: Envelope, attachment: [UInt8]) {
        kept.withLock { $0.append(envelope) }
        arrivals.continuation.yield(envelope)
    }
    var sent: [Envelope] { kept.withLock { $0 } }
    var answers: [CallUpdated] { sent.compactMap { if case .callUpdated(let answer) = $0.message { answer } else { nil } } }
}

/// A clock that the test moves.
final class TestClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { instant.withLock { $0 } }
    func pass(_ duration: Duration) { instant.withLock { $0 += duration } }
}
