import CallVocabulary
import FoundationEssentials
import ServiceKit
import Testing

@testable import ASRWorker
@testable import ConversationsKit

struct ScriptedHearingTests {
    private static let words = [("אני", 1_000, 1_200), ("מחפש", 1_200, 1_600), ("דירה", 2_400, 2_900)].map {
        ScriptedHearing.Word(text: $0.0, start: $0.1, end: $0.2)
    }
    private static func hearing(_ final: FinalLatency = .fixed(0)) -> ScriptedHearing {
        var hearing = ScriptedHearing(settings: ScriptedSettings(directory: "/", final: final), seed: 7)
        hearing.expect(words)
        return hearing
    }

    @Test func interimsComeAWhileAfterEachWord() {
        var hearing = Self.hearing()
        // Frame 49 ends at 1,000 ms; a word that ends at 1,200 is shown when the audio up to 1,350 is there.
        #expect(hearing.hear(first: 45, last: 66, of: TurnID(1)) == nil)
        #expect(hearing.hear(first: 67, last: 67, of: TurnID(1)) == .interim(TurnID(1), "אני"))
        #expect(hearing.hear(first: 68, last: 68, of: TurnID(1)) == nil)
        #expect(hearing.hear(first: 69, last: 160, of: TurnID(1)) == .interim(TurnID(1), "אני מחפש דירה"))
    }

    @Test func theFinalHasTheWordsOfItsUtteranceOnly() {
        var hearing = Self.hearing()
        _ = hearing.hear(first: 45, last: 110, of: TurnID(1))
        hearing.finish(TurnID(1), through: 110, at: 500)
        #expect(hearing.finals(at: 500) == [.final(TurnID(1), Transcript(text: "אני מחפש", confidence: 1, understood: true))])
        #expect(hearing.finals(at: 10_000) == [])
        _ = hearing.hear(first: 111, last: 170, of: TurnID(2))
        hearing.finish(TurnID(2), through: 170, at: 1_700)
        #expect(hearing.finals(at: 1_700) == [.final(TurnID(2), Transcript(text: "דירה", confidence: 1, understood: true))])
    }

    @Test func aWordBelongsToWhoHasItsMiddle() {
        var hearing = Self.hearing()
        // From 1,420 ms on: the middle of the second word, 1,400 ms, is gone.
        _ = hearing.hear(first: 71, last: 150, of: TurnID(1))
        hearing.finish(TurnID(1), through: 150, at: 0)
        #expect(hearing.finals(at: 0) == [.final(TurnID(1), Transcript(text: "דירה", confidence: 1, understood: true))])
    }

    @Test func whatHasNoWordsIsNotUnderstood() {
        var hearing = Self.hearing()
        _ = hearing.hear(first: 0, last: 30, of: TurnID(1))
        hearing.finish(TurnID(1), through: 30, at: 0)
        hearing.finish(TurnID(2), through: 90, at: 0)
        let nothing = Transcript(text: "", confidence: 0, understood: false)
        #expect(hearing.finals(at: 0) == [.final(TurnID(1), nothing), .final(TurnID(2), nothing)])
    }

    @Test func finalsWaitAndAreDiscarded() {
        var hearing = Self.hearing(.fixed(300))
        _ = hearing.hear(first: 45, last: 150, of: TurnID(1))
        hearing.finish(TurnID(1), through: 150, at: 1_000)
        #expect(hearing.next == 1_300)
        #expect(hearing.finals(at: 1_299) == [])
        hearing.discard(TurnID(1))
        #expect(hearing.next == nil)
        #expect(hearing.finals(at: 2_000) == [])
    }

    @Test func profilesHaveTheirMedianAndP95() throws {
        for (latency, median, p95) in [(FinalLatency.fast, 247, 298), (.google, 878, 1_155)] {
            let delays = (0..<4_000).map { latency.delay(afterSilence: 0, seed: UInt64($0)) }.sorted()
            #expect(abs(delays[2_000] - median) * 30 <= median)
            #expect(abs(delays[3_800] - p95) * 30 <= p95)
        }
        // A provider's time runs from the last word on.
        let all = FinalLatency.google.delay(afterSilence: 0, seed: 5)
        #expect(FinalLatency.google.delay(afterSilence: 400, seed: 5) == all - 400)
        #expect(FinalLatency.google.delay(afterSilence: 9_000, seed: 5) == 0)
        #expect(FinalLatency.fixed(200).delay(afterSilence: 9_000, seed: 5) == 200)
    }

    @Test func settingsAreRead() {
        let good = SettingsReader(["MAANE_SCRIPTED_DIR": "/tmp/x", "MAANE_SCRIPTED_FINAL_MS": "google"])
        #expect(ScriptedSettings(good) == ScriptedSettings(directory: "/tmp/x", final: .google))
        #expect(good.faults.isEmpty)
        let bad = SettingsReader(["MAANE_SCRIPTED_FINAL_MS": "soon"])
        _ = ScriptedSettings(bad)
        #expect(bad.faults.count == 2)
    }
}

struct ScriptFileTests {
    @Test func linesAreReadAsTheyComeAndHalfOnesWait() throws {
        let path = "/tmp/maane-script-\(UInt64.random(in: 0 ... .max)).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = ScriptFile(path: path)
        defer { file.close() }
        #expect(file.read().isEmpty)
        // As the simulated caller writes it.
        let line = try TalkCall.line(frame: 10, words: [.init(word: "כן", start: 0, end: 300)])
        try Data(line).write(to: URL(fileURLWithPath: path))
        #expect(file.read().map(\.heard) == [[.init(text: "כן", start: 200, end: 500)]])
        #expect(file.read().isEmpty)
        let more = try TalkCall.line(frame: 20, words: [.init(word: "לא", start: 20, end: 200)])
        try Data(line + more.prefix(20)).write(to: URL(fileURLWithPath: path))
        #expect(file.read().isEmpty)
        try Data(line + more + Array("{}\n".utf8)).write(to: URL(fileURLWithPath: path))
        #expect(file.read().map(\.heard) == [[.init(text: "לא", start: 420, end: 600)]])
        #expect(file.malformed == 1)
    }
}
