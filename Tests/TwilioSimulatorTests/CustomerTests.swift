import Foundation
import Testing

@testable import TwilioSimulatorKit

@Suite struct CustomerTests {
    static let script = CustomerScript(
        name: "test", opening: "פתיחה",
        answers: [
            .init(when: ["הכל נכון"], say: "לא", without: ["תל אביב"], note: "city"),
            .init(when: ["מה לתקן"], say: "העיר", noted: "city"),
            .init(when: ["באיזו עיר"], say: "בתל אביב"),
            .init(when: ["כמה חדרים"], say: "שלושה"),
            .init(when: ["הכל נכון"], say: "כן"),
            .init(when: ["לא הבנתי"], say: nil, repeat: true),
        ], hangUpWhen: ["להתראות"])

    /// Drives a customer in steps of 20 ms through the agent's audio.
    struct Line {
        var customer: Customer
        var now = 0

        init(cues: Bool) { customer = Customer(script: CustomerTests.script, hasCues: cues, now: 0) }

        mutating func step(agent: Bool = false, busy: Bool = false, canSpeak: Bool = true) -> Customer.Action? {
            now += 20
            return customer.advance(now: now, agentAudible: agent, agentBusy: agent || busy, canSpeak: canSpeak)
        }

        /// The agent speaks for a second, then the line is silent until the customer acts. Gives the action and its delay.
        mutating func agentSays(_ text: String?, limit: Int = 20_000) -> (action: Customer.Action?, delay: Int) {
            customer.finishedSpeaking(now: now)
            if let text { customer.hear(AgentCue(text: text, turn: 0)) }
            for _ in 0..<50 { _ = step(agent: true) }
            return untilAction(limit: limit)
        }

        mutating func untilAction(limit: Int = 20_000) -> (action: Customer.Action?, delay: Int) {
            let begin = now
            while now - begin < limit {
                if let action = step() { return (action, now - begin) }
            }
            return (nil, limit)
        }
    }

    @Test func answersWhatIsAsked() {
        var line = Line(cues: true)
        let opening = line.agentSays("שלום, במה אפשר לעזור?")
        #expect(opening.action == .say("פתיחה"))
        #expect((300...640).contains(opening.delay))
        let turn1 = line.agentSays("כמה חדרים?")
        #expect(turn1.action == .say("שלושה"))
        let turn2 = line.agentSays("באיזו, עיר?")
        #expect(turn2.action == .say("בתל אביב"))
        let turn3 = line.agentSays("סליחה, לא הבנתי.")
        #expect(turn3.action == .say("בתל אביב"))
        let turn4 = line.agentSays("כמה חדרים?")
        #expect(turn4.action == .say("שלושה"))
        let turn5 = line.agentSays("תודה ולהתראות")
        #expect(turn5.action == .hangUp(.goodbye))
        #expect(line.customer.heardGoodbye)
    }

    @Test func priorityIsTheOrderOfTheRules() {
        var line = Line(cues: true)
        _ = line.agentSays(nil)
        let turn6 = line.agentSays("באיזו עיר, וכמה חדרים?")
        #expect(turn6.action == .say("בתל אביב"))
    }

    @Test func correctsAWrongDetail() {
        var line = Line(cues: true)
        _ = line.agentSays(nil)
        let turn7 = line.agentSays("אז בחיפה. הכל נכון?")
        #expect(turn7.action == .say("לא"))
        let turn8 = line.agentSays("מה לתקן?")
        #expect(turn8.action == .say("העיר"))
        let turn9 = line.agentSays("אז בתל אביב. הכל נכון?")
        #expect(turn9.action == .say("כן"))
    }

    @Test func niqqudAndPunctuationDoNotMatter() {
        var line = Line(cues: true)
        _ = line.agentSays(nil)
        let turn10 = line.agentSays("כַּמָּה  ״חדרים״")
        #expect(turn10.action == .say("שלושה"))
    }

    @Test func waitsWhileAudioOrMarksArePending() {
        var line = Line(cues: true)
        for _ in 0..<50 { _ = line.step(agent: true) }
        for _ in 0..<200 {
            let action = line.step(busy: true)
            #expect(action == nil)
        }
        let turn11 = line.untilAction()
        #expect(turn11.action == .say("פתיחה"))
    }

    @Test func doesNotSpeakWhenNobodyListens() {
        var line = Line(cues: true)
        for _ in 0..<50 { _ = line.step(agent: true, canSpeak: false) }
        for _ in 0..<500 {
            let action = line.step(canSpeak: false)
            #expect(action == nil)
        }
        let turn12 = line.untilAction()
        #expect(turn12.action == .say("פתיחה"))
    }

    @Test func withoutCuesTheScriptsOrderCounts() {
        var line = Line(cues: false)
        let turn13 = line.agentSays(nil)
        #expect(turn13.action == .say("פתיחה"))
        let turn14 = line.agentSays(nil)
        #expect(turn14.action == .say("בתל אביב"))
        let turn15 = line.agentSays(nil)
        #expect(turn15.action == .say("שלושה"))
        let turn16 = line.agentSays(nil)
        #expect(turn16.action == .say("כן"))
        #expect(line.customer.hasSaidEverything)
        let turn17 = line.agentSays(nil)
        #expect(turn17.action == .hangUp(.scriptFinished))
    }

