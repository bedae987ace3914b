import Foundation
import Testing

@testable import TwilioSimulatorKit

@Suite(.serialized) struct ScenarioTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "TwilioSimulator/Scenarios")
    static let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { $0.hasSuffix(".yaml") }.sorted() ?? []

    // MARK: Files

    @Test func everyShippedScenarioCanBeRead() throws {
        #expect(Self.files.count >= 30)
        var names: Set<String> = []
        for file in Self.files {
            let scenario = try Scenario.parse(String(contentsOf: Self.folder.appending(path: file), encoding: .utf8), file: file)
            #expect(scenario.name + ".yaml" == file)
            #expect(scenario.needs.contains { $0.name == "REPLY_MODE" }, "\(file)")
            #expect(!scenario.about.isEmpty)
            names.insert(scenario.name)
        }
        #expect(names.count == Self.files.count)
    }

    @Test(arguments: [
        ("", 1, "empty"), ("name: x", 1, "no 'caller'"), ("name: x\ncaller: hang_up", 2, "list"),
        ("name: x\ncaller:\n  - dance", 3, "dance"), ("name: x\ncaller:\n  - say: 1\n  - wait: rain", 4, "rain"),
        ("name: x\ncaller:\n  - hear: 1\n    how: loud", 4, "how"), ("name: x\ncaller:\n  - keys: \"x\"", 3, "keys"),
        ("name: x\ncaller:\n  - say: 99999", 3, "99999"), ("name: x\ncaller:\n  - rounds: { first: 3 }", 3, "count"),
        ("name: x\ncaller: [hang_up]\nfaults:\n  - fault: rain", 4, "rain"),
        ("name: x\ncaller: [hang_up]\nfaults:\n  - fault: media-hole\n    ms: 3", 4, "from_second"),
        ("name: x\ncaller: [hang_up]\nfaults:\n  - fault: slow\n    ms: fast", 5, "fast"),
        ("name: x\ncaller: [hang_up]\nexpect:\n  errors: none", 4, "list"),
        ("name: x\ncaller: [hang_up]\nexpect:\n  rounds: many", 4, "many"), ("name: x\ncolour: red", 2, "colour"),
        ("name: x\ncaller: [hang_up]\nexpect:\n  within:\n    - { until: play }", 5, "after"),
        ("name: x\n  caller: [", 2, "YAML"),
    ])
    func mistakesAreNamedWithFileAndLine(_ yaml: String, _ line: Int, _ word: String) throws {
        let failure = try #require(throws: SimulatorFailure.self) { try Scenario.parse(yaml, file: "bad.yaml") }
        #expect(failure.message.hasPrefix("bad.yaml:\(line):"), "\(failure.message)")
        #expect(failure.message.contains(word), "\(failure.message)")
    }

    @Test func everythingCanBeSaid() throws {
        let scenario = try Scenario.parse(
            """
            name: all
            to: "+97230000000"
            needs: { REPLY_MODE: play }
            background: 2
            caller:
              - wait: quiet
              - say: 7
              - { hear: 7, within: 2.5 }
              - { wait: playing, within: 1 }
              - say_text: שלום
              - silence: 1.5
              - keys: "0#"
              - rounds: { count: 4, first: 9, attempts: 2, over_play_every: 3 }
              - hear: person
              - hang_up
            dial: [busy, { status: answered, after_ms: 10, talk_ms: 20 }]
            twilio: { connect_action_after_hang_up: false }
            faults:
              - { fault: socket-cut, streams: 2-, from_second: 1.5, times: 3 }
              - { fault: rest, status: 429, target: calls }
            expect:
              documents: [play greeting*, { repeat: 2, of: [stream, play] }, hangup?, "..."]
              rounds: ">=3"
              unheard: 1-2
              within: [{ after: play, until: stream, ms: 500 }]
            """, file: "all.yaml")
        var rounds = CallerSteps.Rounds(count: 4)
        (rounds.first, rounds.attempts, rounds.overPlayEvery) = (9, 2, 3)
        #expect(
            scenario.steps.steps == [
                .wait(.quiet, withinMs: 30_000), .say(7), .hear(7, withinMs: 2500), .wait(.playing, withinMs: 1000), .sayText("שלום"),
                .silence(ms: 1500), .keys("0#"), .rounds(rounds), .hear(31_000, withinMs: 20_000), .hangUp,
            ])
        #expect(scenario.dials == [DialPlan(.busy), DialPlan(.answered, afterMs: 10, talkMs: 20)])
        #expect(scenario.faults.first?.streams == 2...Int.max)
        #expect(!scenario.habits.connectActionAfterHangUp)
        #expect(scenario.expect.documents?.items == ["play greeting*", "stream", "play", "stream", "play", "hangup?", "..."])
        #expect(scenario.expect.unheard == CountRange(1...2))
        #expect(scenario.expect.within == [.init(after: "play", until: "stream", ms: 500)])
    }

    @Test func verbPatterns() {
        func matches(_ items: [String], _ verbs: [String]) -> Bool { VerbPattern(items).matches(verbs) }
        #expect(matches(["play greeting*", "stream"], ["play greeting_he.mp3", "stream"]))
        #expect(matches(["play greeting_he", "stream"], ["play greeting_he.mp3", "stream"]))
        #expect(!matches(["play", "stream"], ["play a.mp3", "stream", "hangup"]))
        #expect(matches(["play", "...", "hangup"], ["play a.mp3", "stream", "play b.mp3", "hangup"]))
        #expect(matches(["record?", "play"], ["play a.mp3"]))
        #expect(!matches(["playback"], ["play a.mp3"]))
        #expect(matches(["dial"], ["dial +972501234567"]))
    }

    // MARK: Silence

    @Test func silenceIsWhatNobodyFills() {
        var report = CallReport(script: "s", callSid: "CA1", from: "+1", to: "+2")
        report.durationMs = 30_000
        report.verbs = [.init(name: "play a", startMs: 1000, endMs: 3000), .init(name: "stream", startMs: 3000, endMs: 20_000)]
        report.verbs.append(.init(name: "record", startMs: 20_000, endMs: 29_000))
        report.agentSpeech = [.init(startMs: 1200, endMs: 3000), .init(startMs: 9000, endMs: 10_000)]
        report.customerUtterances = [.init(index: 0, text: "#1", voiceStartMs: 4000, voiceEndMs: 5000)]
        report.spoken = SpokenRecord()
        report.spoken?.silences = [.init(startMs: 10_500, endMs: 18_000)]
        let silences = SilenceMeter.silences(of: report, graceMs: 0)
        #expect(silences.map { $0.endMs - $0.startMs } == [4000, 2000, 1000, 1000, 500, 200])
        #expect(silences.first == .init(startMs: 5000, endMs: 9000))
        // Only what follows the caller's own words is the agent's to think.
        #expect(SilenceMeter.silences(of: report, graceMs: 1500).first == .init(startMs: 6500, endMs: 9000))
    }

    // MARK: The caller

    /// Lets a caller live; the agent answers each number after 300 ms, two seconds long.
    private func live(_ steps: [CallerSteps.Step], seconds: Int, answers: Bool = true, asks: Bool = false) -> (
        ScenarioCaller, [Int: ScenarioCaller.Action]
    ) {
        var caller = ScenarioCaller(CallerSteps(steps))
        var actions: [Int: ScenarioCaller.Action] = [:]
        var (speechEnd, number, answerAt) = (Int?.none, 0, Int?.none)
        for now in stride(from: 0, through: seconds * 1000, by: 20) {
            if speechEnd == now {
                caller.finishedSpeaking(now: now)
                answerAt = answers || asks ? now + 300 : nil
            }
            let playing = answerAt.map { (($0)..<($0 + 2000)).contains(now) } ?? false
            if let answerAt, now == answerAt + 500 { caller.heard(asks ? SpokenRecord.again : number, now: now) }
            if let answerAt, now == answerAt + 1500, !asks { caller.heard(number + SpokenRecord.second, now: now) }
            for action in caller.advance(.init(now: now, isAudible: playing, isBusy: playing, hasListener: true)) {
                actions[now] = action
                if case .say(let said) = action { (number, speechEnd) = (said, now + 460) }
            }
        }
        return (caller, actions)
    }

    @Test func roundsGoOnWhenTheAnswerHasEnded() {
        var rounds = CallerSteps.Rounds(count: 3)
        rounds.first = 50
        let (caller, actions) = live([.rounds(rounds)], seconds: 20)
        #expect(caller.record.answered == 3)
        #expect(actions.values.count { if case .say = $0 { true } else { false } } == 3)
        #expect(caller.hasHungUp)
        #expect(caller.record.problems == [])
    }

    @Test func aRoundWithoutAnswerIsLostAfterItsAttempts() {
        var rounds = CallerSteps.Rounds(count: 1)
        (rounds.attempts, rounds.withinMs) = (2, 10_000)
        let silent = live([.rounds(rounds)], seconds: 30, answers: false)
        #expect(silent.0.record.rounds.first?.said.count == 2)
        #expect(silent.0.record.problems.count == 1)
        // Asked again, it repeats sooner.
        let asked = live([.rounds(rounds)], seconds: 30, answers: false, asks: true)
        let gap = asked.0.record.rounds[0].said
        #expect(gap.count == 2 && gap[1] - gap[0] < 8000)
    }

    @Test func stepsThatCannotBeDoneAreProblems() {
        let (caller, _) = live([.wait(.recording, withinMs: 1000), .hear(31_000, withinMs: 500)], seconds: 3, answers: false)
        #expect(caller.record.problems.count == 2)
        #expect(caller.hasHungUp)
    }

    // MARK: Whole

    @Test func aScenarioPassesAndAnotherFails() async throws {
        await Lines.shared.take()
        defer { Task { await Lines.shared.give() } }
        var behaviour = FakeApplication.Behaviour()
        behaviour.echo = true
        let application = try await FakeApplication.start(behaviour)
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)
        try await account.start()
        let runner = ScenarioRun(account: account, route: try application.route(), to: "+97235550100", voice: EndToEndTests.ToneVoice())
        let yaml = """
            name: echo
            seconds: 30
            settle_seconds: 0
            caller: [ { wait: listening }, { rounds: 2 } ]
            expect:
              documents: [play greeting, stream]
              rounds: 2
              ended_by: caller
              longest_silence_ms: 4000
              within: [ { after: play greeting, until: stream, ms: 2000 } ]
            """
        let passed = try await runner.run(Scenario.parse(yaml, file: "echo.yaml"))
        #expect(passed.passed, "\(passed.text)")
        #expect(passed.text.contains("HEARD until"))
        #expect(passed.text.contains("play greeting.mp3"))
        let wrong = try await runner.run(
            Scenario.parse(yaml.replacing("rounds: 2\n  ended_by", with: "rounds: 3\n  ended_by"), file: "echo.yaml"))
        #expect(wrong.verdicts.filter { !$0.passed }.map(\.expectation) == ["rounds answered: 3"])
        await account.stop()
        await application.stop()
    }
}
