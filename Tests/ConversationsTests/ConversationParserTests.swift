import Testing
import TwilioSimulatorKit

@testable import ConversationsKit

struct ConversationParserTests {
    private static let head = "name: a\nabout: b\ncategory: c\n"

    @Test func aWholeFileIsRead() throws {
        let text = """
            name: hesitation
            about: A pause after a connective is not an end.
            category: hesitation
            voices: [he+m3]
            seconds: 60
            line: { noise: babble, snr_db: 12.5, echo_db: -24, echo_ms: 160, level_db: -30 }
            caller:
              - say: [אני מחפש דירה ו, 700, בתל אביב]
                end_within: 900
              - { say: [רגע], over: 1200, stops: true }
              - { say: [אהה], over: 900, stops: false }
              - { sound: cough, over: 500, stops: false }
              - { say: [לא חמש], after: 250, turn: none }
              - keys: "5"
              - wait: 2000
              - say: כן
              - { say: [ארבע], after: 300, turn: same }
            """
        let conversation = try Conversation.parse(text, file: "x.yaml")
        #expect(conversation.line.noise == .babble)
        #expect(conversation.line.snr == 12.5)
        #expect(conversation.line.echo == -24)
        #expect(conversation.line.echoDelay == 160)
        #expect(conversation.line.level == -30)
        #expect(conversation.seconds == 60)
        #expect(conversation.steps.count == 9)
        let utterances = conversation.utterances
        #expect(utterances[0].parts == [.words("אני מחפש דירה ו"), .pause(700), .words("בתל אביב")])
        #expect(utterances[0].endWithin == 900)
        #expect(utterances[1].cue == .overAgent(1200))
        #expect(utterances.map(\.turn) == [.new, .new, .none, .none, .none, .new, .same])
        #expect(utterances.map(\.stopsAgent) == [nil, true, false, false, nil, nil, nil])
    }

    @Test(arguments: [
        ("caller: [{say: כן}]\n", "x.yaml:1", "'name' is missing"),
        (head + "caller: [{say: כן, loud: true}]\n", "x.yaml:4", "'loud' is unknown"),
        (head + "line: {noise: rain}\ncaller: [{say: כן}]\n", "x.yaml:4", "'noise' is one of babble, music, line"),
        (head + "line: {snr_db: loud}\ncaller: [{say: כן}]\n", "x.yaml:4", "'snr_db' is a number"),
        (head + "caller: [{say: כן}, {say: לא, over: 500}]\n", "x.yaml:4", "'over' needs 'stops"),
        (head + "caller: [{say: כן}, {say: לא, stops: true}]\n", "x.yaml:4", "'stops' needs 'over'"),
        (head + "caller: [{say: כן, over: 5, stops: true}]\n", "x.yaml:1", "first step of 'caller'"),
        (head + "caller: [{say: כן, turn: same}]\n", "x.yaml:1", "needs a turn before it"),
        (head + "caller: [{say: [כן, 9000]}]\n", "x.yaml:4", "a pause in 'say' has 20 to 5000"),
        (head + "caller:\n  - say: כן\n  - {sound: sneeze}\n", "x.yaml:6", "'sound' is one of cough, click, breath"),
        (head + "caller: [{keys: \"0\"}]\n", "x.yaml:4", "'keys' holds"),
        (head + "caller: [{sound: cough}, {wait: soon}]\n", "x.yaml:4", "'wait' is a whole number"),
        (head + "caller: []\n", "x.yaml:1", "'caller' is missing"),
        (head + "caller: {", "x.yaml", "this is no YAML"),
    ])
    func whatIsWrongIsNamedWithFileAndField(_ text: String, _ place: String, _ message: String) throws {
        let failure = #expect(throws: SimulatorFailure.self) { try Conversation.parse(text, file: "x.yaml") }
        #expect(failure?.message.hasPrefix(place) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }
}
