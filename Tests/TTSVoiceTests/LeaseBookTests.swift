import BusContract
import CallVocabulary
import Testing
import TwilioREST

@testable import TTSWorker

/// The book by reference: an expectation cannot call what changes a value.
private final class Book {
    private var book = LeaseBook()
    var count: Int { book.count }
    func begin(_ update: UpdateCall, for asker: LeaseBook.Asker, at now: ContinuousClock.Instant) -> [LeaseBook.Action] {
        book.begin(update, for: asker, at: now)
    }
    func permit(_ name: String, at now: ContinuousClock.Instant) -> Bool { book.permit(name, at: now) }
    func finished(_ name: String, _ result: CallUpdateResult) -> [LeaseBook.Action] { book.finished(name, result) }
    func end(_ name: String, for asker: LeaseBook.Asker) -> [LeaseBook.Action] { book.end(name, for: asker) }
    func sign(at now: ContinuousClock.Instant) { book.sign(at: now) }
    func forget() -> [LeaseBook.Action] { book.forget() }
}

/// The rules, as values.
@Suite struct LeaseBookTests {
    private let start = ContinuousClock.now
    private let asker = LeaseBook.Asker(
        business: BusinessID("b"), conversation: ConversationID("call:CA1"), turn: TurnID(3), epoch: Epoch(boot: 1, counter: 7))
    private var other: LeaseBook.Asker {
        var asker = asker
        asker.conversation = ConversationID("call:CA2")
        return asker
    }

    private func update(_ lease: String, milliseconds: Int = 4_000) -> UpdateCall {
        UpdateCall(lease: lease, twiml: "<Response/>", milliseconds: milliseconds)
    }

    private func runs(_ actions: [LeaseBook.Action]) -> [String] {
        actions.compactMap { if case .run(let lease) = $0 { lease.update.lease } else { nil } }
    }

    private func answer(_ lease: String, _ result: CallUpdated.Result, _ detail: String? = nil) -> LeaseBook.Action {
        .answer(CallUpdated(lease: lease, result: result, detail: detail), asker)
    }

    @Test func aLeaseIsAnsweredOnce() {
        let book = Book()
        #expect(runs(book.begin(update("a"), for: asker, at: start)) == ["a"])
        #expect(book.count == 1)
        #expect(book.begin(update("a"), for: asker, at: start) == [])
        #expect(book.permit("a", at: start))
        #expect(book.finished("a", .done) == [answer("a", .done)])
        #expect(book.finished("a", .done) == [] && book.count == 0)
        // Asked again it is answered again, to whoever asks now, and not sent.
        var later = asker
        later.epoch = Epoch(boot: 1, counter: 8)
        #expect(book.begin(update("a"), for: later, at: start) == [.answer(CallUpdated(lease: "a", result: .done), later)])
        #expect(book.end("a", for: asker) == [answer("a", .done)])
        #expect(!book.permit("a", at: start))
    }

