import ASRGoogle
import ASRGoogleWire
import ASRWorker
import ArgumentParser
import Glibc
import GoogleCloud
import GoogleFakeKit
import GoogleGRPC
import HTTPFetch
import Logging
import ServiceKit
import Synchronization

/// What streams to Google cost a process, and how much later than the server's own doing its answers come.
///
/// The server is Tests/ProviderFakes on this machine. Every stream gets audio in real time, each with its own phase; each `--every`
/// milliseconds a piece carries the time at which it was handed over, and the server says it back at once as a hypothesis, with the time that
/// it had it. What is left of the round trip is ours, the network's, and the server's reading and writing: an upper bound of what we add.
@main
struct GoogleBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "google-benchmark", abstract: "CPU, memory and delay of streams to Google.")

    @Option(help: "Streams at once.")
    var streams = 200
    @Option(help: "Seconds that are measured.")
    var seconds = 20
    @Option(help: "Seconds before that, with all streams there.")
    var settle = 3
    @Option(help: "Milliseconds of audio in one piece.")
    var chunk = 40
    @Option(help: "Milliseconds between two hypotheses of a stream.")
    var every = 1000
    @Option(help: "v1 or v2.")
    var version = "v2"
    @Flag(help: "Through TLS.")
    var tls = false

    func run() async throws {
        guard let version = GoogleRecognition.Version(rawValue: version) else { throw ValidationError("--version is v1 or v2") }
        let certificate = tls ? try BenchCertificate() : nil
        let fake = try await GoogleFake(["--streams", "1000"] + (certificate.map { ["--tls", $0.folder] } ?? []))
        try await fake.speech(#"{"script": {"hear": "echo", "strict": false}}"#)
        let provider = try await recogniser(version, fake, certificate)
        try await provider.warm()

        let delays = Delays()
        let memoryBefore = residentBytes()
        let load = Load(chunk: chunk, every: every)
        for index in 0..<streams {
            let phase = Int64(index) * Int64(chunk) * 1000 / Int64(streams)
            load.add(provider.connect(RecognitionHints(), report: delays.report), phase: phase)
        }
        try await load.run(seconds: settle)
        delays.begin()
        let (cpu, server) = (cpuMicroseconds("self"), cpuMicroseconds("\(fake.processID)"))
        try await load.run(seconds: seconds)
        let (used, serverUsed) = (cpuMicroseconds("self") - cpu, cpuMicroseconds("\(fake.processID)") - server)
        let memory = residentBytes() - memoryBefore
        let (histogram, failures) = delays.end()
        try await load.close()
        report(used, serverUsed, memory, histogram, failures, load.late)
    }

    private func recogniser(
        _ version: GoogleRecognition.Version, _ fake: GoogleFake, _ certificate: BenchCertificate?
    ) async throws -> any StreamingProvider {
        var variables = [
            "GOOGLE_APPLICATION_CREDENTIALS": fake.credentials,
            "GOOGLE_STT_BASE_URL": tls ? "https://localhost:\(fake.grpc)" : "http://127.0.0.1:\(fake.grpc)",
        ]
        variables["GOOGLE_CA_FILE"] = certificate.map { $0.folder + "/server.pem" }
        let reader = SettingsReader(variables)
        let account = GoogleAccountSettings(reader)
        let settings = GoogleRecognitionSettings(reader, account: account)
        try reader.finish()
        guard let key = account.account else { throw BenchmarkFailure(description: "no account") }
        let logger = Logger(label: "google-benchmark") { _ in SwiftLogNoOpLogHandler() }
        let tokens = account.tokens(key, fetch: try await HTTPFetch(), logger: logger)
        return GoogleRecognizer.make([version], settings: settings, tokens: tokens, logger: logger)[0]
    }

    private func report(_ used: Double, _ server: Double, _ memory: Int, _ delays: Histogram, _ failures: Int, _ late: Int) {
        let share = used / Double(seconds) / 10_000
        print("\(streams) streams (\(version)\(tls ? ", TLS" : "")), \(chunk) ms of audio a piece, a hypothesis each \(every) ms, for \(seconds) s")
        print(
            "  CPU        \(rounded(share / Double(streams))) % of a core per stream, \(rounded(share)) % in all; the server \(rounded(server / Double(seconds) / 10_000)) %"
        )
        print("  per piece  \(rounded(used / (Double(streams) * Double(seconds) * 1000 / Double(chunk)))) µs")
        print("  memory     \(memory / max(1, streams) / 1024) KiB per stream, \(memory / 1_048_576) MiB in all")
        print(
            "  delay      p50 \(rounded(delays.quantile(0.5))) ms, p95 \(rounded(delays.quantile(0.95))) ms, p99 \(rounded(delays.quantile(0.99))) ms (n = \(delays.total))"
        )
        if failures > 0 { print("  \(failures) streams ENDED before they should") }
        if late > 0 { print("  \(late) rounds began more than 10 ms late: the machine has other work") }
    }
}

struct BenchmarkFailure: Error, CustomStringConvertible { let description: String }
