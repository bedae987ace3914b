import BusContract
import CallVocabulary
import Testing

@testable import Gateway

/// Plays the runner: does what the plan says at once, and writes it down.
private struct Play {
    var plan: RecordingPlan
    var now: Int64 = 0
    var seen: [RecordingPlan.Action] = []
    var known: KnownCall?
    /// What the disk holds.
    var saved: RecordingEntry?

    init(_ plan: RecordingPlan) { self.plan = plan }

    /// Everything that is due now. Returns at work that somebody else does.
    mutating func run(hasRoom: Bool = true) {
        while let action = plan.next(at: now, hasRoom: hasRoom) { take(action) }
    }

    mutating func take(_ action: RecordingPlan.Action) {
        seen.append(action)
        switch action {
        case .save:
            saved = plan.entry
            plan.saved(true, at: now)
        case .identify: if let next = plan.identified(known, at: now) { take(next) }
        // Nothing is done for anybody else before it is on disk.
        case .fetch, .transcribe, .report, .announce: #expect(plan.isDurable)
        case .alarm, .finish: break
        }
    }

    /// Passes time in steps of a second until the plan acts; returns how many seconds it took.
    mutating func wait() -> Int64 {
        let (count, start) = (seen.count, now)
        while seen.count == count, now - start < 10_000_000 {
            now += 1_000
            run()
        }
        return (now - start) / 1_000
    }

    var attempt: Int {
        switch seen.last {
        case .fetch(_, let attempt), .transcribe(let attempt): attempt
        default: -1
        }
    }
}

private func plan(_ notice: RecordingNotice, known: KnownCall? = nil) throws -> RecordingPlan {
    var book = RecordingBook(at: 0)
    #expect(book.hear(notice, known: known, at: 0, unix: 5_000) == .taken)
    return try #require(book.plans[notice.sid])
}

@Suite struct RecordingPlanTests {
    @Test func theStraightWay() throws {
        var play = Play(try plan(try Sample.notice()))
        play.run()
        #expect(play.seen == [.save, .announce, .fetch(url: Sample.url(1), attempt: 1)])
        play.plan.stored("recordings/x.wav", seconds: 9, attempt: 1, at: play.now)
        play.run()
        #expect(play.seen.dropFirst(3) == [.save, .transcribe(attempt: 2)])
        #expect(play.saved?.step == .transcribe)
        play.plan.transcribed(.text("שלום"), attempt: 2, at: play.now)
        play.run()
        #expect(play.seen.dropFirst(5) == [.save, .identify, .report])
        #expect(play.saved?.text == "שלום")
        // What was said to be its length counts.
        #expect(play.saved?.seconds == 3)
        // The entry stays until the journal has surely committed.
        #expect(play.wait() == 2)
        #expect(play.seen.last == .finish)
        #expect(play.plan.isFinished && !play.plan.isLost)
    }

    @Test func attemptsComeWithGrowingPausesForAnHour() throws {
        var play = Play(try plan(try Sample.notice()))
        play.run()
        var pauses: [Int64] = []
        while play.seen.last != .report, pauses.count < 50 {
            play.plan.notFetched(RecordingFetchFailure(message: "404", mayRetry: true), attempt: play.attempt, at: play.now)
            play.run()
            if play.seen.last != .report { pauses.append(play.wait()) }
        }
        #expect(pauses.starts(with: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]))
        #expect(pauses == pauses.sorted())
        #expect((3_000...3_600).contains(pauses.reduce(0, +)))
        #expect(play.seen.suffix(4) == [.alarm("a voice message could not be fetched"), .save, .identify, .report])
        #expect(play.plan.entry.failure == "404" && play.plan.isLost)
    }

    @Test func whatCannotBeFetchedIsNotTriedAgain() throws {
        var play = Play(try plan(try Sample.notice()))
        play.run()
        play.plan.notFetched(RecordingFetchFailure(message: "401", mayRetry: false), attempt: 1, at: 0)
        play.run()
        #expect(play.seen.suffix(4) == [.alarm("a voice message could not be fetched"), .save, .identify, .report])
    }

