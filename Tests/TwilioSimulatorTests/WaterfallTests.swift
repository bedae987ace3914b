import BusContract
import CallVocabulary
import Testing
import TwilioSimulatorKit

@Suite struct WaterfallTests {
    private func stages(_ change: (inout TurnStages) -> Void = { _ in }) -> TurnStages {
        var stages = TurnStages()
        stages.voiceEnd = CallTime(milliseconds: 10_000)
        stages.endpoint = CallTime(milliseconds: 10_300)
        stages.final = CallTime(milliseconds: 10_400)
        stages.asked = CallTime(milliseconds: 10_160)
        stages.firstToken = CallTime(milliseconds: 10_360)
        stages.reply = CallTime(milliseconds: 10_390)
        stages.audio = CallTime(milliseconds: 10_480)
        stages.spoken = CallTime(milliseconds: 10_481)
        stages.heard = CallTime(milliseconds: 12_481)
        change(&stages)
        return stages
    }

    @Test func barsStandWhereTheStagesWere() throws {
        var record = TurnRecord(entry: TurnEntry(turn: TurnID(3), heard: .silence), recogniser: "deepgram", dialog: "openai", stages: stages(), endpoint: "question")
        record.voice = "azure"
        record.preemption = "hit"
        record.epochs = ["tts": 4_294_967_303, "asr": 4_294_967_301]
        let fall = try #require(Waterfall(stages(), record))
        #expect(fall.bars.map(\.name) == ["end of turn", "final", "first token", "first sentence", "first audio", "on the line", "heard"])
        #expect(fall.bars[2].from == 160 && fall.bars[2].to == 360)
        #expect(fall.note == "ended by question · asked before the final: hit · by deepgram, openai, azure · epochs asr 5, tts 7")
        let lines = fall.text.split(separator: "\n")
        #expect(lines.count == 8 && lines[0].contains("█") && lines[0].hasSuffix("0 → 300 ms") && lines[6].contains("heard for 2000 ms"))
        // 481 ms on forty columns: the final begins at 300 of them.
        #expect(lines[1].hasPrefix("    final          ························█"))
    }

    @Test func whatDidNotHappenHasNoBar() throws {
        #expect(Waterfall(TurnStages()) == nil, "nobody spoke")
        let fall = try #require(Waterfall(stages { ($0.firstToken, $0.reply, $0.audio, $0.spoken, $0.heard) = (nil, nil, nil, nil, nil) }))
        #expect(fall.bars.map(\.name) == ["end of turn", "final"])
        let early = try #require(Waterfall(stages { $0.asked = CallTime(milliseconds: 9_900) }))
        #expect(early.text.contains("-100 → 360 ms"), "asked before the caller had ended, and went on")
    }

    @Test func stagesOfManyTurnsHavePercentiles() {
        let conversation = ConversationID("call:CA1")
        let events = (1...100).map { number in
            TapEvent(
                .turn, conversation: conversation, business: BusinessID("x"), turn: TurnID(number), at: .zero,
                stages: stages { $0.endpoint = CallTime(milliseconds: 10_000 + number) })
        }
        let table = StageTable(events).text.split(separator: "\n")
        #expect(table.count == 8)
        #expect(table[1] == "    end of turn         100      50      95      99")
        #expect(table.last == "    voice to voice      100     481     481     481")
        #expect(StageTable([]).text.isEmpty)
    }
}
