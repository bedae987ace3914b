import ArgumentParser
import ConversationsKit
import Glibc
import TwilioSimulatorKit

/// Holds conversations with a running fleet and measures how it takes its turns.
@main
struct MaaneConversations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-conversations", abstract: "Simulated callers hold conversations; how the fleet takes its turns is scored as a table.",
        discussion: """
            The fleet runs with ASR_PROVIDERS=scripted, DIALOG_PROVIDERS=talk, LOG_TRANSCRIPTS=on and MAANE_SCRIPTED_DIR \
            (deploy/scripts/conversations.sh starts it so). Exit code 0: every turn was heard and answered once, no call got stuck, and the given limits hold.
            """)

    @Option(help: "The application's PUBLIC_BASE_URL.")
    var baseURL: String
    @Option(help: "TWILIO_ACCOUNT_SID.")
    var accountSid: String
    @Option(help: "TWILIO_AUTH_TOKEN.")
    var authToken: String
    @Option(help: "The number that is called.")
    var to: String = "+97235550100"
    @Option(help: "MAANE_BUS of the fleet.")
    var bus: String
    @Option(help: "MAANE_SCRIPTED_DIR of the fleet.")
    var scripts: String
    @Option(help: "Calls of each conversation, each with another voice, speed and seed.")
    var `repeat`: Int = 6
    @Flag(help: "One call of each conversation: some three minutes.")
    var part = false
    @Option(help: "Calls at once.")
    var calls: Int = 24
    @Option(help: "What voices, pauses and noises are made from.")
    var seed: UInt64 = 1
    @Option(help: "Directory for table.txt, table.json and calls.json.")
    var out: String?
    @Option(help: "What to tell as the command that repeats the run.")
    var repeatWith: String?
    @Option(help: "Largest median end of turn, in milliseconds.")
    var maxEndMedian: Double?
    @Option(help: "Ticks of the simulated callers that may be late, in percent; with more than 1 the times say nothing.")
    var latePercent: Int = 1
    @Option(help: "Most cut-ins, of 100 turns.")
    var maxCutIns: Double?
    @Option(help: "Most missed ends, of 100 turns.")
    var maxMissedEnds: Double?
    @Option(help: "Largest 95th percentile from the decision to the stop, in milliseconds.")
    var maxStop: Double?
    @Option(help: "Most false barge-ins, of 100 harmless sounds.")
    var maxFalse: Double?
    @Option(help: "Most missed barge-ins, of 100.")
    var maxMissed: Double?
    @Argument(help: "Conversations (Tests/Conversations/Scenarios/*.yaml).")
    var files: [String]

    private struct Call: Encodable {
        var score: TalkScore
        var record: TalkRecord
    }

    func run() async throws {
        let conversations = try files.map { try Conversation.parse(try ResultFiles.read($0), file: $0) }
        let names = Dictionary(grouping: conversations, by: \.name).filter { $0.value.count > 1 }
        guard names.isEmpty else { throw ValidationError("conversations of one name: \(names.keys.sorted().joined(separator: ", "))") }
        guard let base = WebAddress(baseURL) else { throw ValidationError("--base-url \(baseURL) is not an absolute URL") }
        let setup = TalkSetup(
            accountSid: accountSid, authToken: authToken, to: to, route: try Route(publicBase: base, connect: nil, loopback: true),
            scripts: scripts)
        var run = TalkRun(conversations: conversations, setup: setup, bus: bus)
        run.variants = part ? 1 : max(1, self.repeat)
        run.calls = max(1, calls)
        run.seed = seed
        run.print = { Self.out($0) }
        Self.out("\(conversations.count) conversations, \(run.variants) calls of each, \(run.calls) at once, seed \(seed)")
        let records = try await run.run()
        let byName = Dictionary(uniqueKeysWithValues: conversations.map { ($0.name, $0) })
        let scored = records.compactMap { record in byName[record.scenario].map { Call(score: TalkScore(record, of: $0), record: record) } }
            .sorted { ($0.score.scenario, $0.score.variant) < ($1.score.scenario, $1.score.variant) }
        let table = TalkTable(
            scored.map(\.score), records: records, command: repeatWith ?? CommandLine.arguments.joined(separator: " "), seconds: setup.now / 1_000)
        let faults = table.faults(thresholds)
        let text = ([table.text, ""] + faults.map { "✗ \($0)" }).joined(separator: "\n")
        Self.out("\n" + text)
        if let out {
            try ResultFiles.write(Array((text + "\n").utf8), to: out, name: "table.txt")
            try ResultFiles.write(try ResultFiles.json(table), to: out, name: "table.json")
            try ResultFiles.write(try ResultFiles.json(scored), to: out, name: "calls.json")
        }
        if !faults.isEmpty { throw ExitCode(1) }
    }

    /// Straight to the descriptor: what goes into a file is to be seen while the run goes on.
    private static func out(_ text: String) {
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    private var thresholds: TalkTable.Thresholds {
        var thresholds = TalkTable.Thresholds()
        thresholds.endMedian = maxEndMedian
        thresholds.latePercent = latePercent
        thresholds.cutInPercent = maxCutIns
        thresholds.missedEndPercent = maxMissedEnds
        thresholds.stopP95 = maxStop
        thresholds.falsePercent = maxFalse
        thresholds.missedPercent = maxMissed
        return thresholds
    }
}
