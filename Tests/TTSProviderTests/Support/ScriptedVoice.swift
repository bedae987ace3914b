import Audio
import ProviderKit
import Synchronization
import TestSupport
import VoiceFakes

@testable import TTSWorker

/// A voice that does what the test says, and tells what it was asked.
final class ScriptedVoice: Voice {
    enum Act: Sendable {
        /// Milliseconds of audio in pieces of 200 ms, then the end: a failure or, with nil, a good one.
        case speak(Int, then: ProviderFailure? = nil)
        /// Speaks so long and then says nothing more, until it is stopped.
        case hang(after: Int)
        /// Ends with a cancellation of its own.
        case giveUp(after: Int)
    }

    let name: String
    let waitsForOthers: Bool
    private let acts: Mutex<[Act]>
    private let asked = Mutex<[VoiceRequest]>([])
    private let gone = Mutex(0)

    /// - Parameter acts: one for each sentence; the last one for all that follow.
    init(_ name: String, _ acts: [Act] = [.speak(1_000)], waitsForOthers: Bool = true) {
        self.name = name
        self.acts = Mutex(acts)
        self.waitsForOthers = waitsForOthers
    }

    var requests: [VoiceRequest] { asked.withLock { $0 } }
    var texts: [String] { requests.map(\.text) }
    /// How many sentences were stopped before their end.
    var stops: Int { gone.withLock { $0 } }

    /// Audio that tells who speaks, and for how long.
    static func audio(_ name: String, milliseconds: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(name.utf8.first ?? 0), count: milliseconds * 8)
    }

    func warm() async throws {}

    func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { [self] sink in
            asked.withLock { $0.append(request) }
            let act = acts.withLock { acts in
                if acts.count > 1 { return acts.removeFirst() }
                return acts.first ?? .speak(1_000)
            }
            do {
                switch act {
                case .speak(let milliseconds, let failure):
                    try await say(milliseconds, sink)
                    if let failure { throw failure }
                case .hang(let milliseconds):
                    try await say(milliseconds, sink)
                    try await Task.sleep(for: .seconds(3_600))
                case .giveUp(let milliseconds):
                    try await say(milliseconds, sink)
                    throw CancellationError()
                }
            } catch let error as CancellationError {
                gone.withLock { $0 += 1 }
                throw error
            }
        }
    }

    private func say(_ milliseconds: Int, _ sink: VoiceAudio.Sink) async throws {
        for start in stride(from: 0, to: milliseconds, by: 200) {
            try await sink.send(Self.audio(name, milliseconds: min(200, milliseconds - start)))
        }
    }
}

/// Waits that end when the test says so.
final class Alarm: Sendable {
    private struct Waiter {
        let number: Int
        let wait: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let waiters = Mutex<(last: Int, list: [Waiter])>((0, []))

    func sleep(_ wait: Duration) async throws {
        let number = waiters.withLock { waiters in
            waiters.last += 1
            return waiters.last
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiters.withLock { $0.list.append(Waiter(number: number, wait: wait, continuation: continuation)) }
                // Cancelled before it was in the list.
                if Task.isCancelled { take { $0.number == number }.forEach { $0.continuation.resume(throwing: CancellationError()) } }
            }
        } onCancel: {
            take { $0.number == number }.forEach { $0.continuation.resume(throwing: CancellationError()) }
        }
    }

    /// Ends the waits of this length, once there is one.
    func ring(_ wait: Duration) async throws {
        try await until("somebody waits \(wait)") { waiting.contains(wait) }
        take { $0.wait == wait }.forEach { $0.continuation.resume() }
    }

    var waiting: [Duration] { waiters.withLock { $0.list.map(\.wait) } }

    private func take(_ condition: (Waiter) -> Bool) -> [Waiter] {
        waiters.withLock { waiters in
            let taken = waiters.list.filter(condition)
            waiters.list.removeAll(where: condition)
            return taken
        }
    }
}
