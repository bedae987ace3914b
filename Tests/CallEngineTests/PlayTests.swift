import BusContract
import CallEngine
import CallVocabulary
import Testing

/// Replies that are played as MP3s: an update of the call plays the file and opens the next stream.
@Suite struct PlayTests {
    func opened(files: Int = 2_000, sorryFile: Bool = true) throws -> TestCall {
        var policy = TestCall.patient
        policy.replyMode = .play
        var clips: [CallOpening.Clip: CallOpening.CannedLine] = [.sorry: TestCall.sorry, .moment: TestCall.moment, .resumed: TestCall.resumed]
        if sorryFile { clips[.sorry]?.file = "sorry" }
        var call = try TestCall(policy: policy, clips: clips)
        call.files = .made(milliseconds: files)
        call.open()
        return call
    }

    /// Asked, and the reply's update is with the voice, which says nothing.
    func updating(sorryFile: Bool = true) throws -> (TestCall, Int) {
        var call = try opened(sorryFile: sorryFile)
        call.updates = nil
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        #expect(call.announced == ["r-\(turn)"])
        return (call, turn)
    }

    // MARK: - The ping-pong

    @Test func twelveRounds() throws {
        var call = try opened()
        for round in 1...12 {
            let turn = try call.utter("סיבוב \(round)")
            #expect(call.asked.last == turn)
            #expect(call.lastQuestion?.log.count == round)
            call.answer(turn, ["תשובה \(round).", "ועוד?"])
            #expect(call.made.last == "תשובה \(round). ועוד?")
            #expect(call.turnFacts.count == round, "asked for is not heard")
            call.pass(100)
            #expect(call.session.phase == .away)
            #expect(call.hasDeadline)
            // Into the file: there is no stream to carry it.
            call.speak(600)
            #expect(call.turnFacts.count == round)
            call.pass(1_500)
            #expect(call.session.phase == .live)
            #expect(call.turnFacts.last?.entry.said == ["תשובה \(round).", "ועוד?"])
            #expect(call.turnFacts.last?.entry.heard == .speech(Transcript(text: "סיבוב \(round)", confidence: 0.9, understood: true)))
        }
        #expect(call.playedMilliseconds == 0, "nothing goes into the stream")
        #expect(call.spoken.isEmpty)
        #expect(call.heardTurns.count == 12, "nothing but what was said into the files is lost")
        #expect(Set(call.leases).count == 12)
        #expect(call.logs(.wsStart).count == 13)
        #expect(call.logs(.pingPongTX).map { $0.fields["mode"] } == [String?](repeating: "play", count: 12))
        #expect(call.logs(.deaf).map { $0.fields["milliseconds"] } == [String?](repeating: "2100", count: 12))
        call.feed(.lineStopped)
        #expect(call.logs(.callEnded).first?.fields["deaf_milliseconds"] == "25200")
        #expect(call.endings == [.callerHungUp])
    }

