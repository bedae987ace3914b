import BusContract
import CallEngine
import CallVocabulary
import Testing

/// Calls in which everybody does what they should.
@Suite struct CallTurnTests {
    @Test func theOpeningAsksTheDialogueWithTheGreetingInTheLog() throws {
        var call = try TestCall()
        call.feed(.lineOpened(streamSID: "MZ1"))
        #expect(call.logs(.wsStart).map(\.fields) == [["stream": "MZ1"]])
        #expect(call.facts.map(\.body) == [.callStarted(from: "+972501234567", to: "+97231234567")])
        #expect(call.facts.map(\.id) == ["CA00000000000000000000000000000001.1"])
        #expect(call.asked == [0])
        #expect(call.lastQuestion == DialogTurn(heard: .opening, log: [], caller: "+972501234567"))
        #expect(call.hasDeadline)
        call.done(0, pieces: 0)
        #expect(call.session.turns.log == [TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום, במה אפשר לעזור?"])])
        #expect(call.turnFacts.map(\.entry) == call.session.turns.log)
        #expect(call.taps(.listening).map(\.turn) == [TurnID(0)])
        #expect(call.playedMilliseconds == 0)
    }

    @Test func whatIsKnownOfTheLeadComesWithTheNextTurn() throws {
        var call = try TestCall()
        call.feed(.lineOpened(streamSID: "MZ1"))
        #expect(call.lastQuestion?.lead == nil)
        call.done(0, pieces: 0, lead: ["city": "tel-aviv"])
        let turn = try call.utter("שלושה חדרים")
        call.answer(turn, ["בשמחה."], lead: ["city": "tel-aviv", "rooms": "3"])
        call.pass(2_000)
        let next = try call.utter("מחר")
        #expect(call.asked == [0, turn, next])
        #expect(call.lastQuestion?.lead == ["city": "tel-aviv", "rooms": "3"])
    }

    @Test func aHiddenCallerIsNobody() throws {
        var call = try TestCall(caller: nil)
        call.feed(.lineOpened(streamSID: "MZ1"))
        #expect(call.facts.map(\.body) == [.callStarted(from: "", to: "+97231234567")])
        #expect(call.lastQuestion?.caller == nil)
    }

    @Test func aWholeTurn() throws {
        var call = try TestCall()
        let city = Expectations(name: "city", answers: [.init(value: "tel-aviv", phrases: ["תל אביב"])])
        call.open(expecting: city)
        #expect(call.sent(.asr).map(\.message) == [.assign(Assign(from: 0)), .expectations(city)])
        call.pass(1_000)
        call.forget()

        // Heard.
        call.speak(600)
        #expect(call.heardTurns == [1])
        #expect(call.sent(.asr).last?.message == .listen(.begin(from: 0)))
        call.quiet(480)
        #expect(call.sent(.asr).count == 1, "not yet ended")
        call.quiet(20)
        let ended = call.now
        #expect(call.sent(.asr).last?.message == .listen(.end(through: 54)))
        #expect(call.asked.isEmpty)
        call.pass(150)
        call.transcript(1, "תל אביב")
        #expect(call.logs(.hebrewSpeech).map(\.words) == ["תל אביב"])
        #expect(call.taps(.heard).map(\.text) == ["תל אביב"])

        // Thought.
        #expect(call.asked == [1])
        #expect(call.lastQuestion?.heard == .speech(Transcript(text: "תל אביב", confidence: 0.9, understood: true)))
        #expect(call.lastQuestion?.log == call.session.turns.log)
        call.pass(20)
        call.reply(1, 0, "כמה חדרים?")
        #expect(call.spoken == ["כמה חדרים?"])
        call.reply(1, 1, "ובאיזה מחיר?")
        call.done(1, pieces: 2, lead: ["city": "tel-aviv"])
        #expect(call.facts.map(\.body) == [.lead(fields: ["city": "tel-aviv"], caller: "+972501234567")])

        // Spoken: the first audio leaves at once.
        call.pass(30)
        call.speech(1, 0, milliseconds: 100, last: false)
        #expect(call.playedMilliseconds == 100)
        #expect(call.said == ["כמה חדרים?"])
        #expect(call.logs(.pingPongTX).map(\.turn) == [TurnID(1)])
        let spoken = call.now
        call.speech(1, 0, milliseconds: 900, index: 1)
        call.speech(1, 1, milliseconds: 700)
        call.pass(650)
        #expect(call.marks == ["t1.p0"])
        #expect(call.turnFacts.isEmpty, "sent is not heard")
        call.pass(1_200)
        #expect(call.marks == ["t1.p0", "t1.p1"])
        #expect(call.playedMilliseconds == 1_700)
        #expect(call.said == ["כמה חדרים?", "ובאיזה מחיר?"])

        // Heard by the caller.
        let record = try #require(call.turnFacts.first)
        #expect(record.entry.said == ["כמה חדרים?", "ובאיזה מחיר?"])
        #expect(record.recogniser == "test")
        #expect(record.state == "state1")
        #expect(record.stages.endpoint == ended)
        #expect(record.stages.voiceEnd == ended.adding(milliseconds: -500))
        #expect(record.stages.final == ended.adding(milliseconds: 150))
        #expect(record.stages.spoken == spoken)
        #expect(record.stages.heard == spoken.adding(milliseconds: 1_700))
        #expect(call.taps(.listening).count == 1)
        #expect(call.session.phase == .live)
        #expect(call.hasDeadline)
    }

