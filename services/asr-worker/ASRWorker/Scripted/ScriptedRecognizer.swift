import CallVocabulary
import EventThread
import Foundation
import Logging
import ServiceKit
import Synchronization

/// Provider `scripted`: a recogniser that makes no mistakes, for tests of all that depends on what the caller says and when. Under the name
/// `profile` it takes the times of a `ProviderProfile`.
///
/// The simulated caller writes each utterance's words and their times into `<CallSid>.jsonl` before it speaks (`ScriptFile`). Interims and finals
/// come as late as those of a provider elsewhere. Whatever is not a word (noise, coughs, the agent's echo) is not heard.
package struct ScriptedRecognizer: SpeechRecognizer {
    package let name: String
    package let meters: [WorkMeter]
    private let room: ScriptedRoom

    package init(name: String = "scripted", settings: ScriptedSettings, logger: Logger) {
        self.name = name
        let meter = WorkMeter()
        meters = [meter]
        room = ScriptedRoom(settings: settings, meter: meter, logger: logger)
    }

    package func warm() async throws { try await room.start() }

    package func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream {
        let id = room.nextID()
        room.send(.open(id, conversation, report))
        return Stream(id: id, room: room)
    }

    private struct Stream: RecognitionStream {
        let id: UInt64
        let room: ScriptedRoom

        func expect(_ expectations: Expectations) {}
        func hear(_ frames: [AudioFrame], of turn: TurnID) {
            guard let first = frames.first, let last = frames.last else { return }
            room.send(.hear(id, turn, first: first.sequence, last: last.sequence))
        }
        func finish(_ turn: TurnID, through: UInt32) { room.send(.finish(id, turn, through: through)) }
        func discard(_ turn: TurnID) { room.send(.discard(id, turn)) }
        func close() { room.send(.close(id)) }
    }
}

/// The thread on which all calls are heard: it reads their files, and keeps time.
private final class ScriptedRoom: Sendable {
    enum Command: Sendable {
        case open(UInt64, ConversationID, @Sendable (RecogniserReport) -> Void)
        case hear(UInt64, TurnID, first: UInt32, last: UInt32)
        case finish(UInt64, TurnID, through: UInt32)
        case discard(UInt64, TurnID)
        case close(UInt64)
    }

    private let ids = Atomic<UInt64>(0)
    private let thread = Mutex<EventThread<Command>?>(nil)
    private let settings: ScriptedSettings
    private let meter: WorkMeter
    private let logger: Logger

    init(settings: ScriptedSettings, meter: WorkMeter, logger: Logger) {
        self.settings = settings
        self.meter = meter
        self.logger = logger
    }

    func nextID() -> UInt64 { ids.wrappingAdd(1, ordering: .relaxed).newValue }

    func start() async throws {
        let (settings, meter, logger) = (settings, meter, logger)
        // 1,000 calls send 50,000 commands a second; two seconds of them may wait.
        let thread = try await EventThread<Command>(name: "scripted", mailboxLimit: 100_000) {
            ScriptedDriver(settings: settings, meter: meter, logger: logger)
        }
        self.thread.withLock { $0 = thread }
    }

    func send(_ command: Command) {
        meter.accept()
        if thread.withLock({ $0 })?.enqueue(command) != .accepted { meter.finish() }
    }
}

private final class ScriptedDriver: EventLoopDriver {
    private struct Call {
        let report: @Sendable (RecogniserReport) -> Void
        var file: ScriptFile?
        var hearing: ScriptedHearing
    }

    private let settings: ScriptedSettings
    private let meter: WorkMeter
    private let logger: Logger
    private let origin = ContinuousClock.now
    private var calls: [UInt64: Call] = [:]

    init(settings: ScriptedSettings, meter: WorkMeter, logger: Logger) {
        self.settings = settings
        self.meter = meter
        self.logger = logger
    }

    func handle(_ batch: [ScriptedRoom.Command]) {
        for command in batch {
            handle(command)
            meter.finish()
        }
    }

    private func handle(_ command: ScriptedRoom.Command) {
        switch command {
        case .open(let id, let conversation, let report):
            // Two streams of one call (it moves between gateways) take the same time.
            let seed = DelayDistribution.seed(settings.seed, call: conversation.rawValue, turn: 0)
            calls[id] = Call(
                report: report, file: conversation.call.map { ScriptFile(path: "\(settings.directory)/\($0.rawValue).jsonl") },
                hearing: ScriptedHearing(settings: settings, seed: seed))
        case .hear(let id, let turn, let first, let last):
            read(id)
            if let report = calls[id]?.hearing.hear(first: first, last: last, of: turn) { calls[id]?.report(report) }
        case .finish(let id, let turn, let through):
            read(id)
            calls[id]?.hearing.finish(turn, through: through, at: now)
        case .discard(let id, let turn): calls[id]?.hearing.discard(turn)
        case .close(let id):
            calls[id]?.file?.close()
            calls[id] = nil
        }
    }

    private func read(_ id: UInt64) {
        guard let before = calls[id]?.file?.malformed, let lines = calls[id]?.file?.read() else { return }
        for line in lines { calls[id]?.hearing.expect(line.heard) }
        if let after = calls[id]?.file?.malformed, after > before {
            logger.warning("a line of a scripted caller's file cannot be read; it must be as ScriptFile says")
        }
    }

    func ready() -> CInt? {
        let now = now
        var next: Int?
        for id in calls.keys {
            guard let due = calls[id]?.hearing.next else { continue }
            guard due <= now else {
                next = min(next ?? due, due)
                continue
            }
            for report in calls[id]?.hearing.finals(at: now) ?? [] { calls[id]?.report(report) }
            if let later = calls[id]?.hearing.next { next = min(next ?? later, later) }
        }
        return next.map { CInt(clamping: max(1, $0 - now)) }
    }

    func close() {
        for id in calls.keys { calls[id]?.file?.close() }
        calls = [:]
    }

    private var now: Int {
        let (seconds, attoseconds) = (ContinuousClock.now - origin).components
        return Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