    @Test func aReplyWaitsForTheCallerToFinish() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.speak(600)
        call.answer(turn, ["תודה"])
        #expect(call.made.count == 1)
        #expect(call.announced.isEmpty, "the update would cut the caller's words")
        call.quiet(500)
        #expect(call.announced.count == 1)
        let second = try #require(call.heardTurns.last)
        call.transcript(second, "ועוד משהו")
        call.pass(3_000)
        #expect(call.asked.last == second)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    @Test func aCallerWhoDoesNotFinishIsCutAndAnsweredInTheNextRound() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.media(Sound.vowel(milliseconds: 600))
        call.answer(turn, ["תודה"])
        call.media(Sound.vowel(milliseconds: 3_980))
        #expect(call.announced.isEmpty)
        call.media(Sound.vowel(milliseconds: 200))
        #expect(call.announced.count == 1, "patience ends")
        #expect(call.session.phase == .away)
        let second = try #require(call.heardTurns.last)
        // Whatever came on the stream until it was gone belongs to the utterance.
        let ends = call.sent(.asr).compactMap { if case .listen(.end(let through)) = $0.message { through } else { nil } }
        #expect(call.published.last == ends.last)
        call.transcript(second, "ארוך")
        call.pass(3_000)
        #expect(call.asked == [0, turn, second])
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    /// Twilio has taken the document, and the stream goes on for a moment.
    @Test func theCallerIsHeardUntilTheStreamIsGone() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        #expect(call.session.phase == .away)
        let before = try #require(call.published.last)
        call.speak(400)
        #expect(call.published.last == before + 2, "the stream stopped 50 ms after the answer")
    }

    @Test func silenceIsPromptedInAFile() throws {
        var call = try opened()
        call.quiet(8_020)
        #expect(call.lastQuestion?.heard == .silence)
        call.answer(1, ["את איתי?"])
        call.pass(2_500)
        #expect(call.turnFacts.last?.entry == TurnEntry(turn: TurnID(1), heard: .silence, said: ["את איתי?"]))
        call.quiet(8_020)
        #expect(call.lastQuestion?.heard == .silence)
    }

    @Test func theGoodbyeIsHeardBeforeTheLineIsLeft() throws {
        var call = try opened()
        call.exits = .done
        let turn = try call.utter("ביי")
        call.answer(turn, ["להתראות"], ending: .goodbye)
        call.pass(2_100)
        #expect(call.exited.isEmpty)
        call.pass(100)
        #expect(call.exited == [.complete])
        #expect(call.endings == [.served])
        #expect(call.turnFacts.last?.entry.said == ["להתראות"])
    }

    @Test func aCannedLineIsNotCutByTheReply() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.workers.remove(.dialog)
        call.lose(.dialog)
        call.pass(1_001)
        #expect(call.playedMilliseconds > 0, "one moment")
        call.workers.insert(.dialog)
        call.pass(200)
        call.feed(.assigned(.dialog, Epoch(boot: 9, counter: 1)))
        call.from(.dialog, .reply(ReplyPiece(piece: 0, text: "תודה")), turn: turn, epoch: Epoch(boot: 9, counter: 1))
        call.from(
            .dialog, .replyDone(ReplyDone(pieces: 1, lead: [:], ending: nil, state: "s", provider: "t", failure: nil)), turn: turn,
            epoch: Epoch(boot: 9, counter: 1))
        #expect(call.made.count == 1)
        #expect(call.announced.isEmpty)
        call.pass(500)
        #expect(call.announced.count == 1)
    }

    @Test func aCallThatReturnsAnswersInAFileAfterTheSentence() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        let entry = TurnEntry(turn: TurnID(5), heard: .speech(Transcript(text: "חיפה", confidence: 1, understood: true)))
        let history = CallOpening.History(log: [TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום"])], unanswered: [entry], lead: [:])
        var call = try TestCall(policy: policy, clips: [.resumed: TestCall.resumed], history: history, firstFact: 2_000_001)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.answer(5, ["תודה"])
        #expect(call.announced.isEmpty)
        call.pass(750)
        #expect(call.announced.count == 1)
        call.pass(2_500)
        #expect(call.turnFacts.map(\.entry) == [TurnEntry(turn: TurnID(5), heard: entry.heard, said: ["תודה"])])
    }

    // MARK: - What the stream's end means

    @Test func aStreamThatStopsBeforeTheVoiceAnswersEndsNothing() throws {
        var (call, turn) = try updating()
        call.feed(.lineStopped)
        #expect(call.session.phase == .away)
        #expect(call.endings.isEmpty)
        #expect(call.logs(.pingPongTX).isEmpty, "nobody knows yet")
        call.pass(300)
        call.feed(call.updateResult(call.leases[0], .done))
        call.feed(.fileFetched("r-\(turn)"))
        call.feed(.fileFetched("r-\(turn)"))
        #expect(call.logs(.pingPongTX).count == 1)
        call.pass(2_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
        #expect(call.logs(.pingPongTX).count == 1)
    }

    @Test func theNextStreamIsProofEnough() throws {
        for sign in [CallEvent.lineStopped, .lineLost, .streamFailed("31921")] {
            var (call, _) = try updating()
            call.feed(sign)
            call.pass(3_000)
            call.feed(.lineOpened(streamSID: "MZ2"))
            #expect(call.turnFacts.last?.entry.said == ["תודה"], "\(sign)")
            #expect(call.logs(.pingPongTX).count == 1)
            // A second attempt would say it again.
            #expect(call.sent(.tts).contains { $0.message == .endLease(EndLease(lease: call.leases[0])) })
        }
    }

    @Test func aHangUpIsNoUpdate() throws {
        for signs in [[CallEvent.lineStopped, .callCompleted], [.callCompleted, .lineStopped]] {
            var (call, _) = try updating()
            for sign in signs { call.feed(sign) }
            #expect(call.endings == [.callerHungUp])
            #expect(call.turnFacts.last?.entry.said == [])
        }
        var (call, _) = try updating()
        call.feed(.lineStopped)
        call.feed(call.updateResult(call.leases[0], .over))
        #expect(call.endings == [.callerHungUp])
        #expect(call.turnFacts.last?.entry.said == [])
    }

    /// The update seemed to have failed, and the reply is said in the stream, when it comes into effect after all.
    @Test func aLateEffectIsNoHangUp() throws {
        var (call, _) = try updating()
        for _ in 0..<2 {
            call.feed(call.updateResult(call.leases.last ?? "", .uncertain))
            call.pass(1_501)
        }
        #expect(call.spoken == ["תודה"])
        call.feed(.lineStopped)
        #expect(call.session.phase == .lost)
        call.pass(2_500)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.session.phase == .live)
        #expect(call.endings.isEmpty)
    }

    @Test func aStreamThatDoesNotComeAfterTheFileLeadsToTheRecording() throws {
        var call = try opened()
        call.playsDocuments = false
        call.exits = .done
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.feed(.lineStopped)
        call.pass(7_999)
        #expect(call.exited.isEmpty)
        call.pass(2)
        #expect(call.exited == [.record])
        #expect(call.logs(.watchdogRedirect).map { $0.fields["watch"] } == ["no start"])
        call.feed(.landed)
        #expect(call.endings == [.fallback])
        #expect(call.turnFacts.last?.entry.said == [], "nothing says that it was heard")
    }

    @Test func aSlowFileIsWaitedForFromItsFetch() throws {
        var call = try opened()
        call.playsDocuments = false
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.feed(.lineStopped)
        call.pass(5_000)
        call.feed(.fileFetched("r-\(turn)"))
        call.pass(7_900)
        #expect(call.session.phase == .away)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    // MARK: - The gateway leaves

    @Test func aCallIsHandedOverBetweenTheRounds() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.feed(.handOver(atOnce: false))
        call.pass(1_000)
        #expect(call.session.phase == .away)
        #expect(!call.actions.contains(.handedOver))
        call.pass(1_500)
        #expect(call.actions.contains(.handedOver))
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
        #expect(call.endings.isEmpty)
    }

    @Test func aLeaseDoesNotOutliveTheGateway() throws {
        var (call, _) = try updating()
        call.feed(.handOver(atOnce: true))
        #expect(call.sent(.tts).last?.message == .endLease(EndLease(lease: call.leases[0])))
        #expect(call.actions.contains(.handedOver))
        #expect(call.closings == 1)
        #expect(call.session.nextWake == nil)
    }

    // MARK: - A line that breaks on the way

    @Test func aLineThatBreaksWhileTheFileIsMadeGetsItAfterItsReturn() throws {
        for isMadeMeanwhile in [true, false] {
            var call = try opened()
            call.files = .never
            let turn = try call.utter("כן")
            call.answer(turn, ["תודה"])
            call.feed(.lineLost)
            if isMadeMeanwhile { call.feed(.replyFile(TurnID(turn), name: "r-\(turn)", milliseconds: 900)) }
            call.files = .made(milliseconds: 900)
            call.pass(2_000)
            #expect(call.announced.isEmpty)
            call.feed(.lineOpened(streamSID: "MZ2"))
            #expect(call.announced.count == 1)
            #expect(call.made.count == (isMadeMeanwhile ? 1 : 2))
            call.pass(1_500)
            #expect(call.turnFacts.last?.entry.said == ["תודה"])
        }
    }
}
