import CallEngine
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
            guard case .streamAgain(let entry) = book.streamEnded(call, atMilliseconds: 2_000) else { break }
            #expect(entry.generation == generation + 1)
            generation = entry.generation
        }
        #expect(generation == CallBook.breaks + 1)
        guard case .exit(.record, _) = book.streamEnded(call, atMilliseconds: 3_000) else { return #expect(Bool(false)) }
    }

    @Test mutating func breaksLongAgoDoNotCount() {
        _ = arrive()
        for generation in 1...10 {
            _ = book.claim(call, generation: generation, at: 1)
            guard case .streamAgain = book.streamEnded(call, atMilliseconds: Int64(generation) * 130_000) else { return #expect(Bool(false)) }
        }
    }

    @Test mutating func threeActionsWithoutAStartLeadToTheRecording() throws {
        let first = arrive()
        for _ in 1..<CallBook.unopenedLimit {
            guard case .streamAgain(let entry) = book.streamEnded(call, atMilliseconds: 1_000) else { return #expect(Bool(false)) }
            #expect(entry.generation == first.generation, "the same stream is awaited")
        }
        guard case .exit(.record, _) = book.streamEnded(call, atMilliseconds: 1_000) else { return #expect(Bool(false)) }
    }

    @Test mutating func aStreamThatComesStartsTheCountAnew() throws {
        _ = arrive()
        for generation in 1...3 {
            for _ in 1..<CallBook.unopenedLimit {
                if generation == 1 || book.entry(call)?.unopened ?? 0 < CallBook.unopenedLimit - 1 {
                    _ = book.streamEnded(call, atMilliseconds: 1_000)
                }
            }
            #expect(book.claim(call, generation: generation, at: 2) != .refused("a token of another generation"))
            guard case .streamAgain = book.streamEnded(call, atMilliseconds: 3_000) else { return #expect(Bool(false)) }
        }
    }

    @Test(arguments: [
        (CallOutcome.served, nil), (.fallback, LineExit.record), (.callerHungUp, nil), (.failed, .record), (.maximumDuration, .timeUp), (.busy, nil),
        (.transferred, nil),
    ])
    mutating func theOutcomeDecidesWhatFollowsTheStream(_ outcome: CallOutcome, _ expected: LineExit?) throws {
        _ = arrive()
        _ = book.claim(call, generation: 1, at: 1)
        book.finish(call, outcome, at: 2)
        let next = book.streamEnded(call, atMilliseconds: 3_000)
        if let expected, let entry = book.entry(call) { #expect(next == .exit(expected, entry)) } else { #expect(next == .hangUp) }
        #expect(book.claim(call, generation: 1, at: 3) == .refused("the call has ended"))
        #expect(book.count(at: 3) == 0)
    }

    @Test(arguments: [LineExit.record, .transfer, .timeUp, .complete])
    mutating func whoeverLeavesIsToldWhere(_ exit: LineExit) {
        _ = arrive()
        _ = book.claim(call, generation: 1, at: 1)
        book.leave(call, by: exit)
        switch book.streamEnded(call, atMilliseconds: 2_000) {
        case .exit(let told, _): #expect(told == exit)
        case .hangUp: #expect(exit == .complete)
        default: Issue.record("nothing else follows an exit")
        }
        #expect(book.announce(call, play: "r-1", milliseconds: 1_000, at: 2_000) == nil, "a late reply overrides nothing")
        let generation = book.entry(call)?.generation
        _ = arrive(at: 3)
        #expect(book.entry(call)?.generation == generation, "it takes no stream")
    }

    @Test func anUnknownCallIsSaidToBeUnknown() {
        var book = CallBook()
        #expect(book.streamEnded(call, atMilliseconds: 0) == .unknown)
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
        #expect(book.abandoned(at: CallBook.tokenLife + 60).isEmpty)
        #expect(book.abandoned(at: CallBook.tokenLife + 61).map(\.call) == [call])
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
        book.renew(calls[1], at: 50)
        #expect(!take(calls[3], at: 61, &book))
        #expect(take(calls[3], at: 2 + CallBook.tokenLife, &book))
        #expect(book.count(at: 2 + CallBook.tokenLife) == 2)
    }

    @Test mutating func theWatchBeginsAfterWhatIsPlayed() throws {
        let cameEntry = book.arrive(
            call, business: business, caller: nil, called: "+97235550100", slots: 1, playMilliseconds: 20_000, atMilliseconds: 1_000)
        let entry = try #require(cameEntry)
        #expect(entry.tokenExpires == 21 + CallBook.tokenLife)
        #expect(book.overdue(atMilliseconds: 27_000).isEmpty)
        #expect(book.overdue(atMilliseconds: 27_001).map(\.call) == [call])
        _ = book.claim(call, generation: 1, at: 27)
        #expect(book.overdue(atMilliseconds: 60_000).isEmpty)
    }

    @Test mutating func theWatchTriesAFewTimesAndGivesWayToAStream() {
        _ = arrive()
        var now: Int64 = 6_001
        for attempt in 1...CallBook.redirects {
            #expect(book.overdue(atMilliseconds: now).count == 1)
            #expect(book.redirect(call, atMilliseconds: now) == attempt)
            #expect(book.overdue(atMilliseconds: now + 9_000).isEmpty)
            now += 10_001
        }
        #expect(book.overdue(atMilliseconds: now).isEmpty)
        guard case .accepted(let entry) = book.claim(call, generation: 1, at: 40) else { return #expect(Bool(false)) }
        #expect(entry.exit == nil, "nobody can have landed: the stream is there")
    }

    @Test mutating func whoHasLandedStaysThoughAStreamComes() {
        _ = arrive()
        _ = book.redirect(call, atMilliseconds: 7_000)
        #expect(book.land(call, at: 8) != nil)
        _ = book.claim(call, generation: 1, at: 9)
        #expect(book.entry(call)?.exit == .record)
    }

    @Test(arguments: [Int.min, -1, Int.max]) mutating func noPlayingTimeStopsTheGateway(_ milliseconds: Int) throws {
        let cameEntry = book.arrive(
            call, business: business, caller: nil, called: "+97235550100", slots: 1, playMilliseconds: milliseconds, atMilliseconds: 1_000)
        let entry = try #require(cameEntry)
        #expect((60...700).contains(entry.tokenExpires))
        _ = book.announce(call, play: "r", milliseconds: milliseconds, at: 1_000)
        _ = book.streamEnded(call, atMilliseconds: 1_000)
        _ = book.comeBack(call, playMilliseconds: milliseconds, atMilliseconds: 1_000)
    }

    @Test(arguments: [Int64.min, -1, 0, 1_800_000_000_000, Int64.max])
    mutating func aDamagedJournalDoesNotStopTheGateway(_ number: Int64) throws {
        let now: Int64 = 1_800_000_000
        book.restore(
            CallBook.Entry(
                call: call, business: business, caller: nil, called: "x", generation: Int(clamping: number), tokenExpires: number,
                opened: Int(clamping: number), outcome: nil, touched: now, arrivedMilliseconds: number, isRestored: true, lease: now))
        let entry = try #require(book.entry(call))
        #expect(((now - CallBook.longest) * 1000...now * 1000).contains(entry.arrivedMilliseconds))
        #expect(entry.opened <= entry.generation && UInt32(exactly: entry.generation) != nil)
        _ = book.overdue(atMilliseconds: now * 1000)
        _ = book.streamEnded(call, atMilliseconds: now * 1000)
        _ = book.count(at: now)
    }

    @Test mutating func aCallThatComesOftenToTheRecordingIsThanked() {
        _ = arrive()
        for _ in 0..<CallBook.landings { #expect(book.land(call, at: 1) != nil) }
        #expect(book.land(call, at: 1) == nil)
    }

    @Test mutating func aTransferThatNobodyAnswersComesBackOnce() throws {
        _ = arrive()
        _ = book.claim(call, generation: 1, at: 1)
        book.leave(call, by: .transfer)
        let cameBack = book.comeBack(call, playMilliseconds: 2_000, atMilliseconds: 5_000)
        let back = try #require(cameBack)
        #expect((back.generation, back.exit) == (2, nil))
        let cameAgain = book.comeBack(call, playMilliseconds: 2_000, atMilliseconds: 5_000)
        let again = try #require(cameAgain)
        #expect((again.generation, again.tokenExpires) == (2, back.tokenExpires), "a repeated webhook gets the same token")
        book.leave(call, by: .record)
        #expect(book.comeBack(call, playMilliseconds: 0, atMilliseconds: 6_000) == nil, "it has gone elsewhere")
    }

    @Test mutating func whatEndsIsNotLookedAtAnyMore() throws {
        _ = arrive()
        #expect(book.overdue(atMilliseconds: 60_000).count == 1)
        book.finish(call, .callerHungUp, at: 1)
        #expect(book.overdue(atMilliseconds: 60_000).isEmpty)
        #expect(book.abandoned(at: 1_000).isEmpty)
        let refused = try #require(CallID("CA00000000000000000000000000000002"))
        #expect(book.refuse(refused, business: business, caller: nil, called: "x", atMilliseconds: 0)?.outcome == .busy)
        #expect(book.refuse(refused, business: business, caller: nil, called: "x", atMilliseconds: 0) == nil)
        #expect(book.count(at: 0) == 0)
    }

    @Test mutating func aCallOfAnEarlierLifeGoesOnUnderItsNextGeneration() throws {
        let entry = CallBook.Entry(
            call: call, business: business, caller: nil, called: "+97235550100", generation: 7, tokenExpires: 100, opened: 7, outcome: nil,
            touched: 50, arrivedMilliseconds: 1_000, isRestored: true, lease: 80)
        book.restore(entry)
        guard case .streamAgain(let next) = book.streamEnded(call, atMilliseconds: 60_000) else { return #expect(Bool(false)) }
        #expect(next.generation == 8, "deaths of the gateway are not the line's fault: they do not count")
        #expect(next.arrivedMilliseconds == 1_000)
        book.restore(entry)
        #expect(book.entry(call)?.generation == 8, "what is known is newer than the journal")
    }
}
