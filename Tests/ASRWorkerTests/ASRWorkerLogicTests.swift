import Audio
import Bus
import BusContract
import CallVocabulary
import Synchronization
import Testing

@testable import ASRWorker

/// Keeps what was sent and lets a test wait for it.
private final class RecordingPort: WorkerPort {
    private let kept = Mutex<[Envelope]>([])
    func send(_ envelope: Envelope, attachment: [UInt8]) { kept.withLock { $0.append(envelope) } }
    var sent: [Envelope] { kept.withLock { $0 } }
    var resends: [Resend] { sent.compactMap { if case .resend(let resend) = $0.message { resend } else { nil } } }
    var finals: [(turn: TurnID, text: String, epoch: Epoch)] {
        sent.compactMap { envelope in
            guard case .transcript(let message) = envelope.message, message.final, let turn = envelope.turn, let epoch = envelope.epoch else {
                return nil
            }
            return (turn, message.transcript.text, epoch)
        }
    }
    func finals(_ count: Int) async throws -> [(turn: TurnID, text: String, epoch: Epoch)] {
        let end = ContinuousClock.now + .seconds(20)
        while finals.count < count {
            try #require(ContinuousClock.now < end, "\(count) finals were due and \(finals.count) came")
            try await Task.sleep(for: .milliseconds(2))
        }
        return finals
    }
}

/// Writes down what a stream is told.
private struct RecordingRecognizer: SpeechRecognizer {
    enum Told: Equatable { case expect(String), hear(TurnID, [UInt32]), finish(TurnID), discard(TurnID), close }
    final class Log: Sendable {
        private let kept = Mutex<[Told]>([])
        func add(_ told: Told) { kept.withLock { $0.append(told) } }
        var told: [Told] { kept.withLock { $0 } }
    }
    private struct Stream: RecognitionStream {
        let log: Log
        func expect(_ expectations: Expectations) { log.add(.expect(expectations.name)) }
        func hear(_ frames: [AudioFrame], of turn: TurnID) { log.add(.hear(turn, frames.map(\.sequence))) }
        func finish(_ turn: TurnID, through: UInt32) { log.add(.finish(turn)) }
        func discard(_ turn: TurnID) { log.add(.discard(turn)) }
        func close() { log.add(.close) }
    }
    let name = "recording"
    let log = Log()
    let meter = WorkMeter()
    var meters: [WorkMeter] { [meter] }
    func warm() async throws {}
    func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream { Stream(log: log) }
}

