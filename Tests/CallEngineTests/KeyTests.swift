import BusContract
import CallEngine
import CallVocabulary
import Testing

/// Keys, barge-in, and the greeting that is said in the stream.
@Suite struct KeyTests {
    private static let clips: [CallOpening.Clip: CallOpening.CannedLine] = [
        .sorry: TestCall.sorry, .moment: TestCall.moment, .greeting: TestCall.greeting,
    ]

    private func speaking() throws -> (TestCall, Int) {
        var call = try TestCall(canTransfer: true)
        call.open()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "ראשון")
        call.reply(turn, 1, "שני")
        call.done(turn, pieces: 2, ending: .goodbye)
        call.speech(turn, 0, milliseconds: 1_000)
        call.speech(turn, 1, milliseconds: 2_000)
        return (call, turn)
    }

    @Test func aKeyTakesTheWord() throws {
        var (call, turn) = try speaking()
        call.pass(1_500)
        call.feed(.digit("5"))
        #expect(call.logs(.bargeIn).map(\.turn) == [TurnID(turn)])
        #expect(call.taps(.bargeIn).count == 1)
        #expect(call.actions.contains(.clear))
        #expect(call.turnFacts.last?.entry.said == ["ראשון"], "what was heard, and no more")
        #expect(call.sent(.tts).last?.message == .cancel(Cancel()))
        #expect(call.sent(.dialog).last?.message == .cancel(Cancel()))
        // Twilio gives back every mark on a clear, and late audio comes: nothing of it was heard.
        call.speech(turn, 1, milliseconds: 500, index: 1)
        let played = call.playedMilliseconds
        call.pass(2_000)
        #expect(call.playedMilliseconds == played)
        #expect(call.turnFacts.count == 2)
        #expect(call.exited.isEmpty, "a goodbye that was not heard hangs up on nobody")
        #expect(call.session.isListening)
        let next = try call.utter("רגע")
        call.answer(next, ["כן?"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["כן?"])
    }

    @Test func whatWaitsIsAnsweredAtOnce() throws {
        var call = try TestCall(canTransfer: true)
        call.open()
        let turn = try call.utter("כן")
        let next = try call.utter("רגע")
        call.answer(turn, ["ראשון"], milliseconds: 2_000)
        call.pass(500)
        #expect(call.asked.last == turn)
        call.feed(.digit("#"))
        #expect(call.asked.last == next)
    }

    @Test func aKeyIntoSilenceChangesNothing() throws {
        var call = try TestCall()
        call.open()
        call.forget()
        call.feed(.digit("7"))
        #expect(call.actions == [.log(CallLog(.key))])
        // Neither does one while the reply is being thought about.
        let turn = try call.utter("כן")
        call.reply(turn, 0, "תודה")
        call.feed(.digit("7"))
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 300)
        call.pass(500)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
        #expect(call.logs(.bargeIn).isEmpty)
    }

    @Test func theKeyItselfIsNotLogged() throws {
        var call = try TestCall()
        call.open()
        call.feed(.digit("7"))
        #expect(call.logs(.key) == [CallLog(.key)])
    }

    @Test func aKeyInOneMomentDoesNotStopTheReplyBehindIt() throws {
        var call = try TestCall(clips: Self.clips.filter { $0.key != .greeting })
        call.open()
        let turn = try call.utter("כן")
        call.workers.remove(.dialog)
        call.lose(.dialog)
        call.pass(1_010)
        call.feed(.digit("5"))
        #expect(call.logs(.bargeIn).count == 1)
        call.workers.insert(.dialog)
        call.pass(500)
        call.answer(turn, ["תודה"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
        #expect(call.playedMilliseconds < 1_100)
    }

    @Test(arguments: ["5", "0"]) func keysWhereThereIsNoConversation(key: String) throws {
        var call = try TestCall(canTransfer: true)
        call.feed(.digit(key))
        #expect(call.actions.isEmpty)
        call.open()
        call.feed(.lineLost)
        call.feed(.digit(key))
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.feed(.lineStopped)
        call.feed(.digit(key))
        call.feed(.summary(nil))
        call.feed(.digit(key))
        #expect(call.logs(.key).isEmpty)
        #expect(call.exited.isEmpty)
    }

    // MARK: - The greeting in the stream

    private func greeted() throws -> TestCall {
        var call = try TestCall(clips: Self.clips)
        call.feed(.lineOpened(streamSID: "MZ1"))
        return call
    }

    @Test func theGreetingIsSaidAndHeard() throws {
        var call = try greeted()
        #expect(call.playedMilliseconds > 0, "at once, whoever is there")
        #expect(call.said == ["שלום, במה אפשר לעזור?"])
        call.done(0, pieces: 0)
        call.pass(1_990)
        #expect(call.turnFacts.isEmpty)
        #expect(!call.session.isListening)
        call.pass(20)
        #expect(call.turnFacts.map(\.entry) == [TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום, במה אפשר לעזור?"])])
        #expect(call.session.isListening)
        #expect(call.taps(.listening).count == 1)
        call.quiet(8_020)
        #expect(call.lastQuestion?.heard == .silence)
    }

    @Test func aDialogueThatIsSlowDoesNotLoseTheGreeting() throws {
        var call = try greeted()
        call.pass(3_000)
        call.done(0, pieces: 0)
        #expect(call.turnFacts.last?.entry.said == ["שלום, במה אפשר לעזור?"])
    }

    @Test func aDialogueThatFailsIsExcusedAfterTheGreeting() throws {
        var call = try greeted()
        call.done(0, pieces: 0, failure: "no model")
        call.pass(3_500)
        #expect(call.turnFacts.last?.entry.said == ["שלום, במה אפשר לעזור?", TestCall.sorry.text])
        #expect(call.playedMilliseconds == 2_800)
    }

    @Test(arguments: [true, false]) func aKeyStopsTheGreetingAndNotTheOpening(isAnswered: Bool) throws {
        var call = try greeted()
        if isAnswered { call.done(0, pieces: 0) }
        call.pass(500)
        call.feed(.digit("1"))
        #expect(call.logs(.bargeIn).count == 1)
        #expect(call.actions.contains(.clear))
        if !isAnswered {
            #expect(call.turnFacts.isEmpty)
            call.from(.dialog, .expectations(Expectations(name: "city")), turn: 0)
            call.done(0, pieces: 0)
        }
        #expect(call.turnFacts.map(\.entry.said) == [[]], "not heard to its end")
        let played = call.playedMilliseconds
        call.pass(3_000)
        #expect(call.playedMilliseconds == played)
        #expect(call.session.isListening)
        call.quiet(5_040)
        #expect(call.lastQuestion?.heard == .silence, "silence is counted from the key")
    }

    @Test func aGreetingThatTheLineDoesNotPlayIsPlayedAsAFile() throws {
        for isAnswered in [true, false] {
            var call = try greeted()
            call.line.returnsMarks = false
            call.files = .made(milliseconds: 1_000)
            // A line that loses the marks that it was given.
            call.line.stop()
            if isAnswered { call.done(0, pieces: 0) }
            call.pass(4_001)
            if !isAnswered {
                #expect(call.made.isEmpty)
                call.done(0, pieces: 0)
            }
            #expect(call.made == ["שלום, במה אפשר לעזור?"])
            call.pass(1_500)
            #expect(call.turnFacts.map(\.entry.said) == [["שלום, במה אפשר לעזור?"]])
            #expect(call.session.isListening)
        }
    }

    @Test func aGreetingThatWasCutIsSaidAgain() throws {
        for isAnswered in [true, false] {
            var call = try greeted()
            if isAnswered { call.done(0, pieces: 0) }
            call.pass(500)
            call.feed(.lineLost)
            call.pass(1_000)
            let played = call.playedMilliseconds
            call.feed(.lineOpened(streamSID: "MZ2"))
            if !isAnswered { call.done(0, pieces: 0) }
            call.pass(2_500)
            #expect(call.playedMilliseconds == played + 2_000)
            #expect(call.turnFacts.map(\.entry.said) == [["שלום, במה אפשר לעזור?"]])
        }
    }
}