    @Test func withoutARecogniserTheAudioIsKeptAndAPersonTold() throws {
        var play = Play(try plan(try Sample.notice()))
        play.run()
        play.plan.stored("f", seconds: 3, attempt: 1, at: 0)
        play.run()
        for _ in 0..<2 {
            play.plan.transcribed(.unavailable("nobody is there"), attempt: play.attempt, at: play.now)
            play.run()
            #expect(play.wait() == 30)
        }
        play.plan.transcribed(.unavailable("nobody is there"), attempt: play.attempt, at: play.now)
        play.run()
        #expect(play.seen.suffix(4) == [.alarm("a voice message waits to be heard by a person"), .save, .identify, .report])
        #expect(play.plan.entry.failure == "nobody is there" && play.plan.entry.file == "f" && !play.plan.isLost)

        var refused = Play(try plan(try Sample.notice()))
        refused.run()
        refused.plan.stored("f", seconds: 3, attempt: 1, at: 0)
        refused.run()
        refused.plan.transcribed(.failed("the recogniser `local` cannot transcribe recordings"), attempt: 2, at: 0)
        refused.run()
        #expect(refused.seen.contains(.alarm("a voice message waits to be heard by a person")))
        #expect(refused.seen.last == .report)
    }

    @Test func nothingIsDoneBeforeItIsOnDisk() throws {
        var plan = try plan(try Sample.notice())
        for second in 0..<12 {
            let action = plan.next(at: Int64(second) * 1_000, hasRoom: true)
            #expect(action == (second % 5 == 0 ? .save : nil))
            if action == .save { plan.saved(false, at: Int64(second) * 1_000) }
        }
        plan.saved(true, at: 12_000)
        #expect(plan.next(at: 12_000, hasRoom: true) == .announce)
    }

    @Test func withoutRoomItWaits() throws {
        var play = Play(try plan(try Sample.notice()))
        play.run(hasRoom: false)
        #expect(play.seen == [.save, .announce])
        play.run()
        #expect(play.seen.last == .fetch(url: Sample.url(1), attempt: 1))
    }

    @Test func whatComesBackLateIsOfThePast() throws {
        var play = Play(try plan(try Sample.notice(1, .announced)))
        play.run()
        play.plan.notFetched(RecordingFetchFailure(message: "404", mayRetry: true), attempt: 1, at: 0)
        // The callback says that the file is there: no need to wait.
        play.plan.hear(try Sample.notice(1, .completed), at: 10)
        play.now = 10
        play.run()
        #expect(play.attempt == 2)
        let before = play.plan
        play.plan.stored("old", seconds: 1, attempt: 1, at: 20)
        play.plan.notFetched(RecordingFetchFailure(message: "x", mayRetry: false), attempt: 1, at: 20)
        play.plan.transcribed(.text("x"), attempt: 2, at: 20)
        #expect(play.plan == before)
    }

    @Test func whatTwilioHasNotGotIsLostAtOnce() throws {
        for notice in [
            try Sample.notice(1, .missing("absent"), url: nil), try Sample.notice(1, .completed, seconds: 0),
            try Sample.notice(1, .announced, url: nil),
        ] {
            var play = Play(try plan(notice))
            play.run()
            #expect(play.seen == [.save, .announce, .identify, .report])
            #expect(play.plan.entry.failure != nil)
        }
        // It may also turn out while the file is waited for.
        for late in [try Sample.notice(1, .missing("absent"), url: nil), try Sample.notice(1, .completed, seconds: 0)] {
            var play = Play(try plan(try Sample.notice(1, .announced)))
            play.run()
            play.plan.hear(late, at: 0)
            play.run()
            #expect(play.seen.last == .report && play.plan.isLost)
        }
        // Once it is here, it is here.
        var play = Play(try plan(try Sample.notice()))
        play.run()
        play.plan.stored("f", seconds: 3, attempt: 1, at: 0)
        play.plan.hear(try Sample.notice(1, .missing("absent"), url: nil), at: 0)
        play.run()
        #expect(play.seen.last == .transcribe(attempt: 2))
    }

