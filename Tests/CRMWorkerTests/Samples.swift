import Bus
import BusContract
import CallVocabulary
import Logging
import Synchronization

@testable import CRMWorker

enum Samples {
    static let business = BusinessID("tel-aviv-estates")
    static let otherBusiness = BusinessID("haifa-dental")
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    /// 2026-11-22 10:00:00.250 UTC
    static let start: Int64 = 1_795_341_600_250

    static func call(_ number: Int) throws -> CallID {
        let digits = String(number, radix: 16)
        return try required(CallID("CA" + String(repeating: "0", count: 32 - digits.count) + digits))
    }

    /// Every kind of fact, as a call of two turns writes them; the lead comes twice.
    static func wholeCall(_ call: CallID) -> [Fact] {
        func fact(_ number: Int64, _ body: Fact.Body) -> Fact { Fact(id: "\(call).\(number)", at: start + number * 1000, body: body) }
        var stages = TurnStages()
        stages.endpoint = CallTime(milliseconds: 5200)
        stages.spoken = CallTime(milliseconds: 5430)
        let opening = TurnRecord(
            entry: TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום, הגעתם לנדל\"ן תל אביב.", "במה אפשר לעזור?"]), dialog: "local",
            state: "need",
            stages: TurnStages())
        var first = TurnRecord(
            entry: TurnEntry(
                turn: TurnID(1), heard: .speech(Transcript(text: "אני מחפש דירה", confidence: 0.875, understood: true)), said: ["באיזו עיר?"]),
            recogniser: "pocketsphinx", dialog: "local", state: "city", stages: stages)
        first.preemption = "hit"
        return [
            fact(0, .callStarted(from: "+972501234567", to: "+97231234567")),
            fact(1, .turn(opening)),
            fact(2, .turn(first)),
            fact(3, .lead(fields: ["need": "rent"], caller: "+972501234567")),
            fact(4, .turn(TurnRecord(entry: TurnEntry(turn: TurnID(2), heard: .silence), stages: TurnStages()))),
            fact(5, .turn(TurnRecord(entry: TurnEntry(turn: TurnID(3), heard: .digits("12#")), stages: TurnStages()))),
            fact(6, .lead(fields: ["need": "rent", "city": "תל אביב", "rooms": "3"], caller: "+972501234567")),
            fact(7, .callEnded(outcome: .served, milliseconds: 63_211)),
            fact(8, .summary("מבקש דירה בתל אביב, 3 חדרים.")),
        ]
    }

    static func sid(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "RE" + String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// What becomes of one voice message: announced, then heard, with the numbers that a gateway gives.
    static func recording(_ call: CallID, _ number: Int = 1) -> [Fact] {
        let base: Int64 = 4_000_000_000_016
        func fact(_ rank: Int64, _ body: Fact.Body) -> Fact { Fact(id: "\(call).\(base + rank)", at: start + 70_000 + rank * 1000, body: body) }
        let file = "recordings/\(sid(number)).wav"
        return [
            fact(0, .recording(RecordingRecord(sid: sid(number), seconds: 4))),
            fact(8, .recording(RecordingRecord(sid: sid(number), seconds: 4, file: file, text: "תחזרו אליי", failure: nil))),
        ]
    }

    static func addressed(_ fact: Fact, _ call: CallID, business: BusinessID = business) throws -> AddressedFact {
        try AddressedFact(fact, business: business, conversation: call.conversation)
    }

    static func envelope(_ fact: Fact, _ call: CallID, business: BusinessID = business, epoch: UInt64 = 1) -> Envelope {
        Envelope(.fact(fact), business: business, conversation: call.conversation, epoch: Epoch(rawValue: epoch))
    }
}

struct MissingValue: Error {}
func required<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw MissingValue() }
    return value
}

/// A port that keeps what was sent and lets a test wait for it.
final class CollectingPort: WorkerPort {
    private let kept = Mutex<[Envelope]>([])
    private let stream: AsyncStream<Envelope>
    private let continuation: AsyncStream<Envelope>.Continuation
    init() { (stream, continuation) = AsyncStream.makeStream() }

    func send(_ envelope: Envelope, attachment: [UInt8]) {
        kept.withLock { $0.append(envelope) }
        continuation.yield(envelope)
    }
    var sent: [Envelope] { kept.withLock { $0 } }
    var answers: [FactStored] {
        sent.compactMap { if case .factStored(let stored) = $0.message { stored } else { nil } }
    }
    /// Returns when `count` more messages have been sent.
    func wait(for count: Int) async {
        var left = count
        for await _ in stream {
            left -= 1
            if left == 0 { return }
        }
    }
}

/// A store whose answers a test decides. Each fact waits until the test lets it through.
final class GatedStore: FactStore {
    struct Gate: Sendable {
        let fact: AddressedFact
        let open: CheckedContinuation<FactOutcome, Never>
    }
    private let gates: AsyncStream<Gate>.Continuation
    init(gates: AsyncStream<Gate>.Continuation) { self.gates = gates }
    func apply(_ fact: AddressedFact) async -> FactOutcome {
        await withCheckedContinuation { _ = gates.yield(Gate(fact: fact, open: $0)) }
    }
    func close() async {}
}
