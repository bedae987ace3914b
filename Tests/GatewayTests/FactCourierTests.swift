import BusContract
import CallVocabulary
import GatewayJournal
import Logging
import Synchronization
import Testing

@testable import Gateway

struct FactCourierTests {
    private let conversation = ConversationID("call:CA00000000000000000000000000000001")
    private let logger = Logger(label: "test")
    private func fact(_ id: String) -> Fact { Fact(id: id, at: 0, body: .summary("x")) }

    /// What was handed to a worker, by fact id.
    private final class Sent {
        var ids: [String] = []
        var isThere = true
        var onSend: (String) -> Void = { _ in }
        func send(_ envelope: Envelope) -> Bool {
            guard isThere, case .fact(let fact) = envelope.message else { return false }
            ids.append(fact.id)
            onSend(fact.id)
            return true
        }
    }

    /// A journal whose pages come when the test says so.
    private final class Ledger: FactLedger {
        private struct State {
            var facts: [JournaledFact] = []
            var sequence: Int64 = 0
            var setAside: [String: String] = [:]
            var records: [JournalRecord] = []
            var isFull = false
            var fails = false
            var asked: [(after: Int64, limit: Int, answer: @Sendable ([JournaledFact]) -> Void)] = []
        }
        private let state = Mutex(State())

        func append(_ records: [JournalRecord]) -> Bool {
            state.withLock { state in
                guard !state.isFull else { return false }
                state.records += records
                for case .fact(let fact, let business, let conversation) in records {
                    state.sequence += 1
                    state.facts.append(JournaledFact(sequence: state.sequence, fact: fact, business: business, conversation: conversation))
                }
                return true
            }
        }
        func acknowledge(_ id: String) { state.withLock { $0.facts.removeAll { $0.fact.id == id } } }
        func setAside(_ id: String, reason: String) {
            state.withLock { state in
                state.facts.removeAll { $0.fact.id == id }
                state.setAside[id] = reason
            }
        }
        func page(after: Int64, limit: Int, answer: @escaping @Sendable ([JournaledFact]) -> Void) {
            state.withLock { $0.asked.append((after, limit, answer)) }
        }
        var pendingFacts: Int { state.withLock { $0.facts.count } }
        var setAside: [String: String] { state.withLock { $0.setAside } }
        var records: [JournalRecord] { state.withLock { $0.records } }
        func set(full: Bool = false, fails: Bool = false) { state.withLock { ($0.isFull, $0.fails) = (full, fails) } }

        /// Reads what is asked for now.
        func read() -> (@Sendable () -> Void)? {
            state.withLock { state in
                guard !state.asked.isEmpty else { return nil }
                let request = state.asked.removeFirst()
                let page = state.fails ? [] : Array(state.facts.filter { $0.sequence > request.after }.prefix(request.limit))
                return { request.answer(page) }
            }
        }
        /// Answers until nothing more is asked.
        func answerAll() { while let answer = read() { answer() } }
    }

    private func submit(_ id: String, _ courier: FactCourier, _ sent: Sent, at now: Int64 = 0) {
        courier.submit(fact(id), business: BusinessID("b"), conversation: conversation, at: now, send: sent.send)
    }

    private func confirm(_ id: String, _ courier: FactCourier, _ sent: Sent, failure: String? = nil) {
        courier.stored(FactStored(id: id, failure: failure), at: 0, send: sent.send)
    }

    /// A courier whose ledger was empty at the start.
    private func fresh(window: Int = 1_000) -> (FactCourier, Ledger, Sent) {
        let (ledger, sent) = (Ledger(), Sent())
        let courier = FactCourier(ledger: ledger, window: window, logger: logger)
        courier.tick(at: 0, send: sent.send)
        ledger.answerAll()
        return (courier, ledger, sent)
    }

    @Test func repeatsUntilConfirmedAndNotLonger() {
        let (courier, ledger, sent) = fresh()
        submit("1", courier, sent)
        courier.tick(at: 1_999, send: sent.send)
        #expect(sent.ids == ["1"])
        courier.tick(at: 2_000, send: sent.send)
        #expect(sent.ids == ["1", "1"])
        #expect(ledger.pendingFacts == 1)
        confirm("1", courier, sent)
        courier.tick(at: 99_000, send: sent.send)
        #expect(sent.ids == ["1", "1"])
        #expect(courier.pending == 0)
        #expect(ledger.pendingFacts == 0)
    }

    @Test func isSentAtOnceAndWrittenTogetherWithItsRecords() throws {
        let (courier, ledger, sent) = fresh()
        let call = try #require(CallID("CA00000000000000000000000000000001"))
        let turn = JournalRecord.turn(call, TurnEntry(turn: TurnID(1), heard: .silence))
        courier.submit(fact("1"), business: BusinessID("b"), conversation: conversation, along: [turn], at: 0, send: sent.send)
        #expect(sent.ids == ["1"])
        #expect(ledger.records == [turn, .fact(fact("1"), business: BusinessID("b"), conversation: conversation)])
    }

    @Test func keepsTheOrderWhileNobodyIsThere() {
        let (courier, _, sent) = fresh()
        sent.isThere = false
        for id in ["1", "2", "3"] { submit(id, courier, sent) }
        courier.tick(at: 500, send: sent.send)
        #expect(courier.pending == 3)
        sent.isThere = true
        // A new fact does not overtake those that could not be sent.
        submit("4", courier, sent, at: 550)
        #expect(sent.ids.isEmpty)
        courier.resendAll(at: 600, send: sent.send)
        #expect(sent.ids == ["1", "2", "3", "4"])
        submit("5", courier, sent, at: 700)
        #expect(sent.ids.last == "5")
    }

