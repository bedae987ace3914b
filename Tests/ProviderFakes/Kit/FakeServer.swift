import EventThread
import Foundation
import HTTPFetch
import Synchronization
import TestSupport

/// One of the fake providers written in Python, as a process of this test's own. It ends with this process, however that ends.
package final class FakeServer: Sendable {
    package let port: Int
    package let processID: Int32
    private let fetch: HTTPFetch
    private let input: FileHandle
    private let lastKey = Atomic<Int>(0)

    /// - Parameter file: in `Tests/ProviderFakes`, for example `deepgram.py`.
    package static func start(_ file: String) async throws -> FakeServer {
        let worker = try await WorkerThread<Void>(name: "fake-server")
        let (port, processID, input) = try await worker.run { _ in try launch(file) }
        await worker.stop()
        return FakeServer(port: port, processID: processID, input: input, fetch: try await HTTPFetch(name: "fake-control"))
    }

    private init(port: Int, processID: Int32, input: FileHandle, fetch: HTTPFetch) {
        self.port = port
        self.processID = processID
        self.input = input
        self.fetch = fetch
    }

    /// A key that nobody else uses, which the server serves as the script says (`fake.py` tells what there is).
    package func key(_ script: [String: any Sendable]) async throws -> String {
        let key = "sk-\(lastKey.wrappingAdd(1, ordering: .relaxed).newValue)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try await set(key, script)
        return key
    }

    /// Changes a key's script, or makes one for a key that is given: `""` is a server without keys.
    package func set(_ key: String, _ script: [String: any Sendable]) async throws {
        let body = try JSONSerialization.data(withJSONObject: ["key": key, "script": script] as [String: Any])
        let request = HTTPRequest(
            method: "POST", url: "http://127.0.0.1:\(port)/_script", headers: [("Content-Type", "application/json")], body: Array(body))
        let status = try await fetch.send(request).status
        guard status == 200 else { throw TestSupportError(message: "The fake answered \(status) to a script.") }
    }

    package func log(_ key: String) async throws -> FakeLog {
        var request = HTTPRequest(url: "http://127.0.0.1:\(port)/_log?key=\(key)")
        request.maximumResponseBytes = 64 << 20
        return try JSONDecoder().decode(FakeLog.self, from: Data(try await fetch.send(request).body))
    }

    package func stop() async {
        try? input.close()
        await fetch.close()
    }

    // MARK: The process

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    private static let python = Mutex<String?>(nil)

    /// Makes the environment when it is missing, which may take a minute and needs a package index.
    private static func findPython() throws -> String {
        try python.withLock { python in
            if let python { return python }
            let process = Process()
            process.executableURL = folder.appending(path: "../../deploy/scripts/fakes-venv.sh").standardized
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw TestSupportError(message: "There is no Python for the fakes; fakes-venv.sh says why.") }
            let path = text.trimmingCharacters(in: .whitespacesAndNewlines)
            python = path
            return path
        }
    }

    private static func launch(_ file: String) throws -> (Int, Int32, FileHandle) {
        let process = Process()
        process.executableURL = URL(filePath: try findPython())
        process.arguments = ["-B", folder.appending(path: file).path]
        let (input, output) = (Pipe(), Pipe())
        for handle in [input.fileHandleForWriting, output.fileHandleForReading] {
            // Another child that holds it would keep this one alive.
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line: [UInt8] = []
        while line.last != 10 {
            guard let byte = try output.fileHandleForReading.read(upToCount: 1)?.first else {
                throw TestSupportError(message: "\(file) did not start.")
            }
            line.append(byte)
        }
        guard let port = Int(String(decoding: line, as: UTF8.self).split(separator: " ").last?.dropLast() ?? "") else {
            throw TestSupportError(message: "\(file) names no port.")
        }
        return (port, process.processIdentifier, input.fileHandleForWriting)
    }
}

/// What a fake has seen of one key.
package struct FakeLog: Decodable, Sendable {
    package struct Connection: Decodable, Sendable {
        package var query: [[String]]
        /// Numbers heard in the audio, in order.
        package var numbers: [Int]
        package var messages: [Message]
        package var marks: [Mark]
        /// The code with which it was closed; 1006: it broke.
        package var closed: Int?

        package func values(_ name: String) -> [String] { query.filter { $0[0] == name }.map { $0[1] } }
        package func count(_ kind: String) -> Int { messages.count { $0.kind == kind } }
    }
    package struct Message: Decodable, Sendable {
        package var kind: String
        package var value: Value?
    }
    package struct Mark: Decodable, Sendable {
        package var kind: String
        /// Nanoseconds of the machine's monotonic clock.
        package var at: Int64
    }
    /// Any JSON.
    package indirect enum Value: Decodable, Sendable, Equatable {
        case text(String), number(Double), flag(Bool), list([Value]), object([String: Value])

        package init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let flag = try? value.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if let list = try? value.decode([Value].self) {
                self = .list(list)
            } else {
                self = .object(try value.decode([String: Value].self))
            }
        }

        package subscript(_ name: String) -> Value? {
            if case .object(let values) = self { values[name] } else { nil }
        }
        package var text: String? { if case .text(let text) = self { text } else { nil } }
        package var list: [Value] { if case .list(let list) = self { list } else { [] } }
    }

    package var connections: [Connection]
    /// What the client did that the vendor would not have taken.
    package var violations: [String]
    /// The most requests at one time, for providers of requests.
    package var most: Int?
}
