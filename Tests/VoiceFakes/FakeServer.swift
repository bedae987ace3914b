import EventThread
import Foundation
import HTTPFetch
import Synchronization
import TestSupport

/// A vendor's place taken by a program of `Tests/ProviderFakes`. One process per vendor serves all tests; each has a session of its own.
/// It ends with this process, whose end of its standard input then closes.
package final class FakeServer: Sendable {
    package static let google = FakeServer("google_tts_rest.py")
    package static let azure = FakeServer("azure_tts.py")
    package static let elevenLabs = FakeServer("elevenlabs_tts.py")
    package static let openAI = FakeServer("openai_speech.py")

    private struct Running: Sendable {
        let port: Int
        let control: HTTPFetch
        /// Kept open for as long as the process shall live.
        let input: FileHandle
    }

    private let starting: Task<Running, any Error>
    private let sessions = Atomic<Int>(0)

    private init(_ program: String) {
        starting = Task {
            let thread = try await WorkerThread<Void>(name: "fake")
            let (port, input) = try await thread.run { _ in try Self.start(program) }
            await thread.stop()
            return Running(port: port, control: try await HTTPFetch(name: "fake-control"), input: input)
        }
    }

    /// - Parameters:
    ///   - steps: what happens to each request; the last one to all that follow. None: all are answered well.
    ///   - options: of the vendor's fake.
    package func session(_ steps: [Step] = [], options: [String: String] = [:]) async throws -> FakeSession {
        let running = try await starting.value
        let session = FakeSession(
            name: "t\(sessions.add(1, ordering: .relaxed).newValue)", root: "http://127.0.0.1:\(running.port)", control: running.control)
        try await session.script(steps, options: options)
        return session
    }

    /// One at a time: a program that is started meanwhile would inherit the other's standard input, and keep it alive.
    private static let oneAtATime = Mutex(())

    /// Blocks.
    private static func start(_ program: String) throws -> (port: Int, input: FileHandle) {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let python = try line(of: "/bin/bash", [root + "/deploy/scripts/fakes-venv.sh"]).text
        let started = try line(of: python, [root + "/Tests/ProviderFakes/" + program])
        struct Answer: Decodable { let port: Int }
        return (try JSONDecoder().decode(Answer.self, from: Data(started.text.utf8)).port, started.input)
    }

    /// The first line that a program prints.
    private static func line(of program: String, _ arguments: [String]) throws -> (text: String, input: FileHandle) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Files that Python compiles would lie among the sources.
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        let (input, output) = try oneAtATime.withLock { _ in
            let (input, output) = (Pipe(), Pipe())
            _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            return (input, output)
        }
        var text: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { text.append(byte) }
        guard !text.isEmpty else { throw TestSupportError(message: "\(program) \(arguments) said nothing.") }
        return (String(decoding: text, as: UTF8.self), input.fileHandleForWriting)
    }
}

/// What a fake does with one request; see speech_fake.py.
package struct Step: Encodable, Sendable {
    package enum Fault: String, Encodable, Sendable { case dead, reset, cut, stall, truncate, html, json, http, empty, silent }
    package var firstMs = 0
    package var chunk = 1600
    package var chunkMs = 0
    package var error: String?
    package var fault: Fault?
    package var after = 0
    package var leadMs = 0
    package var wave: String?
    package var retryAfter: Int?

    package init(
        firstMs: Int = 0, chunk: Int = 1600, chunkMs: Int = 0, error: String? = nil, fault: Fault? = nil, after: Int = 0, leadMs: Int = 0,
        wave: String? = nil, retryAfter: Int? = nil
    ) {
        self.firstMs = firstMs
        self.chunk = chunk
        self.chunkMs = chunkMs
        self.error = error
        self.fault = fault
        self.after = after
        self.leadMs = leadMs
        self.wave = wave
        self.retryAfter = retryAfter
    }
}

package struct FakeSession: Sendable {
    /// One request as the fake saw it.
    package struct Entry: Decodable, Sendable {
        package let kind: String
        package let connection: Int
        package let text: String?
        package let voice: String?
        /// `done`, `left` when we went, a fault's or a refusal's name, `open`.
        package let outcome: String?
        /// Nanoseconds of CLOCK_MONOTONIC.
        package let received: UInt64?
        package let firstSent: UInt64?
    }

    fileprivate let name: String
    fileprivate let root: String
    fileprivate let control: HTTPFetch

    package var url: String { "\(root)/s/\(name)" }

    package func script(_ steps: [Step], options: [String: String] = [:]) async throws {
        struct Script: Encodable {
            let steps: [Step]
            let options: [String: String]
        }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let body = Array(try encoder.encode(Script(steps: steps, options: options)))
        let answer = try await control.send(HTTPRequest(method: "PUT", url: "\(root)/control/\(name)", body: body))
        guard answer.status == 200 else { throw TestSupportError(message: "The fake took no script.") }
    }

    package func everything() async throws -> [Entry] {
        let answer = try await control.send(HTTPRequest(url: "\(root)/control/\(name)"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Entry].self, from: Data(answer.body))
    }

    /// Requests for speech.
    package func entries() async throws -> [Entry] { try await everything().filter { $0.kind == "speech" } }

    package var outcomes: [String] { get async throws { try await entries().map { $0.outcome ?? "" } } }
}

/// Waits for something that others bring about; twenty seconds are a failure, not a timing claim.
package func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw TestSupportError(message: "It did not happen: \(what).") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