@Suite(.timeLimit(.minutes(1))) struct ASRWorkerLogicTests {
    private let port = RecordingPort()
    private let call: CallID
    private let epoch = Epoch(boot: 1, counter: 7)
    private let older = Epoch(boot: 1, counter: 6)
    private let newer = Epoch(boot: 1, counter: 8)

    init() throws { call = try #require(CallID("CA" + String(repeating: "0", count: 31) + "1")) }

    private func envelope(_ message: BusMessage, turn: Int? = nil, epoch other: Epoch? = nil) -> Envelope {
        Envelope(message, conversation: call.conversation, turn: turn.map { TurnID($0) }, epoch: other ?? epoch)
    }

    private func packets(_ range: ClosedRange<UInt32>, epoch other: Epoch? = nil) -> [AudioPacket] {
        range.map { AudioPacket(epoch: other ?? epoch, captureMicroseconds: 0, call: call, frame: frame($0)) }
    }

    /// A call that speaks these numbers, one after the other, and where each stands.
    private func speech(_ numbers: [UInt16]) -> (packets: [AudioPacket], marks: [(from: UInt32, through: UInt32)]) {
        var audio: [UInt8] = []
        var marks: [(UInt32, UInt32)] = []
        for number in numbers {
            audio += [UInt8](repeating: 0xFF, count: 160 * 20)
            let code = MuLaw.encode(ToneCode.encode(number))
            let from = UInt32(audio.count / 160) - 5
            audio += code
            audio += [UInt8](repeating: 0xFF, count: 160 - code.count % 160)
            marks.append((from, UInt32(audio.count / 160) + 5))
        }
        audio += [UInt8](repeating: 0xFF, count: 160 * 60)
        var packets: [AudioPacket] = []
        for index in 0..<(audio.count / 160) {
            let frame = AudioFrame(sequence: UInt32(index), payload: Array(audio[(index * 160)..<((index + 1) * 160)]))
            packets.append(AudioPacket(epoch: epoch, captureMicroseconds: 0, call: call, frame: frame))
        }
        return (packets, marks)
    }

    @Test func aLostSpanIsAskedForUnderTheCallsEpoch() {
        let recogniser = RecordingRecognizer()
        let logic = ASRWorkerLogic(port: port, recogniser: recogniser, capacity: 10, now: { 0 })
        logic.handle(envelope(.assign(Assign(expectations: Expectations(name: "city"), from: 40))), attachment: [])
        logic.hear(packets(45...60))
        #expect(port.sent == [envelope(.resend(Resend(from: 40, through: 44)))])
        logic.handle(envelope(.listen(.begin(from: 42)), turn: 3), attachment: [])
        logic.hear(packets(40...44))
        logic.hear(packets(40...44))
        logic.handle(envelope(.listen(.end(through: 50)), turn: 3), attachment: [])
        logic.handle(envelope(.listen(.end(through: 50)), turn: 3), attachment: [])
        #expect(recogniser.log.told == [.expect("city"), .hear(TurnID(3), Array(42...60)), .finish(TurnID(3))])
        #expect(port.resends.count == 1)
    }

    @Test func anEndWaitsForItsFrames() {
        let recogniser = RecordingRecognizer()
        let logic = ASRWorkerLogic(port: port, recogniser: recogniser, capacity: 10, now: { 0 })
        logic.handle(envelope(.assign(Assign(from: 0))), attachment: [])
        logic.handle(envelope(.listen(.begin(from: 2)), turn: 1), attachment: [])
        logic.handle(envelope(.listen(.end(through: 9)), turn: 1), attachment: [])
        logic.hear(packets(0...8))
        #expect(!recogniser.log.told.contains(.finish(TurnID(1))))
        logic.hear(packets(9...9))
        #expect(recogniser.log.told.last == .finish(TurnID(1)))
    }

    @Test func revokeAndReleaseKnowTheEpoch() {
        let logic = ASRWorkerLogic(port: port, recogniser: RecordingRecognizer(), capacity: 10, now: { 0 })
        func isThere() -> Bool { logic.load().active == 1 }
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(envelope(.release, epoch: older), attachment: [])
        logic.handle(envelope(.revoke, epoch: older), attachment: [])
        logic.handle(envelope(.revoke), attachment: [])
        #expect(isThere())
        #expect(!logic.isIdle)
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

    @Test func framesAndMarksOfAnotherEpochAreVoid() {
        let recogniser = RecordingRecognizer()
        let logic = ASRWorkerLogic(port: port, recogniser: recogniser, capacity: 10, now: { 0 })
        logic.handle(envelope(.assign(Assign(from: 0))), attachment: [])
        logic.handle(envelope(.listen(.begin(from: 0)), turn: 1, epoch: older), attachment: [])
        logic.handle(envelope(.expectations(Expectations(name: "old")), epoch: older), attachment: [])
        logic.hear(packets(0...20, epoch: older))
        #expect(recogniser.log.told.isEmpty)
        #expect(port.sent.isEmpty)
        // The next assignment begins from nothing.
        logic.handle(envelope(.listen(.begin(from: 0)), turn: 1), attachment: [])
        logic.handle(envelope(.assign(Assign(from: 0)), epoch: newer), attachment: [])
        logic.handle(envelope(.listen(.begin(from: 0)), turn: 1, epoch: newer), attachment: [])
        logic.hear(packets(0...3, epoch: newer))
        #expect(recogniser.log.told == [.close, .hear(TurnID(1), [0, 1, 2, 3])])
    }

    /// Frames that are dropped and asked for, over a link that also doubles some: each number is heard once.
    @Test(arguments: UInt64(1)...5) func numbersAreHeardOnceOverALossyLane(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let numbers: [UInt16] = [17, 4_242, 65_535]
        let (all, marks) = speech(numbers)
        // The clock belongs to the test: 20 ms per frame.
        let time = Clock()
        let logic = ASRWorkerLogic(port: port, recogniser: TonesRecognizer(), capacity: 10, now: { time.now })
        logic.handle(envelope(.assign(Assign(from: 0))), attachment: [])
        var answered = 0
        for (index, packet) in all.enumerated() {
            time.now = index * 20
            for (turn, mark) in marks.enumerated() {
                if mark.from + 10 == UInt32(index) { logic.handle(envelope(.listen(.begin(from: mark.from)), turn: turn), attachment: []) }
                if mark.through == UInt32(index) { logic.handle(envelope(.listen(.end(through: mark.through)), turn: turn), attachment: []) }
            }
            if Int.random(in: 0..<10, using: &random) > 0 || index > all.count - 30 { logic.hear([packet]) }
            if Int.random(in: 0..<10, using: &random) == 0 { logic.hear([packet]) }
            let resends = port.resends
            for resend in resends[answered...] { logic.hear(Array(all[Int(resend.from)...Int(resend.through)])) }
            answered = resends.count
        }
        let finals = try await port.finals(numbers.count)
        #expect(finals.map(\.text) == numbers.map { String($0) })
        #expect(finals.map(\.turn.number) == [0, 1, 2])
        #expect(answered > 0)
    }

    /// What a successor gets: the marks, then all the audio at once. Nothing of it may hold up the working task.
    @Test func aReplayIsTakenInAtOnceAndJudgedBeside() async throws {
        let numbers: [UInt16] = [1, 2, 3, 4, 5, 6]
        let (all, marks) = speech(numbers)
        let recogniser = TonesRecognizer()
        let logic = ASRWorkerLogic(port: port, recogniser: recogniser, capacity: 10)
        logic.handle(envelope(.assign(Assign(from: 0))), attachment: [])
        for (turn, mark) in marks.enumerated() {
            logic.handle(envelope(.listen(.begin(from: mark.from)), turn: turn), attachment: [])
            logic.handle(envelope(.listen(.end(through: mark.through)), turn: turn), attachment: [])
        }
        logic.hear(all)
        #expect(logic.load().outstanding ?? 0 <= numbers.count)
        let finals = try await port.finals(numbers.count)
        #expect(finals.map(\.text) == numbers.map { String($0) })
        #expect(logic.load().outstanding == 0)
        #expect(logic.load().done >= UInt64(numbers.count))
    }

    @Test func aStandingEngineIsSeenAndABusyOneIsNot() {
        let (one, other) = (WorkMeter(), WorkMeter())
        var watch = WorkWatch()
        func look() -> (done: UInt64, outstanding: Int) { watch.read([one.read(), other.read()]) }
        one.accept()
        other.accept()
        #expect(look() == (0, 2))
        // The other room's progress does not hide that one stands.
        other.finish()
        other.accept()
        let stuck = look()
        other.finish()
        other.accept()
        #expect(look() == stuck)
        one.step()
        other.step()
        #expect(look().done > stuck.done)
        // A step of known length that cannot be cut is no standstill.
        let before = look().done
        let during = one.step(lasting: 60_000) {
            other.step()
            let first = look().done
            other.step()
            return (first, look().done)
        }
        #expect(during.0 > before)
        #expect(during.1 > during.0)
        one.finish()
        other.finish()
        #expect(look().outstanding == 0)
    }

    @Test func theLoadIsTheRecognisers() {
        let recogniser = RecordingRecognizer()
        let logic = ASRWorkerLogic(port: port, recogniser: recogniser, capacity: 4, now: { 0 })
        logic.handle(envelope(.assign(Assign(from: 0))), attachment: [])
        // Taking frames in is no progress of the engine.
        logic.hear(packets(0...20))
        #expect(logic.load() == Load(affinity: 0.75, active: 1, done: 0, outstanding: 0))
        recogniser.meter.accept()
        #expect(logic.load() == Load(affinity: 0.75, active: 1, done: 0, outstanding: 1))
        logic.reset()
        #expect(logic.isIdle)
    }
}

/// A clock that stands still until it is moved.
private final class Clock: Sendable {
    private let value = Atomic<Int>(0)
    var now: Int {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
}
