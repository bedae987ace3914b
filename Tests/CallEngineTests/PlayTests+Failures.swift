import BusContract
import CallEngine
import CallVocabulary
import Testing

extension PlayTests {
    // MARK: - When it cannot be done

    @Test(arguments: [CallUpdated.Result.failed, .refused, .unused]) func anUpdateThatFailsTwiceIsSaidInTheStream(result: CallUpdated.Result) throws {
        var call = try opened()
        call.updates = result
        let turn = try call.utter("כן")
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        #expect(call.announced.count == 2)
        #expect(call.spoken == ["תודה"])
        call.speech(turn, 0, milliseconds: 500)
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
        #expect(call.logs(.otherWay).map { $0.fields["way"] } == ["stream"])
        // And so is the next one.
        let next = try call.utter("עוד")
        call.answer(next, ["בבקשה"])
        call.pass(1_000)
        #expect(call.made.count == 1)
        #expect(call.turnFacts.last?.entry.said == ["בבקשה"])
    }

    @Test func anUncertainUpdateIsBelievedWhenItsFileIsFetched() throws {
        var (call, turn) = try updating()
        call.feed(call.updateResult(call.leases[0], .uncertain))
        call.pass(1_400)
        call.feed(.fileFetched("another"))
        #expect(call.session.phase == .live)
        call.feed(.fileFetched("r-\(turn)"))
        #expect(call.session.phase == .away)
        #expect(call.announced.count == 1)
    }

    @Test func anUncertainUpdateWithoutEvidenceIsRepeated() throws {
        var (call, _) = try updating()
        call.feed(call.updateResult(call.leases[0], .uncertain))
        call.pass(1_499)
        #expect(call.announced.count == 1)
        call.pass(2)
        #expect(call.announced.count == 2)
        #expect(Set(call.leases).count == 2)
    }

    @Test func aVoiceThatDoesNotAnswerLosesItsLeaseAndThenTheReply() throws {
        var (call, _) = try updating()
        call.pass(4_999)
        #expect(call.announced.count == 1, "never two leases")
        call.pass(2)
        #expect(call.announced.count == 2)
        // What comes of the former one is nobody's business now.
        call.feed(call.updateResult(call.leases[0], .done))
        #expect(call.session.phase == .live)
        call.pass(5_001)
        #expect(call.spoken == ["תודה"])
    }

    @Test func aVoiceThatDiesWithTheLeaseIsFollowedByAnother() throws {
        var (call, _) = try updating()
        call.lose(.tts)
        call.pass(1_499)
        #expect(call.announced.count == 1, "what it has sent may be in effect")
        call.pass(2)
        #expect(call.announced.count == 2)
        #expect(Set(call.leases).count == 2)
    }

    @Test func aVoiceThatHangsWithTheLeaseKeepsItToItsEnd() throws {
        var (call, _) = try updating()
        call.lose(.tts, .hung)
        call.pass(4_999)
        #expect(call.announced.count == 1)
        call.pass(2)
        #expect(call.announced.count == 2)
    }

    @Test func withoutAVoiceTheFileWaitsForOne() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.workers.remove(.tts)
        call.lose(.tts)
        call.answer(turn, ["תודה"])
        #expect(call.made.count == 1)
        call.pass(3_000)
        #expect(call.announced.isEmpty)
        call.workers.insert(.tts)
        call.pass(500)
        #expect(call.announced.count == 1)
    }

    @Test func withoutAnyVoiceTheExcuseIsSaidInTheStream() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.workers.remove(.tts)
        call.lose(.tts)
        call.answer(turn, ["תודה"])
        call.pass(8_001)
        #expect(call.said == [TestCall.sorry.text])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
    }

    @Test(arguments: [true, false]) func aFileThatCannotBeMadeIsExcused(isTold: Bool) throws {
        var call = try opened()
        call.files = isTold ? .notMade : .never
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        if !isTold { call.pass(6_001) }
        #expect(call.announced == ["sorry"])
        call.pass(1_100)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
        #expect(call.playedMilliseconds == 0)
        #expect(call.session.phase == .live)
    }

    @Test func withoutAFileOfItTheExcuseIsSaidInTheStream() throws {
        var call = try opened(sorryFile: false)
        call.files = .notMade
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
        #expect(call.playedMilliseconds == 800)
    }

    /// A file that is everybody's is fetched for other calls too.
    @Test func theFetchOfACannedFileProvesNothing() throws {
        var call = try opened()
        call.files = .notMade
        call.updates = nil
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.feed(.fileFetched("sorry"))
        #expect(call.session.phase == .live)
    }
}
