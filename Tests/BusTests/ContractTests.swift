import BusContract
import CallVocabulary
import Foundation
import Testing

/// The contract, frozen: workers in other languages read these bytes. A change here is an event.
@Suite struct ContractTests {
    private static let folder = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)) + "/Fixtures/"

    private func fixture(_ name: String) throws -> [UInt8] {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.folder + name))
        // A file ends with a newline, a message does not.
        return [UInt8](data.last == 10 ? data.dropLast() : data)
    }

    private func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes + [10]).write(to: URL(fileURLWithPath: Self.folder + name))
    }

    /// `MAANE_WRITE_FIXTURES=1 swift test --filter ContractTests` after a deliberate change of the contract.
    private let writes = ProcessInfo.processInfo.environment["MAANE_WRITE_FIXTURES"] != nil

    @Test func everyShapeHasItsGoldenJSON() throws {
        let shapes = try Samples.shapes()
        for shape in shapes {
            if writes { try write(EnvelopeCodec.encode(shape.envelope), shape.name + ".json") }
            let golden = try fixture(shape.name + ".json")
            #expect(String(decoding: try EnvelopeCodec.encode(shape.envelope), as: UTF8.self) == String(decoding: golden, as: UTF8.self))
            #expect(try EnvelopeCodec.decode(golden) == shape.envelope)
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".json") }
        #expect(files.sorted() == shapes.map { $0.name + ".json" }.sorted(), "one file for each shape, and no other")
    }

    @Test func theTopicLaneHasItsGoldenBytes() throws {
        let packet = try Samples.audio().encoded()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let event = [UInt8](try encoder.encode(try Samples.event()))
        if writes {
            try write(Array(Self.hex(packet).utf8), "topics/audio.hex")
            try write(event, "topics/event.json")
        }
        #expect(String(decoding: try fixture("topics/audio.hex"), as: UTF8.self) == Self.hex(packet))
        #expect(AudioPacket(packet) == (try Samples.audio()))
        #expect(String(decoding: try fixture("topics/event.json"), as: UTF8.self) == String(decoding: event, as: UTF8.self))
        #expect(try JSONDecoder().decode(TapEvent.self, from: Data(event)) == Samples.event())
    }

    /// Sixteen bytes in a line.
    private static func hex(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            bytes[start..<min(start + 16, bytes.count)].map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// The compiler asks for an answer when a kind is added; the list above then needs a sample.
    @Test func noKindIsForgotten() throws {
        func position(_ message: BusMessage) -> Int {
            switch message {
            case .hello: 0
            case .welcome: 1
            case .refused: 2
            case .heartbeat: 3
            case .goodbye: 4
            case .assign: 5
            case .release: 6
            case .revoke: 7
            case .expectations: 8
            case .listen: 9
            case .resend: 10
            case .transcript: 11
            case .turn: 12
            case .reply: 13
            case .replyDone: 14
            case .speak: 15
            case .speech: 16
            case .credit: 17
            case .cancel: 18
            case .updateCall: 19
            case .endLease: 20
            case .callUpdated: 21
            case .job: 22
            case .jobDone: 23
            case .artifact: 24
            case .artifactStored: 25
            case .tool: 26
            case .toolResult: 27
            case .fact: 28
            case .factStored: 29
            case .unknown: -1
            }
        }
        #expect(try Samples.all().map { position($0.message) } == Array(0...29))
        #expect(try Samples.shapes().allSatisfy { position($0.envelope.message) >= 0 })
    }

    @Test func everyShapeOfABodySurvivesTheWire() throws {
        let heard: [Heard] = [.opening, .silence, .digits("12#"), .speech(Transcript(text: "", confidence: 0, understood: false))]
        let work: [Job.Work] = [
            .prompt(name: "greeting_he", text: "שלום"), .transcribe(format: "wav"), .summary(log: [], lead: [:], outcome: .fallback),
        ]
        let facts: [Fact.Body] = [
            .callStarted(from: "", to: "+97231234567"), .lead(fields: ["a": "b"], caller: nil), .callEnded(outcome: .callerHungUp, milliseconds: 9),
            .summary("סיכום"), .recording(RecordingRecord(sid: "RE1", seconds: 0)),
        ]
        let outcomes: [CallOutcome] = [
            .served, .callbackPromised, .unserved, .callerHungUp, .maximumDuration, .fallback, .failed, .transferred, .busy,
        ]
        var messages = heard.map { BusMessage.turn(DialogTurn(heard: $0, log: [], caller: nil)) }
        messages += work.map { .job(Job(id: "1", work: $0, deadlineMilliseconds: 1)) }
        messages += (facts + outcomes.map { .callEnded(outcome: $0, milliseconds: 1, reason: "why") }).map { .fact(Fact(id: "1", at: 2, body: $0)) }
        messages += [.listen(.begin(from: 0)), .listen(.end(through: .max)), .listen(.discard), .assign(Assign()), .cancel(Cancel())]
        messages += DialogEnding.allSamples.map { .replyDone(ReplyDone(pieces: 0, lead: [:], ending: $0, state: "", provider: "")) }
        for message in messages {
            let envelope = Envelope(message, turn: TurnID(-1), epoch: Epoch(rawValue: .max))
            #expect(try EnvelopeCodec.decode(try EnvelopeCodec.encode(envelope)) == envelope)
        }
    }

    @Test func anUnknownKindIsToleratedWithItsName() throws {
        let envelope = try EnvelopeCodec.decode(Array(#"{"v":1,"kind":"wink","turn":4,"body":{"eye":"left"}}"#.utf8))
        #expect(envelope.message == .unknown("wink"))
        #expect(envelope.message.kind == "wink")
        #expect(envelope.turn == TurnID(4))
    }

    @Test func unknownFieldsAreIgnored() throws {
        let text = #"{"v":1,"kind":"credit","weather":"hot","turn":4,"epoch":9,"body":{"piece":1,"milliseconds":20,"colour":[1,{"a":null}]}}"#
        #expect(
            try EnvelopeCodec.decode(Array(text.utf8))
                == Envelope(.credit(Credit(piece: 1, milliseconds: 20)), turn: TurnID(4), epoch: Epoch(rawValue: 9)))
    }

    @Test func anotherVersionIsVisible() throws {
        var hello = try Samples.all()[0]
        hello.version = 2
        #expect(try EnvelopeCodec.decode(try EnvelopeCodec.encode(hello)).version == 2)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"v":1}"#, #"{"kind":"credit"}"#, #"{"v":"1","kind":"goodbye"}"#, #"{"v":1,"kind":"credit"}"#,
        #"{"v":1,"kind":"credit","body":{"piece":"x","milliseconds":1}}"#, #"{"v":1,"kind":"listen","body":{"begin":{"from":-1}}}"#,
        #"{"v":1,"kind":"credit","body":{"piece":1e30,"milliseconds":1}}"#, #"{"v":1,"kind":"goodbye","epoch":-1}"#,
    ])
    func whatIsNotAMessageIsAnError(text: String) {
        #expect(throws: (any Error).self) { try EnvelopeCodec.decode(Array(text.utf8)) }
    }

    @Test func anOversizedHeaderIsRefusedUnread() {
        #expect(throws: (any Error).self) { try EnvelopeCodec.decode([UInt8](repeating: 32, count: EnvelopeCodec.maximumHeaderBytes + 1)) }
    }

    @Test func brokenJSONNeverTraps() throws {
        let samples = try Samples.all().map { try EnvelopeCodec.encode($0) }
        var dice = Dice(seed: 11)
        for _ in 0..<3_000 {
            var bytes = samples.randomElement(using: &dice) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                bytes[Int.random(in: 0..<bytes.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            if let envelope = try? EnvelopeCodec.decode(bytes) { _ = try EnvelopeCodec.encode(envelope) }
        }
    }
}

extension DialogEnding {
    fileprivate static let allSamples: [DialogEnding?] = [nil, .goodbye, .callback, .unserved, .transfer]
}

/// A seeded generator (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
