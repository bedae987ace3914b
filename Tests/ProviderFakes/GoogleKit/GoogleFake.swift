import EventThread
import Foundation
import HTTPFetch

/// Google's recognition, synthesis and token server as a process of this machine (Tests/ProviderFakes/google_fake.py). It ends when this
/// value is released, or with the test process.
package final class GoogleFake: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    /// One call as the server saw it.
    package struct Call: Decodable, Sendable {
        package let service: String
        package let ended: String?
        package let message: String?
        package let milliseconds: Int?
        package let half_closed: Bool
        package let messages: Int?
        package let bytes: Int
        package let largest: Int?
        package let numbers: [Int]?
        package let finals: [String]?
        package let recognizer: String?
        package let model: String?
        package let language: String?
        package let interim: Bool?
        package let voice_activity: Bool?
        package let punctuation: Bool?
        package let endpointing: Int?
        package let phrases: Int?
        package let first_phrases: [String]?
        package let voice: String?
        package let rate: Double?
        package let texts: Int?
    }

    package struct State: Decodable, Sendable {
        package let grants: Int
        package let accepted: Int
    }

    private struct Ready: Decodable {
        let grpc: Int
        let relay: Int
        let http: Int
        let credentials: String
    }

    /// The server's own port, and one through a relay that can break.
    package let grpc: Int
    package let relay: Int
    package let http: Int
    package let processID: Int32
    /// JSON of the service account that it knows.
    package let credentials: String
    private let input: FileHandle
    private let fetch: HTTPFetch

    package var tokenURL: String { "http://127.0.0.1:\(http)/token" }

    /// - Parameter arguments: as google_fake.py takes them.
    package init(_ arguments: [String] = []) async throws {
        fetch = try await HTTPFetch(name: "google-fake")
        // Starting waits for a process; not on the cooperative pool.
        let starter = try await WorkerThread<Void>(name: "google-fake")
        let (ready, input, processID) = try await starter.run { _ in try Self.start(arguments) }
        await starter.stop()
        (grpc, relay, http, credentials) = (ready.grpc, ready.relay, ready.http, ready.credentials)
        self.input = input
        self.processID = processID
    }

    // The process ends when its input does.
    deinit { try? input.close() }

    // MARK: Steering

    /// - Parameter json: `{"script": {...}, "queue": [...]}`; the keys stand in google_speech.py.
    package func speech(_ json: String) async throws { try await post("/speech", json) }
    /// - Parameter json: as for speech; the keys stand in google_tts.py.
    package func synthesis(_ json: String) async throws { try await post("/synthesis", json) }
    package func accounts(_ json: String) async throws { try await post("/accounts", json) }
    package func relay(_ mode: String) async throws { try await post("/relay", #"{"mode": "\#(mode)"}"#) }

    /// All calls in the order of their beginning.
    package func calls() async throws -> [Call] { try await get("/log") }
    package func state() async throws -> State { try await get("/state") }

    /// Asks until it is so.
    package func call(_ index: Int, within limit: Duration = .seconds(10), until condition: (Call) -> Bool) async throws -> Call {
        let end = ContinuousClock.now + limit
        while true {
            let calls = try await calls()
            if calls.indices.contains(index), condition(calls[index]) { return calls[index] }
            guard ContinuousClock.now < end else {
                throw Failure(description: calls.indices.contains(index) ? "call \(index) is still \(calls[index])" : "there is no call \(index)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func post(_ path: String, _ json: String) async throws {
        _ = try await send(
            HTTPRequest(
                method: "POST", url: "http://127.0.0.1:\(http)\(path)", headers: [("Content-Type", "application/json")], body: Array(json.utf8)))
    }

    private func get<Value: Decodable>(_ path: String) async throws -> Value {
        let body = try await send(HTTPRequest(url: "http://127.0.0.1:\(http)\(path)"))
        return try JSONDecoder().decode(Value.self, from: Data(body))
    }

    private func send(_ request: HTTPRequest) async throws -> [UInt8] {
        let response = try await fetch.send(request)
        guard response.status == 200 else {
            throw Failure(description: "the fake answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
        }
        return response.body
    }

    // MARK: The process

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private static func start(_ arguments: [String]) throws -> (Ready, FileHandle, Int32) {
        let python = try run("\(repository)/deploy/scripts/fakes-venv.sh")
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: python)
        process.arguments = ["-B", "\(repository)/Tests/ProviderFakes/google_fake.py"] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "google_fake.py ended before it was ready; run it by hand to see why") }
            line += more
        }
        return (try JSONDecoder().decode(Ready.self, from: line), input.fileHandleForWriting, process.processIdentifier)
    }

    /// The last line of what a program prints.
    private static func run(_ program: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: program)
        process.standardOutput = output
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let line = String(decoding: printed, as: UTF8.self).split(separator: "\n").last else {
            throw Failure(description: "\(program) ended with code \(process.terminationStatus)")
        }
        return String(line)
    }
}