    @Test(arguments: [
        (CallUpdateResult.done, CallUpdated.Result.done, String?.none), (.over("21220"), .over, "21220"), (.refused("20003"), .refused, "20003"),
        (.failed("20429"), .failed, "20429"), (.uncertain("timeout"), .uncertain, "timeout"),
    ])
    func resultsKeepTheirMeaning(_ result: CallUpdateResult, _ expected: CallUpdated.Result, _ detail: String?) {
        for isEnded in [false, true] {
            let book = Book()
            _ = book.begin(update("a"), for: asker, at: start)
            #expect(book.permit("a", at: start))
            if isEnded { #expect(book.end("a", for: asker) == [.stop(lease: "a")]) }
            #expect(book.finished("a", result) == [answer("a", expected, detail)], "what was sent stays what came of it")
        }
    }

    @Test func noRequestBeginsAfterTheEnd() {
        let book = Book()
        _ = book.begin(update("a", milliseconds: 1_000), for: asker, at: start)
        #expect(book.permit("a", at: start + .milliseconds(999)))
        #expect(!book.permit("a", at: start + .milliseconds(1_000)))
        #expect(!book.permit("a", at: start + .seconds(3_600)))
        #expect(book.finished("a", .failed("late")) == [answer("a", .failed, "late")])
        // Expired before the first request: nobody gave it back, so it has failed.
        _ = book.begin(update("b", milliseconds: 0), for: asker, at: start)
        #expect(!book.permit("b", at: start))
        #expect(book.finished("b", .failed("late")) == [answer("b", .failed, "late")])
    }

    /// A stopped worker that goes on finds requests in its queue that the gateway has long given up.
    @Test(arguments: [false, true]) func whatWaitedThroughAStandstillIsOld(_ heartbeatFirst: Bool) {
        let book = Book()
        for beat in 0...10 { book.sign(at: start + .milliseconds(200 * beat)) }
        let thawed = start + .seconds(8)
        if heartbeatFirst { book.sign(at: thawed) }
        #expect(runs(book.begin(update("a"), for: asker, at: thawed + .milliseconds(1))) == ["a"])
        #expect(!book.permit("a", at: thawed + .milliseconds(2)))
        #expect(book.finished("a", .failed("late")) == [answer("a", .failed, "late")])
        // A longer lease has what is left of it.
        _ = book.begin(update("b", milliseconds: 10_000), for: asker, at: thawed + .milliseconds(3))
        #expect(book.permit("b", at: start + .milliseconds(11_999)))
        #expect(!book.permit("b", at: start + .seconds(12)))
        _ = book.finished("b", .done)
        // When the queue is empty, requests are fresh again.
        for beat in 0...10 { book.sign(at: thawed + .milliseconds(200 * beat)) }
        _ = book.begin(update("c"), for: asker, at: thawed + .seconds(2))
        #expect(book.permit("c", at: thawed + .milliseconds(5_999)))
    }

    @Test func aSlowHeartbeatIsNoStandstill() {
        let book = Book()
        book.sign(at: start)
        _ = book.begin(update("a"), for: asker, at: start + LeaseBook.standstill)
        #expect(book.permit("a", at: start + LeaseBook.standstill + .milliseconds(3_999)))
    }

    @Test func aLeaseThatIsGivenBack() {
        let book = Book()
        _ = book.begin(update("a"), for: asker, at: start)
        #expect(book.end("a", for: asker) == [.stop(lease: "a")])
        #expect(book.end("a", for: asker) == [], "once is enough")
        #expect(!book.permit("a", at: start))
        #expect(book.finished("a", .failed("no request")) == [answer("a", .unused)])
        // After a request that Twilio did not process it is no longer unused.
        _ = book.begin(update("b"), for: asker, at: start)
        #expect(book.permit("b", at: start))
        #expect(book.end("b", for: asker) == [.stop(lease: "b")])
        #expect(!book.permit("b", at: start))
        #expect(book.finished("b", .failed("20429")) == [answer("b", .failed, "20429")])
        // One that was never seen: whatever comes under that name is late.
        #expect(book.end("c", for: asker) == [answer("c", .unused)])
        #expect(book.begin(update("c"), for: asker, at: start) == [answer("c", .unused)])
        #expect(book.count == 0)
    }

    @Test func oneOfACallAtATime() {
        let book = Book()
        #expect(runs(book.begin(update("a"), for: asker, at: start)) == ["a"])
        #expect(runs(book.begin(update("x"), for: other, at: start)) == ["x"], "another call is another matter")
        #expect(book.permit("a", at: start))
        #expect(book.begin(update("b"), for: asker, at: start) == [.stop(lease: "a")])
        #expect(!book.permit("b", at: start), "its turn has not come")
        // A third takes the place of the second, which was never sent.
        #expect(book.begin(update("c"), for: asker, at: start) == [answer("b", .unused)])
        let actions = book.finished("a", .uncertain("timeout"))
        #expect(actions.first == answer("a", .uncertain, "timeout") && runs(actions) == ["c"])
        #expect(book.permit("c", at: start))
        #expect(book.finished("c", .done) == [answer("c", .done)])
        #expect(book.count == 1)
    }

    @Test func aWaitingLeaseMayBeGivenBack() {
        let book = Book()
        _ = book.begin(update("a"), for: asker, at: start)
        _ = book.begin(update("b"), for: asker, at: start)
        #expect(book.end("b", for: asker) == [answer("b", .unused)])
        #expect(book.finished("a", .failed("no request")) == [answer("a", .unused)])
        #expect(book.count == 0)
    }

    @Test func aForgottenGatewayIsToldNothing() {
        let book = Book()
        _ = book.begin(update("a"), for: asker, at: start)
        #expect(book.permit("a", at: start))
        _ = book.begin(update("b"), for: asker, at: start)
        #expect(book.forget() == [.drop(lease: "b")], "a has been told to stop before")
        #expect(book.finished("a", .done) == [.drop(lease: "a")])
        #expect(book.count == 0)
        _ = book.begin(update("c"), for: asker, at: start)
        #expect(book.forget() == [.stop(lease: "c")])
        #expect(!book.permit("c", at: start))
    }

    @Test func theMemoryIsBounded() {
        let book = Book()
        for number in 0...LeaseBook.memory {
            _ = book.begin(update("\(number)"), for: asker, at: start)
            _ = book.finished("\(number)", .done)
        }
        #expect(book.begin(update("\(LeaseBook.memory)"), for: asker, at: start) == [answer("\(LeaseBook.memory)", .done)])
        #expect(book.begin(update("1"), for: asker, at: start) == [answer("1", .done)])
        #expect(runs(book.begin(update("0"), for: asker, at: start)) == ["0"], "the oldest is forgotten")
    }
}
