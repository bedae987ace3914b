import BusContract
import CallVocabulary
import Foundation
import GatewayJournal
import Glibc
import Synchronization
import Testing

struct KillTests {
    /// A real process, killed in the middle of its work: everything that was confirmed to it is there, in order.
    @Test(arguments: [1, 60, 400]) func whatWasConfirmedSurvivesAKill(confirmed: Int) async throws {
        let place = try Place()
        let probe = try Probe("append", place.directory)
        try await probe.lines(atLeast: confirmed)
        let lines = try await probe.kill()
        #expect(lines.count >= confirmed)
        #expect(lines == (0..<lines.count).map(String.init))

        let (journal, calls) = await place.open()
        let log = try #require(calls.first).log
        let facts = await journal.factIDs
        #expect(log.count >= lines.count)
        // Whatever is there beyond the confirmed is whole too: a turn and its fact come together or not at all.
        #expect(log == (0..<log.count).map(Sample.said))
        #expect(facts == (0..<log.count).map(String.init))
        #expect(try place.setAside.isEmpty)
        await journal.stop()
    }

    @Test func whatWasWrittenBehindIsAPrefix() async throws {
        let place = try Place()
        let probe = try Probe("behind", place.directory)
        try await probe.lines(atLeast: 20)
        let lines = try await probe.kill()
        let (journal, calls) = await place.open()
        let log = try #require(calls.first).log
        #expect(log == (0..<log.count).map(Sample.said))
        #expect(await journal.factIDs == (0..<log.count).map(String.init))
        // Each line is a thousand appended and then flushed.
        #expect(log.count >= lines.count * 1_000)
        await journal.stop()
    }
}

/// The program `journal-probe`, with its output in a file that survives it.
final class Probe: Sendable {
    private let process: Process
    private let output: String
    private let ended: AsyncStream<Void>

    init(_ mode: String, _ directory: String) throws {
        process = Process()
        process.executableURL = try Self.program()
        process.arguments = [mode, directory]
        process.environment = ["SWIFT_BACKTRACE": "enable=no"]
        output = directory + ".out"
        try Data().write(to: URL(fileURLWithPath: output))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        ended = stream
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    deinit { if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) } }

    /// Whole lines only.
    private var lines: [String] {
        get throws {
            let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
    }

    func lines(atLeast count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try lines.count < count {
            try #require(process.isRunning && ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func kill() async throws -> [String] {
        Glibc.kill(process.processIdentifier, SIGKILL)
        for await _ in ended {}
        #expect(process.terminationReason == .uncaughtSignal)
        return try lines
    }

    func end() async throws -> [String] {
        for await _ in ended {}
        #expect(process.terminationStatus == 0)
        return try lines
    }

    /// Beside the test bundle, where SwiftPM puts every program of the package.
    private static func program() throws -> URL {
        for place in [CommandLine.arguments[0], ProcessInfo.processInfo.arguments[0]] + Bundle.allBundles.map(\.bundlePath) {
            var directory = URL(filePath: place).deletingLastPathComponent()
            for _ in 0..<3 {
                let candidate = directory.appending(path: "journal-probe")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
                directory.deleteLastPathComponent()
            }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}