    @Test func aNewWorkerGetsEverythingAgain() {
        let (courier, _, sent) = fresh()
        for id in ["1", "2", "3"] { submit(id, courier, sent) }
        confirm("2", courier, sent)
        courier.resendAll(at: 10, send: sent.send)
        #expect(sent.ids == ["1", "2", "3", "1", "3"])
    }

    @Test func aFactMadeWhileOthersAreBeingSentComesBehindThem() {
        let (courier, _, sent) = fresh()
        sent.isThere = false
        for id in ["1", "2"] { submit(id, courier, sent) }
        sent.isThere = true
        // As another thread would, in the middle of the sending.
        sent.onSend = { id in
            if id == "1" { submit("3", courier, sent, at: 10) }
        }
        courier.tick(at: 10, send: sent.send)
        #expect(sent.ids == ["1", "2", "3"])
    }

    @Test func aRefusedFactIsSetAside() {
        let (courier, ledger, sent) = fresh()
        submit("1", courier, sent)
        confirm("1", courier, sent, failure: "malformed")
        courier.resendAll(at: 0, send: sent.send)
        #expect(sent.ids == ["1"])
        #expect(ledger.setAside == ["1": "malformed"])
        #expect(courier.pending == 0)
    }

    @Test func memoryHoldsAWindowAndTheRestComesFromTheLedgerInOrder() {
        let (courier, ledger, sent) = fresh(window: 10)
        sent.isThere = false
        let ids = (0..<100).map(String.init)
        for id in ids { submit(id, courier, sent) }
        #expect(courier.held == 10)
        #expect(courier.pending == 100)
        sent.isThere = true
        courier.resendAll(at: 1, send: sent.send)
        #expect(sent.ids == Array(ids.prefix(10)))
        var confirmed = 0
        var most = 0
        while confirmed < sent.ids.count {
            confirm(sent.ids[confirmed], courier, sent)
            confirmed += 1
            ledger.answerAll()
            most = max(most, courier.held)
            // The last page's facts are sent by the next confirmation or, when there is none, the tick.
            if confirmed == sent.ids.count { courier.tick(at: 2, send: sent.send) }
        }
        #expect(sent.ids == ids)
        #expect(most == 10)
        #expect(courier.pending == 0)
        // And then again at once.
        submit("new", courier, sent)
        #expect(sent.ids.last == "new")
    }

    @Test func afterARestartWhatWasLeftIsDeliveredBeforeTheNew() {
        let (ledger, sent) = (Ledger(), Sent())
        for id in ["1", "2"] { _ = ledger.append([.fact(fact(id), business: BusinessID("b"), conversation: conversation)]) }
        let courier = FactCourier(ledger: ledger, logger: logger)
        #expect(courier.pending == 2)
        submit("3", courier, sent)
        #expect(sent.ids.isEmpty)
        ledger.answerAll()
        courier.tick(at: 1, send: sent.send)
        #expect(sent.ids == ["1", "2", "3"])
    }

    @Test func aFactMadeWhileAPageIsReadIsNotForgotten() throws {
        let (ledger, sent) = (Ledger(), Sent())
        _ = ledger.append([.fact(fact("1"), business: BusinessID("b"), conversation: conversation)])
        let courier = FactCourier(ledger: ledger, logger: logger)
        courier.tick(at: 0, send: sent.send)
        let answer = try #require(ledger.read())
        submit("2", courier, sent)
        answer()
        ledger.answerAll()
        courier.tick(at: 1, send: sent.send)
        #expect(sent.ids == ["1", "2"])
    }

    @Test func whatWasConfirmedWhileAPageIsReadIsNotSentAgain() throws {
        let (courier, ledger, sent) = fresh(window: 2)
        for id in ["1", "2", "3"] { submit(id, courier, sent) }
        confirm("1", courier, sent)
        let answer = try #require(ledger.read())
        confirm("2", courier, sent)
        answer()
        ledger.answerAll()
        courier.tick(at: 1, send: sent.send)
        #expect(sent.ids == ["1", "2", "3"])
    }

    @Test func aPageThatFailedIsAskedForAgain() {
        let (ledger, sent) = (Ledger(), Sent())
        _ = ledger.append([.fact(fact("1"), business: BusinessID("b"), conversation: conversation)])
        let courier = FactCourier(ledger: ledger, logger: logger)
        ledger.set(fails: true)
        courier.tick(at: 0, send: sent.send)
        ledger.answerAll()
        ledger.set()
        courier.tick(at: 4_999, send: sent.send)
        ledger.answerAll()
        courier.tick(at: 5_000, send: sent.send)
        ledger.answerAll()
        courier.tick(at: 5_001, send: sent.send)
        #expect(sent.ids == ["1"])
    }

    @Test func withoutRoomAnywhereTheNewestIsDroppedAndTheRestGoesOn() {
        let (courier, ledger, sent) = fresh(window: 2)
        sent.isThere = false
        ledger.set(full: true)
        for id in ["1", "2", "3"] { submit(id, courier, sent) }
        sent.isThere = true
        courier.resendAll(at: 0, send: sent.send)
        // The window needs no ledger.
        #expect(sent.ids == ["1", "2"])
        #expect(courier.pending == 2)
    }

    @Test func withoutALedgerTheWindowIsAllThereIs() {
        let (courier, sent) = (FactCourier(window: 2, logger: logger), Sent())
        for id in ["1", "2", "3"] { submit(id, courier, sent) }
        #expect(sent.ids == ["1", "2"])
        confirm("1", courier, sent)
        submit("4", courier, sent)
        #expect(sent.ids == ["1", "2", "4"])
        #expect(courier.pending == 2)
    }
}
