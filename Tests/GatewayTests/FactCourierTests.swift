import BusContract
import CallVocabulary
import Logging
import Testing

@testable import Gateway

struct FactCourierTests {
    private let conversation = ConversationID("call:CA00000000000000000000000000000001")
    private func fact(_ id: String) -> Fact { Fact(id: id, at: 0, body: .summary("x")) }

    /// What was handed to a worker, by fact id.
    private final class Sent {
        var ids: [String] = []
        var isThere = true
        func send(_ envelope: Envelope) -> Bool {
            guard isThere, case .fact(let fact) = envelope.message else { return false }
            ids.append(fact.id)
            return true
        }
    }

    private func submit(_ id: String, _ courier: FactCourier, _ sent: Sent, at now: Int64 = 0) {
        courier.submit(fact(id), business: BusinessID("b"), conversation: conversation, at: now, send: sent.send)
    }

    @Test func repeatsUntilConfirmedAndNotLonger() {
        let (courier, sent) = (FactCourier(logger: Logger(label: "test")), Sent())
        submit("1", courier, sent)
        courier.tick(at: 1_999, send: sent.send)
        #expect(sent.ids == ["1"])
        courier.tick(at: 2_000, send: sent.send)
        #expect(sent.ids == ["1", "1"])
        courier.stored(FactStored(id: "1"))
        courier.tick(at: 99_000, send: sent.send)
        #expect(sent.ids == ["1", "1"])
        #expect(courier.pending == 0)
    }

    @Test func keepsTheOrderWhileNobodyIsThere() {
        let (courier, sent) = (FactCourier(logger: Logger(label: "test")), Sent())
        sent.isThere = false
        for id in ["1", "2", "3"] { submit(id, courier, sent) }
        courier.tick(at: 500, send: sent.send)
        #expect(courier.pending == 3)
        sent.isThere = true
        courier.resendAll(at: 600, send: sent.send)
        #expect(sent.ids == ["1", "2", "3"])
    }

    @Test func dropsTheOldestWhenFull() {
        let (courier, sent) = (FactCourier(limit: 2, logger: Logger(label: "test")), Sent())
        sent.isThere = false
        for id in ["1", "2", "3"] { submit(id, courier, sent) }
        sent.isThere = true
        courier.resendAll(at: 0, send: sent.send)
        #expect(sent.ids == ["2", "3"])
    }

    @Test func aRefusedFactIsSetAside() {
        let (courier, sent) = (FactCourier(logger: Logger(label: "test")), Sent())
        submit("1", courier, sent)
        courier.stored(FactStored(id: "1", failure: "malformed"))
        courier.resendAll(at: 0, send: sent.send)
        #expect(sent.ids == ["1"])
    }
}
