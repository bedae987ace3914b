import Audio
import BusContract
import CallEngine
import CallVocabulary
import DialogWorker
import Testing

/// Dialog-workers die: every sentence is heard once.
@Suite(.serialized) struct ThinkingTests {
    /// How a reply is under way when its worker dies.
    enum Thought: CaseIterable, Sendable {
        /// Both sentences are known at once, and the worker dies between them.
        case quick
        /// This process thinks about the second one.
        case own
        /// Somebody else does.
        case foreign

        func model(_ gate: Gate) -> any LanguageModel {
            switch self {
            case .quick: EchoModel()
            case .own: PausingModel(gate: gate, waitsForOthers: false)
            case .foreign: PausingModel(gate: gate, waitsForOthers: true)
            }
        }
    }

    @Test(arguments: TestBus.Kind.allCases, Thought.allCases)
    func aDialogWorkerIsKilledAfterItsFirstSentence(_ kind: TestBus.Kind, _ thought: Thought) async throws {
        let gate = Gate()
        try await TestFleet.run(kind, .with([.dialog: 2], models: [thought.model(gate)])) { fleet in
            let call = try await fleet.call()
            try await call.say(1)
            try await call.hears(sentences: 2)
            let first = try fleet.holder(.dialog, of: call)
            switch thought {
            case .quick:
                first.meets(.diesAfter) { if case .reply = $0.message { true } else { false } }
                try await call.say(2)
                try await call.hears(sentences: 1)
                #expect(first.isDead)
            case .own, .foreign:
                gate.shut()
                try await call.say(2)
                try await call.hears(sentences: 1)
                // The gateway knows that its question has arrived: only the answer is outstanding.
                try await first.beats(2)
                first.kill()
                gate.open()
            }
            try await call.hears(sentences: 1)
            try await call.say(3)
            try await call.hears(sentences: 2)
            #expect(try fleet.holder(.dialog, of: call) !== first)
            try await fleet.expectWhole(call, said: [1, 2, 3])
            #expect(fleet.log.count("FAILOVER", ["pool": "dialog"]) == 1)
        }
    }

    @Test(arguments: TestBus.Kind.allCases) func theOnlyDialogWorkerIsKilled(_ kind: TestBus.Kind) async throws {
        let moment: UInt16 = 60_000
        try await TestFleet.run(kind) { fleet in
            let call = try await fleet.call { opening in
                opening.clips[.moment] = CallOpening.CannedLine(text: "רגע אחד בבקשה.", audio: MuLaw.encode(ToneCode.encode(moment)))
            }
            let first = try fleet.holder(.dialog, of: call)
            first.meets(.diesBefore) { if case .reply = $0.message { true } else { false } }
            try await call.say(1)
            try await until("the caller is told to wait") { call.numbers == [moment] }
            #expect(first.isDead && call.sentences.isEmpty)
            try await fleet.start(.dialog, "dialog-1")
            try await call.hears(sentences: 2)
            #expect(call.numbers == [moment, 1, 32_769])
            // And it is not said again.
            try await call.say(2)
            try await call.hears(sentences: 2)
            #expect(call.numbers.count { $0 == moment } == 1)
            let facts = try await fleet.hangUp(call)
            let said = facts.compactMap { if case .turn(let record) = $0.body { record.entry.said } else { nil } }
            #expect(said.dropFirst() == [["1", "32769"], ["2", "32770"]])
        }
    }
}
