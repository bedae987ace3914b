import CallVocabulary
import Testing

@testable import Gateway

struct CallBookTests {
    private var book = CallBook()
    private let business = BusinessID("b")
    private let call: CallID

    init() throws { call = try #require(CallID("CA00000000000000000000000000000001")) }

    private mutating func arrive(at now: Int64 = 0) -> CallBook.Entry {
        guard
            let entry = book.arrive(
                call, business: business, caller: "+972501234567", called: "+97235550100", slots: 10, atMilliseconds: now * 1000)
        else { preconditionFailure("there are slots") }
        return entry
    }

    @Test mutating func aRepeatedWebhookGetsTheSameToken() {
        let first = arrive()
        let second = arrive(at: 3)
        #expect((first.generation, first.tokenExpires) == (second.generation, second.tokenExpires))
        #expect(book.count(at: 3) == 1)
    }

    @Test mutating func aTokenIsGoodOnce() {
        _ = arrive()
        guard case .accepted = book.claim(call, generation: 1, at: 1) else {
            Issue.record("the first claim must be accepted")
            return
        }
        #expect(book.claim(call, generation: 1, at: 2) == .refused("the token was used before"))
        #expect(book.claim(call, generation: 2, at: 2) == .refused("a token of another generation"))
    }

    @Test mutating func aStreamThatBreaksComesAgainUnderANewGenerationAndNotForEver() {
        _ = arrive()
        var generation = 1
        while true {
            _ = book.claim(call, generation: generation, at: 1)
            guard case .streamAgain(let entry) = book.streamEnded(call, at: 2) else { break }
            // A repeated action request before the stream has come gets the same generation.
            #expect(book.streamEnded(call, at: 2) == .streamAgain(entry))
            #expect(entry.generation == generation + 1)
            generation = entry.generation
        }
        #expect(generation == CallBook.breaks + 1)
        #expect(book.streamEnded(call, at: 3) == .fallback)
    }

    @Test(arguments: [(CallOutcome.served, CallBook.Continuation.hangUp), (.fallback, .fallback), (.callerHungUp, .hangUp), (.failed, .fallback)])
    mutating func theOutcomeDecidesWhatFollowsTheStream(_ outcome: CallOutcome, _ expected: CallBook.Continuation) {
        _ = arrive()
        _ = book.claim(call, generation: 1, at: 1)
        book.finish(call, outcome, at: 2)
        #expect(book.streamEnded(call, at: 3) == expected)
        #expect(book.claim(call, generation: 1, at: 3) == .refused("the call has ended"))
        #expect(book.count(at: 3) == 0)
    }

    @Test func anUnknownCallIsHungUp() {
        var book = CallBook()
        #expect(book.streamEnded(call, at: 0) == .hangUp)
        #expect(book.claim(call, generation: 1, at: 0) == .refused("no such call"))
    }

    @Test mutating func endedCallsAreForgottenAndLiveOnesKept() {
        _ = arrive()
        _ = book.claim(call, generation: 1, at: 1)
        book.purge(at: CallBook.memory + 1)
        #expect(book.entry(call) != nil)
        book.finish(call, .served, at: 10)
        book.purge(at: 10 + CallBook.memory)
        #expect(book.entry(call) == nil)
    }

    @Test mutating func aCallWhoseStreamNeverComesCountsNoLonger() {
        _ = arrive()
        #expect(book.count(at: CallBook.tokenLife - 1) == 1)
        #expect(book.count(at: CallBook.tokenLife) == 0, "its slot was a lease")
        book.purge(at: CallBook.tokenLife + 61)
        #expect(book.entry(call)?.outcome == .callerHungUp)
    }

    @Test mutating func slotsAreTakenAtOnceAndReturnByThemselves() throws {
        let calls = try (0..<4).map { try #require(CallID("CA0000000000000000000000000000000\($0)")) }
        func take(_ call: CallID, at now: Int64, _ book: inout CallBook) -> Bool {
            book.arrive(call, business: business, caller: nil, called: "+97235550100", slots: 2, atMilliseconds: now * 1000) != nil
        }
        #expect(take(calls[0], at: 0, &book))
        #expect(take(calls[1], at: 0, &book))
        #expect(!take(calls[2], at: 1, &book))
        #expect(take(calls[1], at: 1, &book), "a repeated webhook has its slot already")
        book.finish(calls[0], .served, at: 2)
        #expect(take(calls[2], at: 2, &book))
        // No callback ever comes for the others; one of them is being served, and that renews its lease.
        book.renew(calls[1], at: 110)
        #expect(!take(calls[3], at: 121, &book))
        #expect(take(calls[3], at: 2 + CallBook.tokenLife, &book))
        #expect(book.count(at: 2 + CallBook.tokenLife) == 2)
    }

    @Test mutating func aCallOfAnEarlierLifeGoesOnUnderItsNextGeneration() throws {
        let entry = CallBook.Entry(
            call: call, business: business, caller: nil, called: "+97235550100", generation: 7, tokenExpires: 100, opened: 7, outcome: nil,
            touched: 50, arrivedMilliseconds: 1_000, lease: 80)
        book.restore(entry)
        guard case .streamAgain(let next) = book.streamEnded(call, at: 60) else { return #expect(Bool(false)) }
        #expect(next.generation == 8, "deaths of the gateway are not the line's fault: they do not count")
        #expect(next.arrivedMilliseconds == 1_000)
        book.restore(entry)
        #expect(book.entry(call)?.generation == 8, "what is known is newer than the journal")
    }
}