    @Test func factsHaveIdsThatNeverRepeat() throws {
        var call = try TestCall()
        call.open()
        for _ in 0..<3 {
            let turn = try call.utter("כן")
            call.answer(turn, ["תודה"], lead: ["n": "\(turn)"])
            call.pass(2_000)
        }
        call.feed(.lineStopped)
        call.feed(.summary("סיכום"))
        let ids = call.facts.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(call.facts.count == 1 + 4 + 3 + 1 + 1)
    }

    @Test func voiceGoesToTheRecogniserUnderItsEpoch() throws {
        var call = try TestCall()
        call.open()
        call.forget()
        call.speak(100)
        let published = call.actions.compactMap { if case .publish(let frames, let epoch) = $0 { (frames.map(\.sequence), epoch) } else { nil } }
        #expect(published.map(\.0) == [[0], [1], [2], [3], [4]])
        #expect(published.allSatisfy { $0.1 == call.epochs[.asr] })
    }

    @Test func nothingSaidTwiceChangesAnything() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("כן")
        call.transcript(turn, "לא")
        #expect(call.asked == [0, turn])
        call.reply(turn, 0, "תודה")
        call.reply(turn, 0, "משהו אחר")
        #expect(call.spoken == ["תודה"])
        call.done(turn, pieces: 1, lead: ["a": "1"])
        call.done(turn, pieces: 1, lead: ["a": "2"], ending: .goodbye)
        call.reply(turn, 1, "ועוד")
        #expect(call.spoken == ["תודה"])
        call.speech(turn, 0, milliseconds: 300)
        call.speech(turn, 0, milliseconds: 300)
        call.pass(1_000)
        #expect(call.playedMilliseconds == 300)
        #expect(call.turnFacts.count == 2)
        call.feed(.mark("t\(turn).p0"))
        call.feed(.mark("t\(turn).p0"))
        call.reply(turn, 0, "שוב")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 300)
        call.pass(1_000)
        #expect(call.turnFacts.count == 2)
        #expect(call.playedMilliseconds == 300)
        #expect(call.session.turns.lead == ["a": "1"])
        #expect(call.session.phase == .live)
    }

    /// `SpeechChunk.index`: a gap is a loss, and a repetition is not to be heard.
    @Test func aRepeatedChunkIsNotPlayedTwice() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 200, index: 0, last: false)
        call.speech(turn, 0, milliseconds: 200, index: 0, last: false)
        call.speech(turn, 0, milliseconds: 200, index: 1)
        call.pass(2_000)
        #expect(call.playedMilliseconds == 400)
    }

    @Test func aStreamOpenedTwiceIsOneCall() throws {
        var call = try TestCall()
        call.open()
        call.feed(.lineOpened(streamSID: "MZ1"))
        #expect(call.asked == [0])
        #expect(call.facts.count == 2)
    }

    @Test func whatAnOldEpochSaysIsDropped() throws {
        var call = try TestCall()
        call.open()
        let former = try #require(call.epochs[.dialog])
        call.lose(.dialog)
        let turn = try call.utter("כן")
        call.forget()
        call.reply(turn, 0, "מן העבר", epoch: former)
        call.done(turn, pieces: 1, ending: .goodbye, epoch: former)
        #expect(call.spoken.isEmpty)
        #expect(call.logs(.staleEpoch).count == 2)
        call.reply(turn, 0, "תודה")
        #expect(call.spoken == ["תודה"])
        #expect(call.session.phase == .live)
    }

    @Test func interimsAndStrangersTurnsAreNoFinals() throws {
        var call = try TestCall()
        call.open()
        call.speak(600)
        call.transcript(1, "תל", final: false)
        call.transcript(7, "תל אביב")
        call.quiet(500)
        call.transcript(1, "תל", final: false)
        #expect(call.asked == [0])
        call.transcript(1, "תל אביב")
        #expect(call.asked == [0, 1])
    }

    @Test func whatIsSaidBeforeTheAnswerIsAnsweredAfterIt() throws {
        var call = try TestCall()
        call.open()
        let first = try call.utter("שלום")
        let second = try call.utter("רגע")
        #expect(call.asked == [0, first], "one question at a time")
        call.answer(first, ["משפט ארוך מאוד"], milliseconds: 3_000)
        call.pass(3_000)
        #expect(call.asked == [0, first, second])
        #expect(call.lastQuestion?.log.map(\.turn) == [TurnID(0), TurnID(first)])
        call.answer(second, ["כן?"])
        call.pass(1_000)
        #expect(call.turnFacts.map(\.entry.turn.number) == [0, first, second])
    }

    @Test func finalsOutOfOrderAreAnsweredInTheOrderOfSpeaking() throws {
        var call = try TestCall()
        call.open()
        call.speak(600)
        call.quiet(500)
        call.speak(600)
        call.quiet(500)
        #expect(call.heardTurns == [1, 2])
        call.transcript(2, "שני")
        call.transcript(1, "ראשון")
        #expect(call.asked == [0, 1])
        call.answer(1, ["כן"])
        call.pass(1_000)
        #expect(call.asked == [0, 1, 2])
    }

    @Test func aCoughIsNoTurn() throws {
        var call = try TestCall()
        call.open()
        call.media(Sound.vowel(milliseconds: 100))
        call.quiet(500)
        #expect(call.heardTurns == [1])
        call.transcript(1, "", understood: false)
        #expect(call.asked == [0])
        #expect(call.logs(.hebrewSpeech).isEmpty)
        #expect(call.hasDeadline, "silence is counted on")
        // A short word that was understood is a turn.
        call.media(Sound.vowel(milliseconds: 100))
        call.quiet(500)
        call.transcript(2, "כן")
        #expect(call.asked == [0, 2])
    }

    @Test func manyUtterancesDuringOneReplyAreBounded() throws {
        var call = try TestCall()
        call.open()
        let first = try call.utter("שלום")
        // The reply goes on all the while: its sentences come one by one.
        for piece in 0..<Turns.longestWait + 4 {
            call.reply(first, piece, "משפט")
            call.speech(first, piece, milliseconds: 300)
            try call.utter("ועוד", milliseconds: 300)
        }
        #expect(call.session.turns.waiting.count == Turns.longestWait)
        #expect(call.turnFacts.count == 1 + 4, "what finds no room is not answered, and written down all the same")
        call.done(first, pieces: Turns.longestWait + 4)
        call.pass(1_000)
        #expect(call.asked.count == 3)
    }
}
