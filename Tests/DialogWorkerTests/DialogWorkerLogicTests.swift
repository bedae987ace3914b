import Bus
import BusContract
import Business
import CallVocabulary
import Logging
import ServiceKit
import Synchronization
import Testing

@testable import DialogWorker

private struct Broken: Error {}
private let done = ModelEvent.done(ModelDone(lead: [:], ending: nil, state: "s"))

@Suite(.timeLimit(.minutes(1))) struct DialogWorkerLogicTests {
    private let businesses: BusinessDirectory
    private let port = RecordingPort()
    private let conversation = ConversationID("call:CA00000000000000000000000000000001")
    private let epoch = Epoch(boot: 1, counter: 7)

    init() throws { businesses = try exampleBusinesses() }

    private func logic(_ models: [any LanguageModel] = [ReceptionistModel()]) -> DialogWorkerLogic {
        DialogWorkerLogic(
            businesses: businesses, models: models, port: port, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func envelope(_ message: BusMessage, turn: Int? = nil, epoch other: Epoch? = nil, business: String = "nadlan-hayarkon") -> Envelope {
        Envelope(message, business: BusinessID(business), conversation: conversation, turn: turn.map { TurnID($0) }, epoch: other ?? epoch)
    }

    private func turn(_ heard: Heard = spoken("אני מחפש דירה להשכרה")) -> BusMessage {
        .turn(DialogTurn(heard: heard, log: [TurnEntry(turn: TurnID(0), heard: .opening)], caller: "+972541234567"))
    }

    private func isDone(_ turn: Int) -> (Envelope) -> Bool {
        { envelope in
            if case .replyDone = envelope.message { envelope.turn == TurnID(turn) } else { false }
        }
    }

    private func replyDone(_ envelopes: [Envelope]) throws -> ReplyDone {
        guard case .replyDone(let done) = try #require(envelopes.last).message else { throw Broken() }
        return done
    }

    @Test func aTurnIsAnsweredWithExpectationsSentencesAndTheEnd() async throws {
        let logic = logic()
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(envelope(turn(), turn: 1), attachment: [])
        let all = await port.received(until: isDone(1))
        #expect(all.map(\.message.kind) == ["expectations", "reply", "reply", "reply_done"])
        #expect(
            all.allSatisfy {
                $0.conversation == conversation && $0.epoch == epoch && $0.turn == TurnID(1) && $0.business == BusinessID("nadlan-hayarkon")
            })
        guard case .expectations(let expected) = all[0].message, case .reply(let second) = all[2].message else { throw Broken() }
        #expect(expected.name == "city")
        #expect(second == ReplyPiece(piece: 1, text: "באיזו עיר?"))
        let end = ReplyDone(pieces: 2, lead: ["need": "שכירת דירה"], ending: nil, state: "city", provider: "local")
        #expect(try replyDone(all) == end)
    }

    @Test func theOpeningHasNoSentence() async throws {
        for model in [ReceptionistModel(), FixedModel()] as [any LanguageModel] {
            let logic = logic([model])
            logic.handle(envelope(.turn(DialogTurn(heard: .opening, log: [], caller: nil)), turn: 0), attachment: [])
            let all = await port.received(until: isDone(0))
            #expect(all.map(\.message.kind) == ["expectations", "reply_done"])
            #expect(try replyDone(all).pieces == 0)
            #expect(try replyDone(all).state != ReplyDone.failedState)
        }
    }

    @Test func oneTurnOneReply() async throws {
        let model = ScriptedModel("m") { _ in .known([.sentence("א"), done]) }
        let logic = logic([model])
        logic.handle(envelope(turn(), turn: 1), attachment: [])
        logic.handle(envelope(turn(), turn: 1), attachment: [])
        _ = await port.received(until: isDone(1))
        logic.handle(envelope(turn(), turn: 1), attachment: [])
        logic.handle(envelope(turn(), turn: 2), attachment: [])
        let rest = await port.received(until: isDone(2))
        #expect(rest.allSatisfy { $0.turn == TurnID(2) })
        #expect(model.count == 2)
        // Under a later epoch the same turn is another request; under an earlier one it is void.
        let later = Epoch(boot: 1, counter: 8)
        logic.handle(envelope(turn(), turn: 2, epoch: later), attachment: [])
        logic.handle(envelope(turn(), turn: 3), attachment: [])
        let again = await port.received(until: isDone(2))
        #expect(again.allSatisfy { $0.epoch == later })
        #expect(model.count == 3)
    }

    @Test(arguments: ["cancel", "release", "revoke", "reset", "next turn"])
    func whatIsVoidSaysNothingMore(how: String) async throws {
        let (started, startedSink) = AsyncStream.makeStream(of: Void.self)
        let (ended, endedSink) = AsyncStream.makeStream(of: Void.self)
        let model = ScriptedModel("slow") { request in
            guard request.turn.heard == .silence else { return .known([.sentence("ב"), done]) }
            let (stream, sink) = AsyncThrowingStream.makeStream(of: ModelEvent.self, throwing: (any Error).self)
            sink.onTermination = { reason in
                if case .cancelled = reason { endedSink.yield() }
            }
            startedSink.yield()
            return stream
        }
        let logic = logic([model])
        logic.handle(envelope(turn(.silence), turn: 1), attachment: [])
        for await _ in started { break }
        var next = 2
        switch how {
        case "cancel": logic.handle(envelope(.cancel(Cancel()), turn: 1), attachment: [])
        case "release": logic.handle(envelope(.release), attachment: [])
        case "revoke": logic.handle(envelope(.revoke, epoch: Epoch(boot: 1, counter: 8)), attachment: [])
        case "reset": logic.reset()
        default:
            logic.handle(envelope(turn(), turn: 2), attachment: [])
            next = 3
        }
        // The work itself stops, not only its sending.
        for await _ in ended { break }
        #expect(logic.load().active == (["cancel", "next turn"].contains(how) ? 1 : 0))
        logic.handle(envelope(turn(), turn: next), attachment: [])
        #expect(await port.received(until: isDone(next)).allSatisfy { $0.turn != TurnID(1) })
    }

    @Test func aLateCancelDoesNotHitTheNextTurn() async throws {
        let logic = logic()
        logic.handle(envelope(turn(), turn: 2), attachment: [])
        logic.handle(envelope(.cancel(Cancel()), turn: 1), attachment: [])
        #expect(try replyDone(await port.received(until: isDone(2))).pieces == 2)
    }

    @Test func aModelThatFailsIsFollowedByTheNext() async throws {
        let throwing = ScriptedModel("throwing") { _ in AsyncThrowingStream { $0.finish(throwing: Broken()) } }
        let cut = ScriptedModel("cut") { _ in .known([.expectations(.anything)]) }
        let mute = ScriptedModel("mute") { _ in .known([done]) }
        let logic = logic([throwing, cut, mute, FixedModel(sentence: "רשמתי.")])
        logic.handle(envelope(turn(), turn: 1), attachment: [])
        let all = await port.received(until: isDone(1))
        #expect(try replyDone(all).provider == "fixed")
        #expect(try replyDone(all).pieces == 1)
        #expect([throwing.count, cut.count, mute.count] == [1, 1, 1])
    }

    @Test func whenAllFailTheReplySaysSo() async throws {
        let throwing = ScriptedModel("throwing") { _ in AsyncThrowingStream { $0.finish(throwing: Broken()) } }
        logic([throwing]).handle(envelope(turn(), turn: 1), attachment: [])
        let failed = try replyDone(await port.received(until: isDone(1)))
        #expect(failed.pieces == 0)
        #expect(failed.state == ReplyDone.failedState)

        // After a sentence has left, another model would contradict it.
        let half = ScriptedModel("half") { _ in .known([.sentence("א")]) }
        let spare = ScriptedModel("spare") { _ in .known([.sentence("ב"), done]) }
        logic([half, spare]).handle(envelope(turn(), turn: 2), attachment: [])
        let cut = try replyDone(await port.received(until: isDone(2)))
        #expect(cut.pieces == 1)
        #expect(cut.state == ReplyDone.failedState)
        #expect(spare.count == 0)

        logic().handle(envelope(turn(), turn: 3, business: "nobody"), attachment: [])
        #expect(try replyDone(await port.received(until: isDone(3))).state == ReplyDone.failedState)
    }

    @Test func theLoadTellsWhatIsCarriedAndDone() async throws {
        let logic = logic()
        #expect(logic.load() == Load(affinity: 1, active: 0, done: 0, outstanding: 0))
        logic.handle(envelope(.assign(Assign())), attachment: [])
        logic.handle(envelope(.assign(Assign())), attachment: [])
        #expect(logic.load() == Load(affinity: 0.999, active: 1, done: 0, outstanding: 0))
        logic.handle(envelope(.job(Job(id: "j", work: .transcribe(format: "wav"), deadlineMilliseconds: 1000))), attachment: [])
        logic.handle(envelope(.release), attachment: [])
        #expect(logic.load().affinity == 1)
    }

    /// Affinities of several gateways' logics are added: they must fall in equal steps, down to nothing.
    @Test func theAffinityIsLinear() {
        let logic = DialogWorkerLogic(
            businesses: businesses, models: [FixedModel()], port: port, capacity: 4,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        var seen: [Double] = []
        for number in 1...5 {
            logic.handle(Envelope(.assign(Assign()), conversation: ConversationID("chat:\(number)"), epoch: epoch), attachment: [])
            seen.append(logic.load().affinity)
        }
        #expect(seen == [0.75, 0.5, 0.25, 0, 0])
        #expect(!logic.isIdle)
        // Without a conversation, a revoke is about all of them.
        logic.handle(Envelope(.revoke, epoch: epoch), attachment: [])
        #expect(logic.load().active == 5)
        logic.handle(Envelope(.revoke, epoch: Epoch(boot: 1, counter: 8)), attachment: [])
        #expect(logic.isIdle)
    }

    @Test func theReleaseOfAnOlderAssignmentIsIgnored() {
        let logic = logic()
        logic.handle(envelope(.assign(Assign())), attachment: [])
        for message in [BusMessage.release, .revoke] { logic.handle(envelope(message, epoch: Epoch(boot: 1, counter: 6)), attachment: []) }
        #expect(logic.load().active == 1)
    }

    @Test(arguments: 0...4) func aReplyGoesOnAfterWhatWasSaid(count: Int) async throws {
        let sentences = ["א", "ב", "ג"]
        let model = ScriptedModel("m") { _ in .known([.expectations(.anything)] + sentences.map(ModelEvent.sentence) + [done]) }
        let said = Array((sentences + ["ד"]).prefix(count))
        logic([model]).handle(envelope(.turn(DialogTurn(heard: spoken("כן"), log: [], caller: nil, said: said)), turn: 1), attachment: [])
        let all = await port.received(until: isDone(1))
        let pieces = all.compactMap { if case .reply(let piece) = $0.message { piece } else { nil } }
        let expected = sentences.enumerated().dropFirst(count).map { ReplyPiece(piece: $0.offset, text: $0.element) }
        #expect(pieces == expected)
        #expect(try replyDone(all).pieces == max(count, 3))
        #expect(try replyDone(all).failure == nil)
    }

    /// A model elsewhere is told what was said and goes on by itself; and waiting for it is not standing still.
    @Test func aGenerativeModelGoesOnByItself() async throws {
        let (asked, askedSink) = AsyncStream.makeStream(of: [String].self)
        let gate = Mutex<AsyncThrowingStream<ModelEvent, any Error>.Continuation?>(nil)
        @Sendable func reply(_ request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
            let (stream, sink) = AsyncThrowingStream.makeStream(of: ModelEvent.self, throwing: (any Error).self)
            gate.withLock { $0 = sink }
            askedSink.yield(request.turn.said)
            return stream
        }
        for isElsewhere in [true, false] {
            let logic = logic([ScriptedModel("m", waitsForOthers: isElsewhere, reply)])
            logic.handle(envelope(.turn(DialogTurn(heard: spoken("כן"), log: [], caller: nil, said: ["א"])), turn: 1), attachment: [])
            for await said in asked {
                #expect(said == ["א"])
                break
            }
            #expect(logic.load().outstanding == (isElsewhere ? 0 : 1))
            gate.withLock { $0 }?.yield(.sentence("ב"))
            gate.withLock { $0 }?.yield(done)
            let all = await port.received(until: isDone(1))
            #expect(all.map(\.message.kind) == (isElsewhere ? ["reply", "reply_done"] : ["reply_done"]))
            #expect(try replyDone(all).pieces == (isElsewhere ? 2 : 1))
        }
    }

    @Test func aReplyThatBreaksKeepsTheCountOfWhatWasSaid() async throws {
        let throwing = ScriptedModel("throwing") { _ in AsyncThrowingStream { $0.finish(throwing: Broken()) } }
        let spare = ScriptedModel("spare") { _ in .known([.sentence("א"), .sentence("ב"), done]) }
        // Nothing of this worker's own has left: the next model may answer.
        logic([throwing, spare]).handle(
            envelope(.turn(DialogTurn(heard: spoken("כן"), log: [], caller: nil, said: ["א"])), turn: 1), attachment: [])
        #expect(try replyDone(await port.received(until: isDone(1))).pieces == 2)
        logic([throwing]).handle(envelope(.turn(DialogTurn(heard: spoken("כן"), log: [], caller: nil, said: ["א"])), turn: 2), attachment: [])
        let failed = try replyDone(await port.received(until: isDone(2)))
        #expect(failed.pieces == 1)
        #expect(failed.state == ReplyDone.failedState)
    }

    @Test func aSummaryHoldsEverythingThatWasSaid() async throws {
        let lead = ["need": "שכירת דירה", "city": "חיפה", "rooms": "3.5", "day": "מחר", "hour": "17:00", "name": "דנה"]
        let log = [
            TurnEntry(turn: TurnID(0), heard: .opening), TurnEntry(turn: TurnID(1), heard: spoken("לשכור דירה")),
            TurnEntry(turn: TurnID(2), heard: notUnderstood),
            TurnEntry(turn: TurnID(3), heard: .silence), TurnEntry(turn: TurnID(4), heard: spoken("בחיפה")),
        ]
        let job = Job(id: "s1", work: .summary(log: log, lead: lead, outcome: .served), deadlineMilliseconds: 1000)
        logic().handle(envelope(.job(job)), attachment: [])
        let all = await port.received { $0.message.kind == "job_done" }
        guard case .jobDone(let result) = try #require(all.last).message else { throw Broken() }
        #expect(result.id == "s1")
        #expect(all.last?.conversation == conversation)
        let text = try #require(result.text)
        for part in Array(lead.values) + ["\"לשכור דירה\"", "\"בחיפה\"", "פגישה נקבעה", "תשובה אחת לא הובנה", "לאשר את הפגישה"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.hasPrefix("נושא: שכירת דירה\n"))
    }

    @Test func providersAreChosenByName() throws {
        #expect(try ModelProviders.make(["fixed", "local"]).map(\.name) == ["fixed", "local"])
        #expect(ModelProviders.names.sorted() == Providers.dialog.sorted(), "what the settings allow is what there is")
        #expect(throws: ModelError.self, "it has no settings") { try ModelProviders.make(["openai"]) }
        #expect(throws: ModelError.self) { try ModelProviders.make(["local", "gpt"]) }
        #expect(throws: ModelError.self) { try ModelProviders.make([]) }
    }
}
