import Bus
import BusContract
import Business
import CallVocabulary
import Foundation
import Logging
import ProviderKit
import Synchronization
import Testing

@testable import DialogWorker

private struct Broken: Error {}

/// What the caller hears when models fail, and who is asked next.
@Suite(.timeLimit(.minutes(1))) struct FailoverTests {
    private let businesses: BusinessDirectory
    private let port = RecordingPort()
    private let lines = LogLines()
    private let clock = ManualClock()

    init() throws { businesses = try exampleBusinesses() }

    private func elsewhere(_ name: String, _ make: @escaping @Sendable (ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error>) -> ScriptedModel
    {
        ScriptedModel(name, waitsForOthers: true, make)
    }

    private func failing(_ name: String, _ failure: ProviderFailure, after events: [ModelEvent] = []) -> ScriptedModel {
        elsewhere(name) { request in
            AsyncThrowingStream { sink in
                // Asked to go on, it fails at once.
                for event in request.turn.said.count < 2 ? events : [] { sink.yield(event) }
                sink.finish(throwing: failure)
            }
        }
    }

    private func models(_ models: [any LanguageModel]) -> DialogModels { DialogModels(models, logger: lines.logger, now: clock.now) }

    /// One turn by these models: the sentences with their numbers, and the end.
    private func reply(_ models: DialogModels, turn: Int = 1, said: [String] = [], lead: [String: String]? = nil) async throws
        -> (pieces: [ReplyPiece], done: ReplyDone)
    {
        let logic = DialogWorkerLogic(businesses: businesses, models: models, port: port, logger: lines.logger)
        let question = DialogTurn(heard: spoken("כן"), log: [], caller: nil, said: said, lead: lead)
        logic.handle(
            Envelope(
                .turn(question), business: BusinessID("nadlan-hayarkon"), conversation: ConversationID("call:1"), turn: TurnID(turn),
                epoch: Epoch(boot: 1, counter: UInt32(turn))), attachment: [])
        let all = await port.received { if case .replyDone = $0.message { true } else { false } }
        let pieces = all.compactMap { if case .reply(let piece) = $0.message { piece } else { nil } }
        guard case .replyDone(let done) = try #require(all.last).message else { throw Broken() }
        return (pieces, done)
    }

    private func done(_ lead: [String: String] = [:]) -> ModelEvent { .done(ModelDone(lead: lead, ending: nil, state: "s")) }

    @Test func theNextGoesOnAfterWhatWasSaidWithWhatWasLearned() async throws {
        let asked = Mutex<DialogTurn?>(nil)
        let first = failing("a", ProviderFailure(.broken, "cut"), after: [.sentence("א."), .lead(["city": "חיפה"]), .sentence("ב.")])
        let second = elsewhere("b") { request in
            asked.withLock { $0 = request.turn }
            return .known([.sentence("ג."), self.done(["city": "חיפה", "rooms": "3"])])
        }
        let (pieces, end) = try await reply(models([first, second]), said: ["0."], lead: ["need": "x"])
        #expect(pieces == [ReplyPiece(piece: 1, text: "א."), ReplyPiece(piece: 2, text: "ב."), ReplyPiece(piece: 3, text: "ג.")])
        #expect(end == ReplyDone(pieces: 4, lead: ["city": "חיפה", "rooms": "3"], ending: nil, state: "s", provider: "b"))
        let turn = try #require(asked.withLock { $0 })
        #expect(turn.said == ["0.", "א.", "ב."])
        #expect(turn.lead == ["city": "חיפה"])
        let switches = lines.named("PROVIDER_SWITCH")
        #expect(switches.count == 1)
        #expect(switches.first?["from"] == "a" && switches.first?["to"] == "b" && switches.first?["kind"] == "broken")
        #expect(switches.first?["conversation"] == "call:1" && switches.first?["turn"] == "1" && switches.first?["said"] == "2")
    }

    @Test func anEmbeddedModelDoesNotGoOnWithAnothersWords() async throws {
        let spare = ScriptedModel("c") { _ in .known([.sentence("x"), self.done()]) }
        let cut = failing("a", ProviderFailure(.broken, "cut"), after: [.sentence("א."), .sentence("ב.")])
        let (pieces, end) = try await reply(models([cut, spare]))
        #expect(pieces.map(\.text) == ["א.", "ב."])
        #expect(end.failure == "reply")
        #expect(end.pieces == 2)
        #expect(cut.count == 2, "it may try to go on with its own")
        #expect(spare.count == 0)
        // Before the first word it may.
        let (other, good) = try await reply(models([failing("a", ProviderFailure(.broken, "cut")), spare]), turn: 2)
        #expect(other.map(\.text) == ["x"])
        #expect(good.provider == "c")
    }

    @Test func whoFailsThreeTimesIsNotAskedForAWhile() async throws {
        let bad = failing("bad", ProviderFailure(.timeout, "late"))
        let good = elsewhere("good") { _ in .known([.sentence("א."), self.done()]) }
        let models = models([bad, good])
        for turn in 1...5 { #expect(try await reply(models, turn: turn).done.provider == "good") }
        #expect(bad.count == 3)
        #expect(lines.named("PROVIDER_RESTS").count == 1)
        #expect(lines.named("PROVIDER_SWITCH").count == 3)
        clock.advance(to: 6_000)
        _ = try await reply(models, turn: 6)
        #expect(bad.count == 4, "after its rest one caller tries it")
    }

    @Test func aWrongKeyIsTriedOnceOnly() async throws {
        let bad = failing("bad", ProviderFailure(.auth, "HTTP 401"))
        let good = elsewhere("good") { _ in .known([.sentence("א."), self.done()]) }
        let models = models([bad, good])
        for turn in 1...3 { _ = try await reply(models, turn: turn) }
        #expect(bad.count == 1)
    }

    /// A server that restarts answers the second request; one that refuses is not pressed.
    @Test func whenAllFailAtOnceTheyAreAskedOnceMore() async throws {
        let count = Atomic<Int>(0)
        let flaky = elsewhere("a") { _ in
            count.add(1, ordering: .relaxed).newValue == 1
                ? AsyncThrowingStream { $0.finish(throwing: ProviderFailure(.broken, "reset")) } : .known([.sentence("א."), self.done()])
        }
        #expect(try await reply(models([flaky])).done.failure == nil)
        for (number, failure) in [ProviderFailure(.refused, "no"), ProviderFailure(.rateLimited, "slow", retryAfter: .seconds(3))].enumerated() {
            let model = failing("b", failure)
            #expect(try await reply(models([model]), turn: 10 + number).done.failure == "reply")
            #expect(model.count == 1)
        }
        let dead = failing("c", ProviderFailure(.broken, "down"))
        #expect(try await reply(models([dead]), turn: 20).done.failure == "reply")
        #expect(dead.count == 2)
    }

    @Test func aBusinessHasItsOwnOrder() throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let yaml = try String(contentsOfFile: "/\(folder)/deploy/businesses/nadlan-hayarkon.yaml", encoding: .utf8)
        func business(_ order: String) throws -> BusinessProfile {
            let text = yaml.replacing("\nreceptionist:\n", with: "\nproviders:\n  dialog: [\(order)]\n\nreceptionist:\n")
            return try #require(BusinessDirectory.parse(files: [("x.yaml", text)]).first)
        }
        let three = models(["a", "b", "c"].map { name in elsewhere(name) { _ in .known([]) } })
        #expect(three.order(of: try business("c, a")) == [2, 0])
        #expect(three.order(of: try #require(businesses.first)) == [0, 1, 2])
        #expect(three.faults([try business("c, a")]).isEmpty)
        let unknown = three.faults([try business("c, d, e")])
        #expect(unknown.count == 1)
        #expect(unknown.first?.contains("nadlan-hayarkon names d, e") == true)

        // The receptionist is for whole calls: not beside others in one order, but for a business of its own.
        let mixed = models([ReceptionistModel(), elsewhere("a") { _ in .known([]) }])
        #expect(mixed.faults([try #require(businesses.first)]).count == 1)
        #expect(mixed.faults([try business("local")]).isEmpty)
        #expect(mixed.faults([try business("local, a")]).count == 1)
        #expect(mixed.faults([try business("a"), try #require(businesses.first)]).count == 1)
        #expect(models([ReceptionistModel(), FixedModel()]).faults([try #require(businesses.first)]).isEmpty)
    }

    // MARK: - Summaries

    private func summary(_ models: DialogModels, deadline: Int = 4_500, whileWriting: (DialogWorkerLogic) -> Void = { _ in }) async throws -> String {
        let logic = DialogWorkerLogic(businesses: businesses, models: models, port: port, logger: lines.logger)
        let log = [TurnEntry(turn: TurnID(1), heard: spoken("דירה בחיפה"))]
        let job = Job(id: "s", work: .summary(log: log, lead: ["city": "חיפה"], outcome: .served), deadlineMilliseconds: deadline)
        logic.handle(Envelope(.job(job), business: BusinessID("nadlan-hayarkon"), conversation: ConversationID("call:1")), attachment: [])
        whileWriting(logic)
        let all = await port.received { if case .jobDone = $0.message { true } else { false } }
        guard case .jobDone(let done) = try #require(all.last).message else { throw Broken() }
        while !logic.isIdle { await Task.yield() }
        #expect(logic.load().done == 1)
        return try #require(done.text)
    }

    @Test func theFirstModelWritesTheSummaryAndTheLogIsTheLastRung() async throws {
        let good = SummaryModel { "נושא: \($0.lead["city"] ?? "")" }
        #expect(try await summary(models([good])) == "נושא: חיפה")
        for bad in [
            SummaryModel { _ in throw ProviderFailure(.broken, "down") }, SummaryModel { _ in nil },
            SummaryModel { _ in
                try await Task.sleep(for: .seconds(60))
                return "too late"
            },
        ] {
            let text = try await summary(models([bad]), deadline: 600)
            #expect(text.contains("\"דירה בחיפה\"") && text.contains("עיר: חיפה"))
        }
        #expect(try await summary(models([good]), deadline: 100).contains("\"דירה בחיפה\""), "no time for a model")
    }

    @Test func aWorkerThatIsToldToStopWaitsForASummary() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let model = SummaryModel { _ in
            for await _ in gate { break }
            return "נושא: דירה"
        }
        let text = try await summary(models([model])) { logic in
            #expect(!logic.isIdle)
            open.yield()
        }
        #expect(text == "נושא: דירה")
    }
}

/// Milliseconds that pass when a test says so.
private final class ManualClock: Sendable {
    private let time = Atomic<Int64>(0)
    var now: @Sendable () -> Int64 { { self.time.load(ordering: .relaxed) } }
    func advance(to milliseconds: Int64) { time.store(milliseconds, ordering: .relaxed) }
}

/// A model that only writes summaries.
private struct SummaryModel: LanguageModel {
    let name = "summary"
    let waitsForOthers = true
    let write: @Sendable (SummaryRequest) async throws -> String?
    init(_ write: @escaping @Sendable (SummaryRequest) async throws -> String?) { self.write = write }
    func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> { .known([]) }
    func summary(of request: SummaryRequest) async throws -> String? { try await write(request) }
}
