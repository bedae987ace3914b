import BusContract
import Business
import CallVocabulary
import Foundation
import ProviderKit
import Testing

@testable import DialogWorker

/// A reply while a model writes it, without a model.
@Suite struct ReplyDraftTests {
    private let business: BusinessProfile
    private let calendar: SpokenCalendar
    init() throws {
        business = try #require(try exampleBusinesses().first)
        calendar = SpokenCalendar(now: tuesday, zone: business.timeZone)
    }

    private static let question = "באיזו עיר זה יהיה?"

    private func draft(
        _ heard: Heard = spoken("בחיפה, קוראים לי דנה"), said: [String] = [], lead: [String: String]? = nil, lastSaid: [String] = [question]
    ) -> ReplyDraft {
        let log = [TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום."]), TurnEntry(turn: TurnID(1), heard: spoken("לשכור"), said: lastSaid)]
        let turn = DialogTurn(heard: heard, log: log, caller: "+972541234567", said: said, lead: lead)
        return ReplyDraft(ModelRequest(business: business, turn: turn), calendar: calendar)
    }

    private func round(_ text: String = "", calls: [ChatToolCall] = [], finish: String = "stop") throws -> ChatRound {
        var round = ChatRound()
        let pieces = calls.enumerated().map { index, call -> JSONValue in
            ["index": .integer(index), "id": .string(call.id), "function": ["name": .string(call.name), "arguments": .string(call.arguments)]]
        }
        let chunk: JSONValue = [
            "choices": [["index": 0, "delta": ["content": .string(text), "tool_calls": .array(pieces)], "finish_reason": .string(finish)]]
        ]
        _ = try round.take(chunk.encoded())
        return round
    }

    private func save(_ field: String, _ value: String, id: String = "c1") -> ChatToolCall {
        ChatToolCall(id: id, name: "save_lead", arguments: "{\"fields\":[{\"field\":\"\(field)\",\"value\":\"\(value)\"}]}")
    }

    private func done(_ lead: [String: String] = [:], _ ending: DialogEnding? = nil) -> ReplyDraft.Decision {
        .done(ModelDone(lead: lead, ending: ending, state: ending == nil ? "open" : "ended"))
    }

    @Test func sentencesComeAsTheyAreWrittenAndTheRestAtTheEnd() throws {
        var draft = draft()
        #expect(draft.take("בשמחה") == [])
        #expect(draft.take(". כמה ") == [.sentence("בשמחה.")])
        #expect(draft.take("חדרים") == [])
        let (steps, decision) = draft.end(of: try round("בשמחה. כמה חדרים"))
        #expect(steps == [.sentence("כמה חדרים")])
        #expect(decision == done())
        #expect(draft.sentences == 2)
    }

    @Test func wordsAndAGoodCallAreOneAnswer() throws {
        var draft = draft(lead: ["need": "שכירת דירה"])
        _ = draft.take("בשמחה. כמה חדרים?")
        let (_, decision) = draft.end(of: try round("בשמחה. כמה חדרים?", calls: [save("city", "חיפה"), save("name", "דנה", id: "c2")]))
        #expect(decision == done(["need": "שכירת דירה", "city": "חיפה", "name": "דנה"]))
    }

    @Test func aCallWithoutWordsIsFollowedByAnotherAnswer() throws {
        var draft = draft()
        let before = draft.question
        #expect(draft.end(of: try round(calls: [save("city", "חיפה")], finish: "tool_calls")).decision == .again)
        let again = draft.question
        #expect(Array(again.messages.prefix(before.messages.count)) == before.messages, "what was sent stays, so that the provider's cache holds")
        #expect(again.messages.suffix(2).map(\.role) == [.assistant, .tool])
        #expect(again.messages.last?.callID == "c1")
        #expect(again.messages.last?.text.contains("\"saved\":{\"city\":\"חיפה\"}") == true)
        #expect(!again.forbidsTools)
        _ = draft.take("כמה חדרים?")
        #expect(draft.end(of: try round("כמה חדרים?")).decision == done(["city": "חיפה"]))
    }

    /// The caller has heard something that is not so: the model has to put it right in the same turn.
    @Test func aRefusedCallIsFollowedByAnotherAnswer() throws {
        var draft = draft()
        _ = draft.take("תודה, יוסי.")
        #expect(draft.end(of: try round("תודה, יוסי.", calls: [save("name", "יוסי")])).decision == .again)
        #expect(draft.question.messages.last?.text.contains("has not said this name") == true)
        #expect(draft.take("סליחה, מה השם?") == [.sentence("סליחה, מה השם?")])
        #expect(draft.end(of: try round("סליחה, מה השם?")).decision == done())
    }

    @Test func afterTwoAnswersTheModelHasToSpeak() throws {
        var draft = draft()
        for expected in [false, false] {
            #expect(draft.question.forbidsTools == expected)
            #expect(draft.end(of: try round(calls: [save("name", "יוסי")])).decision == .again)
        }
        #expect(draft.question.forbidsTools)
        guard case .failed(let failure) = draft.end(of: try round(calls: [save("city", "חיפה")])).decision else {
            Issue.record("three answers without a word")
            return
        }
        #expect(failure.kind == .empty)
    }

    @Test(arguments: ["", "   ", "…", "🙂\n"]) func anAnswerWithoutAWordIsAFailure(text: String) throws {
        var draft = draft()
        #expect(draft.take(text) == [])
        guard case .failed(let failure) = draft.end(of: try round(text)).decision else {
            Issue.record("silence")
            return
        }
        #expect(failure.kind == .empty)
    }

    @Test func whatAFilterHasStoppedConcernsThisConversationOnly() throws {
        var draft = draft()
        guard case .failed(let failure) = draft.end(of: try round(finish: "content_filter")).decision else {
            Issue.record("silence")
            return
        }
        #expect(failure.kind == .conversation)
        #expect(failure.kind.isPassing)
    }

    @Test func halfASentenceIsSaidOnlyWhenThereIsNothingElse() throws {
        var first = draft()
        _ = first.take("בשמחה. אז אני רוש")
        #expect(first.end(of: try round("x", finish: "length")).steps == [])
        var second = draft()
        _ = second.take("אז אני רוש")
        #expect(second.end(of: try round("x", finish: "length")).steps == [.sentence("אז אני רוש")])
    }

    // MARK: - Saying the same again

    @Test func theSentenceOfTheLastTurnIsAskedForOnceMore() throws {
        var draft = draft()
        let before = draft.question
        #expect(draft.take("הבנתי. ") == [.sentence("הבנתי.")])
        #expect(draft.take("באיזו עיר זה יהיה? וגם") == [.repetition])
        draft.repeated()
        let again = draft.question.messages
        #expect(again.dropFirst(before.messages.count).map(\.text) == ["הבנתי.", TurnMessages.sayElse])
        #expect(again.map(\.role).suffix(3) == [.user, .assistant, .user])
        // Once: whoever insists is heard, for silence would be worse. What was said in this turn is never said twice.
        #expect(draft.take("הבנתי. באיזו עיר זה יהיה?") == [.sentence("באיזו עיר זה יהיה?")])
        #expect(draft.end(of: try round("x")).decision == done())
        #expect(draft.repetitions == 1)
    }

    @Test func aRepetitionAtTheVeryEndIsNoticedToo() throws {
        var draft = draft(lastSaid: ["ומה השם שלך בבקשה"])
        _ = draft.take("ומה השם שלך בבקשה")
        let (steps, decision) = draft.end(of: try round("x", calls: [save("city", "חיפה")]))
        #expect(steps == [.repetition])
        #expect(decision == .again)
        #expect(draft.lead.isEmpty, "an answer that is thrown away does nothing")
    }

    @Test(arguments: [Heard.silence, .interrupted, notUnderstood, spoken("מה?"), spoken("אפשר לחזור?"), .digits("5")])
    func whoHasNotHeardHearsItAgain(heard: Heard) {
        var draft = draft(heard)
        #expect(draft.take(Self.question + " ") == [.sentence(Self.question)])
    }

    @Test func shortWordsMayComeEveryTurn() {
        var draft = draft(lastSaid: ["בסדר גמור.", Self.question])
        #expect(draft.take("בסדר גמור. ") == [.sentence("בסדר גמור.")])
    }

    // MARK: - Going on after another

    @Test func aReplyGoesOnAfterWhatWasSaid() throws {
        var draft = draft(said: ["בשמחה."])
        let messages = draft.question.messages
        #expect(messages.suffix(2).map(\.role) == [.assistant, .user])
        #expect(messages.suffix(2).map(\.text) == ["בשמחה.", TurnMessages.goOn])
        #expect(draft.take("בשמחה. כמה חדרים? ") == [.sentence("כמה חדרים?")])
        #expect(draft.end(of: try round("x")).decision == done())
        #expect(draft.sentences == 1)
    }

    @Test(arguments: ["סוף", "סוף.", "", "בשמחה."]) func aReplyThatWasCompleteStays(text: String) throws {
        var draft = draft(said: ["בשמחה."])
        #expect(draft.take(text) == [])
        let (steps, decision) = draft.end(of: try round(text, calls: [save("city", "חיפה")]))
        #expect(steps == [])
        #expect(decision == done(["city": "חיפה"]))
    }

    @Test func nobodyListensToASpeech() {
        var draft = draft()
        let text = (1...40).map { "משפט מספר \($0)." }.joined(separator: " ")
        #expect(draft.take(text + " ").count == ReplyDraft.mostSentences)
    }

    @Test func theEndOfTheCallComesWithTheReply() throws {
        var draft = draft(spoken("לא, תודה"))
        _ = draft.take("תודה ולהתראות.")
        let call = ChatToolCall(id: "e", name: "end_call", arguments: #"{"reason":"goodbye"}"#)
        #expect(draft.end(of: try round("x", calls: [call])).decision == done([:], .goodbye))
        // Without a word the goodbye is still to be said.
        var mute = self.draft(spoken("לא, תודה"))
        #expect(mute.end(of: try round(calls: [call])).decision == .again)
        _ = mute.take("להתראות.")
        #expect(mute.end(of: try round("x")).decision == done([:], .goodbye))
    }

    @Test func afterAGoodbyeNothingIsAsked() throws {
        let calls = [ChatToolCall(id: "e", name: "end_call", arguments: #"{"reason":"goodbye"}"#), save("name", "יוסי")]
        var draft = draft(spoken("לא, תודה"))
        _ = draft.take("תודה ולהתראות.")
        #expect(draft.end(of: try round("x", calls: calls)).decision == done([:], .goodbye))
        // Not said yet: the model settles first what was refused, and ends the call once more.
        var mute = self.draft(spoken("לא, תודה"))
        #expect(mute.end(of: try round(calls: calls)).decision == .again)
        _ = mute.take("סליחה, מה השם?")
        #expect(mute.end(of: try round("x")).decision == done())
    }

    @Test func callsWithoutAnIdentifierGetOne() throws {
        var draft = draft()
        var call = save("city", "חיפה")
        call.id = ""
        _ = draft.end(of: try round(calls: [call]))
        #expect(draft.question.messages.suffix(2).map { $0.callID ?? $0.calls.first?.id } == ["call_0", "call_0"])
    }
}
