import DialogWorker
import EventThread
import Foundation
import Glibc
import HTTPFetch
import Synchronization
import TestSupport

/// The fake server of chat completions, `Tests/ProviderFakes/openai_chat.py`: one process for all tests, a room for each.
final class ChatFake: Sendable {
    /// Ends with this process: its standard input is closed then.
    static let shared = Task { try await ChatFake() }

    let fetch: HTTPFetch
    private let address: String
    private let input: FileHandle
    private let rooms = Atomic<Int>(0)

    private init() async throws {
        // Making the environment takes a minute on first use and blocks; a thread of its own keeps the pool free.
        let worker = try await WorkerThread<Void>(name: "chat-fake")
        let (port, input) = try await worker.run { _ in try Self.launch() }
        await worker.stop()
        address = "http://127.0.0.1:\(port)"
        self.input = input
        var configuration = HTTPFetchConfiguration()
        configuration.maximumConnectionsPerHost = 128
        fetch = try await HTTPFetch(configuration: configuration, name: "chat-fetch")
    }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func python() throws -> String {
        let script = Process()
        script.executableURL = repository.appendingPathComponent("deploy/scripts/fakes-venv.sh")
        let output = Pipe()
        script.standardOutput = output
        try script.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        script.waitUntilExit()
        guard script.terminationStatus == 0, let python = text.split(separator: "\n").last else {
            throw TestSupportError(message: "There is no Python for the fakes; fakes-venv.sh says why.")
        }
        return String(python)
    }

    /// A program of the fakes, to its end.
    static func run(_ file: String) throws -> (code: Int32, output: String) {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: try python())
        program.arguments = [repository.appendingPathComponent("Tests/ProviderFakes/\(file)").path]
        let output = Pipe()
        program.standardOutput = output
        program.standardError = output
        try program.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        program.waitUntilExit()
        return (program.terminationStatus, text)
    }

    private static func launch() throws -> (port: Int, input: FileHandle) {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: try python())
        program.arguments = [repository.appendingPathComponent("Tests/ProviderFakes/openai_chat.py").path]
        let (input, output) = (Pipe(), Pipe())
        program.standardInput = input
        program.standardOutput = output
        try program.run()
        var text = ""
        while !text.contains("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw TestSupportError(message: "The fake ended before it was ready.") }
            text += String(decoding: data, as: UTF8.self)
        }
        guard let port = text.split(separator: " ").last.flatMap({ Int($0.filter(\.isNumber)) }) else {
            throw TestSupportError(message: "The fake said \(text)")
        }
        return (port, input.fileHandleForWriting)
    }

    /// - Parameters:
    ///   - like: whose rules a request has to keep, `openai` or `compatible`.
    ///   - then: for every request after the steps.
    ///   - fetch: connections of this room's own; nil: shared by all tests.
    func room(like: String = "openai", key: String? = "sk-fake-key", _ steps: [JSONValue] = [], then: JSONValue? = nil, fetch: HTTPFetch? = nil)
        async throws -> ChatRoom
    {
        let room = ChatRoom(
            address: address, name: "r\(rooms.wrappingAdd(1, ordering: .relaxed).newValue)", like: like, key: key, fetch: fetch ?? self.fetch,
            control: self.fetch)
        try await room.set(steps, then: then)
        return room
    }
}

struct ChatRoom {
    let address: String
    let name: String
    let like: String
    let key: String?
    let fetch: HTTPFetch
    fileprivate let control: HTTPFetch

    struct Report {
        struct Mark: Decodable {
            let kind: String
            let request: Int
            /// CLOCK_MONOTONIC, nanoseconds.
            let at: Int64
        }
        let bodies: [JSONFields]
        let headers: [[String: String]]
        let connections: [Int]
        let violations: [String]
        let marks: [Mark]
    }

    func set(_ steps: [JSONValue], then: JSONValue? = nil) async throws {
        var room: [String: JSONValue] = ["like": .string(like), "steps": .array(steps)]
        if let key { room["key"] = .string(key) }
        if let then { room["then"] = then }
        let body = JSONValue.object(room).encoded()
        let response = try await control.send(HTTPRequest(method: "PUT", url: "\(address)/_room/\(name)", body: body))
        guard response.status == 200 else { throw TestSupportError(message: "The fake takes no room.") }
    }

    func report() async throws -> Report {
        var request = HTTPRequest(url: "\(address)/_room/\(name)")
        request.maximumResponseBytes = 64 << 20
        let data = Data(try await control.send(request).body)
        struct Wire: Decodable {
            let violations: [String]
            let marks: [Report.Mark]
        }
        let wire = try JSONDecoder().decode(Wire.self, from: data)
        let all = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        let requests = all?["requests"] as? [[String: Any]] ?? []
        return Report(
            bodies: requests.map { JSONFields(fields: $0["body"] as? [String: Any] ?? [:]) },
            headers: requests.map { $0["headers"] as? [String: String] ?? [:] }, connections: requests.compactMap { $0["connection"] as? Int },
            violations: wire.violations, marks: wire.marks)
    }

    /// Waits until the server has marked this so many times.
    func marks(_ kind: String, count: Int = 1) async throws -> [Report.Mark] {
        while true {
            let found = try await report().marks.filter { $0.kind == kind }
            if found.count >= count { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func settings(firstToken: Duration = .seconds(5)) -> ChatSettings {
        var settings = ChatSettings(name: like, baseURL: "\(address)/\(name)/v1", model: like == "openai" ? "gpt-6-luna" : "dicta/he", key: key)
        settings.firstToken = firstToken
        if like == "openai" {
            settings.reasoningEffort = "none"
        } else {
            settings.tokenField = "max_tokens"
            settings.isVendor = false
        }
        return settings
    }
}

/// A body as it came, to be looked into.
struct JSONFields: @unchecked Sendable {
    // Proof: values of JSONSerialization, which nobody changes.
    let fields: [String: Any]
    var messages: [(role: String, content: String)] {
        (fields["messages"] as? [[String: Any]] ?? []).map { ($0["role"] as? String ?? "", $0["content"] as? String ?? "") }
    }
    func string(_ key: String) -> String? { fields[key] as? String }
}

/// The clock that all processes of a machine share.
func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