    @Test func repeatsItselfOnceAfterSilenceThenGivesUp() {
        var line = Line(cues: true)
        let opening = line.untilAction()
        #expect(opening.action == .say("פתיחה"))
        #expect(opening.delay >= Customer.greetingPatience)
        line.customer.finishedSpeaking(now: line.now)
        let again = line.untilAction()
        #expect(again.action == .say("פתיחה"))
        #expect((8000...8100).contains(again.delay))
        line.customer.finishedSpeaking(now: line.now)
        let turn18 = line.untilAction()
        #expect(turn18.action == .hangUp(.silence))
    }

    @Test func anUnknownQuestionIsWaitedOut() {
        var line = Line(cues: true)
        _ = line.agentSays(nil)
        _ = line.agentSays("כמה חדרים?")
        let answer = line.agentSays("מה דעתך על מזג האוויר?")
        #expect(answer.action == .say("שלושה"))
        #expect(answer.delay >= Customer.patience)
    }

    @Test func aLateCueIsWaitedFor() {
        var line = Line(cues: true)
        _ = line.agentSays(nil)
        line.customer.finishedSpeaking(now: line.now)
        for _ in 0..<50 { _ = line.step(agent: true) }
        for _ in 0..<50 {
            let action = line.step()
            #expect(action == nil)
        }
        line.customer.hear(AgentCue(text: "כמה חדרים?", turn: 1))
        let turn19 = line.untilAction()
        #expect(turn19.action == .say("שלושה"))
    }

    // MARK: Files

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "TwilioSimulator")

    @Test(arguments: ["rent-flat", "buy-flat", "sell-flat"]) func shippedScriptsCanBeSpoken(_ name: String) throws {
        let script = try CustomerScript.parse(
            String(contentsOf: Self.folder.appending(path: "Scripts/\(name).yaml"), encoding: .utf8), file: name)
        let lexicon = try PhonemeLexicon(String(contentsOf: Self.folder.appending(path: "Voices/customer-phonemes.tsv"), encoding: .utf8))
        #expect(script.name == name)
        #expect(script.hangUpWhen == ["להתראות"])
        for sentence in script.sentences { #expect(lexicon.phonemes(of: sentence).unknown == [], "\(sentence)") }
    }

    @Test func badScriptsSayWhatToCorrect() {
        #expect(throws: SimulatorFailure.self) { try CustomerScript.parse("name: x") }
        #expect(throws: SimulatorFailure.self) { try CustomerScript.parse("name: x\nopening: y\nanswers:\n  - { when: [a] }") }
        #expect(throws: SimulatorFailure.self) { try CustomerScript.parse("name: [") }
    }

    @Test func longestPhraseWins() throws {
        let lexicon = try PhonemeLexicon("# comment\nתל אביב\ttel aviv\nתל\ttel\nאני\tani\n")
        #expect(lexicon.phonemes(of: "אני, תל אביב!").phonemes == "ani tel aviv")
        #expect(lexicon.phonemes(of: "אני חדש").unknown == ["חדש"])
        #expect(throws: SimulatorFailure.self) { try PhonemeLexicon("מילה בלי טאב") }
    }

    // MARK: Load

    @Test func loadTurnsMeasureAndCountLosses() {
        var settings = LoadTurns.Settings()
        settings.utterances = 2
        var turns = LoadTurns(settings: settings, now: 0)
        var now = 0.0
        func advance(_ turns: inout LoadTurns, by ms: Double, busy: Bool = false) -> LoadTurns.Action? {
            now += ms
            return turns.advance(now: now, isBusy: busy)
        }
        let early = advance(&turns, by: 100, busy: true)
        #expect(early == nil)
        let first = advance(&turns, by: 700)
        #expect(first == .speak(0))
        turns.finishedSpeaking(now: 1600)
        turns.heard(now: 1950)
        turns.heard(now: 1970)
        #expect(turns.delays == [350])
        now = 2000
        let waiting = advance(&turns, by: 100)
        #expect(waiting == nil)
        let second = advance(&turns, by: 700)
        #expect(second == .speak(1))
        turns.finishedSpeaking(now: now)
        let lost = advance(&turns, by: 5000)
        #expect(lost == nil)
        #expect(turns.lost == 1)
        let end = advance(&turns, by: 700)
        #expect(end == .finish)
    }

    @Test func percentilesAreNearestRank() throws {
        let distribution = try #require(LoadReport.Distribution((1...100).map(Double.init)))
        #expect(distribution.p50 == 50)
        #expect(distribution.p95 == 95)
        #expect(distribution.worst == 100)
        #expect(LoadReport.Distribution([]) == nil)
        #expect(LoadReport.Distribution([3])?.p95 == 3)
    }
}
