import ArgumentParser
import Audio
import Glibc
import TwilioSimulatorKit
import VoiceActivityKit

/// Compares detectors of voice activity on telephone lines that it makes itself.
@main
struct MaaneVoiceActivity: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-voice-activity", abstract: "Prints how well and how cheaply detectors tell voice from line noise, babble and music.",
        discussion: """
            The voices are espeak-ng's; what they say, and when, is known. misses: voiced frames called silence. alarms: silent frames called voice. \
            false/min: starts of at least 120 ms of called voice where nobody speaks, per minute of silence. hang: milliseconds from the last voiced \
            frame to the first of 300 ms of called silence. cut: utterances called over while they go on. unheard: utterances of which fewer than three frames were called voice.
            """)

    @Option(help: "Directory for table.txt, table.json and the lines.")
    var out = "var/voice-activity"
    @Option(help: "Lines of each voice and condition.")
    var repeats = 2
    @Option(help: "What voices, pauses and noises are made from.")
    var seed: UInt64 = 1
    @Option(help: "A Python with Tests/VoiceActivity/requirements.txt; without it neither WebRTC's detector nor Silero's is asked.")
    var python: String?
    @Option(help: "The program for it.")
    var script = "Tests/VoiceActivity/outside.py"

    func run() async throws {
        guard repeats > 0 else { throw ValidationError("--repeats \(repeats) is no number of lines; use one from 1") }
        let lines = try await TestLines(seed: seed, repeats: repeats).make()
        var contestants = Contestant.own + Contestant.trackedFloor + Contestant.speex
        var cost = [
            "ours": Contestant.cost(lines) { VoiceActivityDetector() }, "speexdsp": Contestant.cost(lines) { SpeexDetector() },
        ]
        let folder = "\(out)/lines"
        for line in lines {
            try ResultFiles.write(WAV.write(line.pcm, sampleRate: MuLaw.sampleRate), to: folder, name: "\(line.name).wav")
            try ResultFiles.write(line.truth.letters, to: folder, name: "\(line.name).truth")
        }
        if let python {
            let answers = try await OutsideAnswers.ask(python: python, script: script, lines: folder, out: "\(out)/outside.json")
            contestants += Contestant.outside(answers.lines)
            cost.merge(answers.cost) { own, _ in own }
        }
        let table = Self.score(contestants, lines, cost: cost)
        let text = table.text() + "\n"
        try ResultFiles.write(try ResultFiles.json(table), to: out, name: "table.json")
        try ResultFiles.write(Array(text.utf8), to: out, name: "table.txt")
        print(text, terminator: "")
    }

    private static func score(_ contestants: [Contestant], _ lines: [TestLine], cost: [String: Double]) -> ActivityTable {
        // One row for each condition, then all of them, then the voices that nothing was chosen by.
        let groups = Condition.all.map(\.name) + ["all", "all, held-out voices"]
        var rows: [[ActivityRow]] = groups.map { _ in [] }
        var settings: [ActivityRow] = []
        for contestant in contestants {
            var scores = groups.map { _ in ActivityScore() }
            for line in lines {
                let decisions = contestant.decide(line)
                for (index, group) in groups.enumerated()
                where group == line.condition || group == "all" || (line.isHeldOut && index == groups.count - 1) {
                    scores[index].add(decisions, line.truth)
                }
            }
            settings.append(ActivityRow(condition: "all", detector: contestant.name, scores[groups.count - 2]))
            guard contestant.isShown else { continue }
            for index in groups.indices { rows[index].append(ActivityRow(condition: groups[index], detector: contestant.name, scores[index])) }
        }
        let frames = lines.reduce(0) { $0 + $1.frames }
        return ActivityTable(
            rows: rows.flatMap { $0 }, settings: settings, cost: cost, minutes: Double(frames * MuLaw.frameMilliseconds) / 60_000, lines: lines.count)
    }
}
