import ArgumentParser
import Business
import DialogWorker
import Glibc
import HearingKit
import TwilioSimulatorKit

/// Measures the embedded recogniser on the answers that a business expects.
@main
struct MaaneHearing: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-hearing", abstract: "Speaks every expected answer of a business by several voices and prints what the recogniser heard.",
        discussion: """
            The voices are espeak-ng's, through the telephone band and mu-law. Exit code 0: the goals hold. 1: they do not. What a machine's voices \
            say proves nothing about people.
            """)

    @Option(help: "Directory of the businesses; the first one is measured.")
    var businesses = "deploy/businesses"
    @Option(help: "How the callers pronounce words.")
    var phonemes = "Tests/TwilioSimulator/Voices/customer-phonemes.tsv"
    @Option(help: "Directory of second.tsv, strangers.tsv and strangers-phonemes.tsv.")
    var sentences = "Tests/HearingTable/Sentences"
    @Option(help: "1: every phrasing by every voice at every speed. 3: by every voice at one speed. Larger: a sample.")
    var every = 3
    @Option(help: "Other voices than the table's, as one group that nothing was tuned on; separate them by commas.")
    var voices: String?
    @Option(help: "Only these states; separate them by commas.")
    var states: String?
    @Option(help: "Only the voices that the recogniser was tuned on, or only those held out.")
    var group: VoiceGroup?
    @Option(help: "File for everything that was heard, as JSON.")
    var json = "var/hearing/hearing.json"

    func run() async throws {
        guard every > 0 else { throw ValidationError("--every \(every) is no step; use a number from 1") }
        guard let business = try BusinessDirectory.load(path: businesses).first else { throw ValidationError("\(businesses) holds no business") }
        let strangers = try Strangers(try ResultFiles.read("\(sentences)/strangers.tsv"))
        let lexicon = try PhonemeLexicon(try ResultFiles.read(phonemes) + "\n" + ResultFiles.read("\(sentences)/strangers-phonemes.tsv"))
        let receptionist = Receptionist(business: business)
        let speakers =
            voices.map { $0.split(separator: ",").map { Speaker(voice: String($0), group: .heldOut) } }
            ?? Speaker.all.filter { group == nil || $0.group == group }
        let plan = try HearingPlan(
            receptionist: receptionist, script: business.receptionist, second: SecondPhrasings(try ResultFiles.read("\(sentences)/second.tsv")),
            strangers: strangers, speakers: speakers, states: states.map { $0.split(separator: ",").map(String.init) }, every: every)
        let run = HearingRun(receptionist: receptionist, voice: EspeakCustomerVoice(lexicon: lexicon))
        let report = HearingReport(try await run.run(plan) { Self.write("\($0) …\n", to: 2) })
        let slash = json.lastIndex(of: "/")
        try ResultFiles.write(
            try ResultFiles.json(report), to: slash.map { String(json[..<$0]) } ?? ".",
            name: slash.map { String(json[json.index(after: $0)...]) } ?? json)
        Self.write(report.text() + "\n", to: 1)
        if !report.isGood { throw ExitCode(1) }
    }

    /// Straight to the descriptor: the global streams of C are not usable in strict concurrency.
    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            offset += count
        }
    }
}

extension VoiceGroup: ExpressibleByArgument {}
