import EventThread
import Foundation
import TestSupport

/// `voice-probe` as a process of its own.
final class Probe: Sendable {
    // Proof of @unchecked: made in init; afterwards only its pipe is read, by one thread, and signals are sent.
    private struct Running: @unchecked Sendable {
        let process: Process
        let output: Pipe
    }

    private let running: Running

    init(_ arguments: [String], _ variables: [String: String]) throws {
        let process = Process()
        process.executableURL = try Self.program()
        process.arguments = arguments
        process.environment = variables
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        running = Running(process: process, output: output)
    }

    /// All that it prints, when it has ended well.
    func lines() async throws -> [String] {
        let thread = try await WorkerThread<Void>(name: "probe")
        let text = try await thread.run { [running] _ in
            let data = try running.output.fileHandleForReading.readToEnd() ?? Data()
            running.process.waitUntilExit()
            guard running.process.terminationStatus == 0 else {
                throw TestSupportError(message: "voice-probe ended with \(running.process.terminationStatus).")
            }
            return String(decoding: data, as: UTF8.self)
        }
        await thread.stop()
        return text.split(separator: "\n").map(String.init)
    }

    func kill() { Foundation.kill(running.process.processIdentifier, SIGKILL) }

    /// Beside the test bundle, where SwiftPM puts every program of the package.
    private static func program() throws -> URL {
        for place in [CommandLine.arguments[0], ProcessInfo.processInfo.arguments[0]] + Bundle.allBundles.map(\.bundlePath) {
            var directory = URL(filePath: place).deletingLastPathComponent()
            for _ in 0..<3 {
                let candidate = directory.appending(path: "voice-probe")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
                directory.deleteLastPathComponent()
            }
        }
        throw TestSupportError(message: "voice-probe is not built.")
    }
}