    @Test func whatWasSaidToBeEmptyAndIsNotIsFetched() throws {
        var play = Play(try plan(try Sample.notice(1, .announced, seconds: 0)))
        play.run()
        #expect(play.seen.last == .report)
        play.plan.hear(try Sample.notice(1, .completed, seconds: 4), at: 0)
        play.run()
        #expect(play.seen.last == .fetch(url: Sample.url(1), attempt: 1))
        #expect(play.saved?.failure == nil && play.saved?.seconds == 4)
    }

    @Test func aCallThatNobodyKnowsIsAskedForAndThenGivenUp() throws {
        var play = Play(try plan(try Sample.notice(business: nil)))
        play.run()
        play.plan.stored("f", seconds: 3, attempt: 1, at: 0)
        play.run()
        play.plan.transcribed(.text("x"), attempt: 2, at: 0)
        play.run()
        #expect(!play.seen.contains(.announce) && !play.seen.contains(.report))
        var later = play
        later.known = KnownCall(business: Sample.business, caller: "+9721", lead: ["need": "rent"])
        #expect(later.wait() == 30)
        #expect(later.seen.last == .report)
        #expect(later.plan.entry.lead == ["need": "rent"])
        while play.now < 4_000_000, play.seen.last != .finish { _ = play.wait() }
        #expect(play.seen.suffix(2) == [.alarm("a voice message belongs to a call that nobody knows"), .finish])
        #expect((3_500_000...3_700_000).contains(play.now))
    }
}

@Suite struct RecordingFactTests {
    private func entry(_ number: Int = 1, ordinal: Int = 1, file: String? = nil, text: String? = nil, failure: String? = nil) throws -> RecordingEntry
    {
        RecordingEntry(
            sid: Sample.sid(number), call: try Sample.call(), ordinal: ordinal, at: 1, step: .report, url: nil, seconds: 3, business: Sample.business,
            caller: "+9721", lead: ["need": "rent", "callback": "no"], file: file, text: text, failure: failure)
    }

    @Test func aRecordingsFactsAreTheNewestOfTheirCallAndAlwaysTheSame() throws {
        let kept = try entry(file: "recordings/x.wav", text: "תחזרו אליי")
        // The two millionth start of a gateway, and a million facts in it.
        let session: Int64 = 2_000_000 * 1_000_000 + 999_999
        let order =
            kept.announcement() + (try entry(failure: "absent").report(at: 2)) + kept.report(at: 3) + (try entry(2, ordinal: 2).announcement())
        #expect(order.count == 9)
        #expect(order.allSatisfy { $0.number > session && $0.number < 1 << 53 })
        #expect(order.map(\.number) == order.map(\.number).sorted())
        #expect(Set(order.map(\.id)).count == order.count)
        #expect(kept.report(at: 99).map(\.id) == kept.report(at: 3).map(\.id))
        // Two gateways that have each taken a recording for the call's first do not use one id for both.
        #expect(Set((1...40).flatMap { number in (try? entry(number).announcement().map(\.id)) ?? [] }).count == 80)
    }

    @Test func theLeadIsMergedAndPromisesACallBack() throws {
        let heard = try entry(file: "recordings/x.wav", text: "תחזרו אליי").report(at: 3, earlier: "שלום")
        #expect(heard.compactMap(\.lead) == [["need": "rent", "callback": "promised", "message": "שלום\nתחזרו אליי"]])
        #expect(heard.compactMap(\.turn).map(\.heard) == [.speech(Transcript(text: "תחזרו אליי", confidence: 0, understood: true))])
        #expect(heard.compactMap(\.turn).map(\.turn.number) == [900_001])
        #expect(heard.compactMap(\.record).map(\.text) == ["תחזרו אליי"])
        let unheard = try entry(file: "recordings/x.wav", failure: "nobody").report(at: 3)
        #expect(unheard.compactMap(\.lead) == [["need": "rent", "callback": "promised", "recording": "recordings/x.wav"]])
        #expect(unheard.count == 2)
        let lost = try entry(failure: "absent").report(at: 3)
        #expect(lost.compactMap(\.lead) == [["need": "rent", "callback": "promised"]])
        #expect(lost.compactMap(\.record).map(\.failure) == ["absent"])
        guard case .lead(_, let caller) = lost[1].body else { throw MissingValue() }
        #expect(caller == "+9721")
    }
}

struct MissingValue: Error {}
