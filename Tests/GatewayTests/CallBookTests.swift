import CallVocabulary
import Testing

@testable import Gateway

struct CallBookTests {
    private var book = CallBook()
    private let business = BusinessID("b")
    private let call: CallID

    init() throws { call = try #require(CallID("CA00000000000000000000000000000001")) }

    private mutating func arrive(at now: Int64 = 0) -> CallBook.Entry {
        book.arrive(call, business: business, caller: "+972501234567", called: "+97235550100", at: now)
    }

    @Test mutating func aRepeatedWebhookGetsTheSameToken() {
        let first = arrive()
        let second = arrive(at: 3)
        #expect((first.generation, first.tokenExpires) == (second.generation, second.tokenExpires))
        #expect(book.count == 1)
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
        #expect(generation == CallBook.streams)
        #expect(book.streamEnded(call, at: 3) == .fallback)
    }

    @Test(arguments: [(CallOutcome.served, CallBook.Continuation.hangUp), (.fallback, .fallback), (.callerHungUp, .hangUp), (.failed, .fallback)])
    mutating func theOutcomeDecidesWhatFollowsTheStream(_ outcome: CallOutcome, _ expected: CallBook.Continuation) {
        _ = arrive()
        _ = book.claim(call, generation: 1, at: 1)
        book.finish(call, outcome, at: 2)
        #expect(book.streamEnded(call, at: 3) == expected)
        #expect(book.claim(call, generation: 1, at: 3) == .refused("the call has ended"))
        #expect(book.count == 0)
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
        book.purge(at: CallBook.tokenLife)
        #expect(book.count == 1)
        book.purge(at: CallBook.tokenLife + 61)
        #expect(book.count == 0)
    }
}
