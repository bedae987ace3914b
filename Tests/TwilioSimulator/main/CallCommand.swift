import ArgumentParser
import BusContract
import TwilioSimulatorKit

/// One call, or several at once.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "A customer telephones the application and follows a script.")

    @OptionGroup var server: ServerOptions

    @Option(help: "The caller's number.")
    var from: String = "+972501234567"

    @Option(help: "The customer's script, a YAML file.")
    var script: String

    @Option(help: "espeak-ng voice instead of the script's; several, separated by commas, take turns over the calls.")
    var voice: String?

    @Option(help: "The customer's pronunciations (word TAB phonemes).")
    var phonemes: String = "Tests/TwilioSimulator/Voices/customer-phonemes.tsv"

    @Option(help: "Folder for call.wav and twilio-report.json.")
    var out: String

    @Option(help: "Port of the account API; 0 = any. The application's TWILIO_API_BASE_URL names it.")
    var restPort: Int = 0

    @Option(help: "Calls at once; from the second on the caller's number is counted up and OUT gets subfolders.")
    var calls: Int = 1

    @Option(help: "Seed of the customer's pauses instead of the script's.")
    var seed: UInt64?

    @Option(help: "Hold back this many frames in every second and send them in one burst.")
    var burstFrames: Int?

    @Option(help: "The fleet's MAANE_BUS: its events tell the customer what the agent says, and the report the stages of each turn.")
    var events: String?

    @Flag(help: "Print the conversation as it happens.")
    var console = false

    @Option(help: "A longer call has failed; in seconds.")
    var maximumSeconds: Int = 300

    func run() async throws {
        do {
            guard try await makeCalls() else { throw ExitCode.failure }
        } catch let failure as SimulatorFailure {
            Console.error(failure.description)
            throw ExitCode.failure
        }
    }

    private func makeCalls() async throws -> Bool {
        var customer = try CustomerScript.parse(ResultFiles.read(script), file: script)
        if let seed { customer.seed = seed }
        let speaker = EspeakCustomerVoice(lexicon: try PhonemeLexicon(ResultFiles.read(phonemes)))
        let voices = voice?.split(separator: ",").map(String.init) ?? [customer.voice]
        guard !voices.isEmpty else { throw ValidationError("--voice names no voice") }
        let route = try server.route()
        let account = SimulatedAccount(accountSid: server.accountSid, authToken: server.authToken)
        try await account.start(restPort: restPort)
        Console.out("account API: \(account.restBaseURL)")
        let (live, showsLive) = (LiveConsole(), console)
        let tap = EventTap { if showsLive { live.show($0) } }
        if let events { try await tap.start(bus: events) }
        let allSucceeded = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<max(1, calls) {
                var plan = account.plan(from: number(index), to: server.to, route: route, script: customer, voice: speaker)
                plan.burstFrames = burstFrames
                plan.maximumSeconds = maximumSeconds
                plan.script.voice = voices[index % voices.count]
                plan.script.seed &+= UInt64(index)
                if events != nil { plan.textSource = tap }
                if showsLive { plan.watch = { live.show($0) } }
                let folder = calls > 1 ? "\(out)/\(index + 1)" : out
                group.addTask { [plan] in
                    // People do not telephone in chorus.
                    try await Task.sleep(for: .milliseconds(1_300 * index))
                    let result = try await account.call(plan)
                    try ResultFiles.write(result, folder: folder)
                    var servedBy: String?
                    if events != nil {
                        // The summary is written after the line is closed.
                        await Self.settle(tap, callSid: result.report.callSid)
                        let conversation = ConversationReport(
                            result.report, voice: plan.script.voice, events: tap.events(callSid: result.report.callSid))
                        try ResultFiles.write(ResultFiles.json(conversation), to: folder, name: "report.json")
                        try ResultFiles.write(Array(conversation.transcript.utf8), to: folder, name: "transcript.txt")
                        servedBy = conversation.servedBy
                    }
                    Console.out(Self.summary(result.report, servedBy: servedBy, folder: folder))
                    return result.report.outcome.succeeded
                }
            }
            var all = true
            for try await succeeded in group { all = all && succeeded }
            return all
        }
        let table = StageTable(tap.allEvents).text
        if !table.isEmpty { Console.out("\nall turns\n\(table)") }
        await account.stop()
        await tap.stop()
        return allSucceeded
    }

    private static func settle(_ tap: EventTap, callSid: String) async {
        for _ in 0..<60 where !tap.events(callSid: callSid).contains(where: { $0.name == .summary }) {
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func number(_ index: Int) -> String {
        guard index > 0, let digits = Int(from.drop { $0 == "+" }) else { return from }
        return "+\(digits + index)"
    }

    private static func summary(_ report: CallReport, servedBy: String?, folder: String) -> String {
        var lines = ["\(report.callSid) \(report.outcome.succeeded ? "succeeded" : "FAILED"): \(report.outcome.reason)"]
        for utterance in report.customerUtterances {
            lines.append(
                "  \(utterance.voiceStartMs) ms  customer: \(utterance.text)  (answered after \(utterance.delayMs.map { "\($0) ms" } ?? "-"))")
        }
        for notice in report.notices { lines.append("  \(notice.ms) ms  \(notice.level.rawValue) \(notice.code): \(notice.message)") }
        if let servedBy { lines.append("  \(servedBy)") }
        lines.append("  recording and report in \(folder)")
        return lines.joined(separator: "\n")
    }
}
