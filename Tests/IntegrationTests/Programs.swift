import Foundation
import Glibc
import Synchronization

/// The repository and its programs, and how the tests run them: as an operator would, from outside.
enum Programs {
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let directory = ProcessInfo.processInfo.environment["MAANE_PROGRAMS"] ?? repository + "/.build/debug"

    struct Ended: Sendable {
        let code: Int32
        let output: String
    }

    /// Runs a program to its end.
    static func run(_ path: String, _ arguments: [String] = [], environment: [String: String] = [:]) async throws -> Ended {
        let program = try Running(path, arguments, environment: environment)
        return await program.end()
    }
}

/// A program that runs, with everything that it has said so far. Its output goes to a file: whatever it leaves running cannot hold a pipe of ours.
final class Running: Sendable {
    private let pid: pid_t
    private let file: String
    private let code = Mutex<Int32?>(nil)

    /// - Parameter environment: replaces the test's own, but for PATH, HOME and the like.
    init(_ path: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        var all = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG", "USER", "TMPDIR"].contains($0.key) }
        all["MAANE_PROGRAMS"] = Programs.directory
        all["SWIFT_BACKTRACE"] = "enable=no"
        all.merge(environment) { $1 }
        file = NSTemporaryDirectory() + "maane-output-\(UUID().uuidString)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, file, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv: [UnsafeMutablePointer<CChar>?] = (["/usr/bin/env", "--chdir=" + Programs.repository, path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        // A background job of a shell has SIGINT ignored, its children inherit that, and a shell cannot trap what was ignored when it began.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var child = pid_t()
        let result = posix_spawn(&child, "/usr/bin/env", &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw Failure("\(path) cannot be started: \(String(cString: strerror(result)))") }
        pid = child
    }

    deinit { unlink(file) }

    var output: String { (FileManager.default.contents(atPath: file)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    func terminate() { kill(pid, SIGTERM) }
    func interrupt() { kill(pid, SIGINT) }

    /// Waits for the end, but not for ever: after the limit it is killed. 128 + n stands for a death by signal n.
    func end(within limit: Duration = .seconds(400)) async -> Programs.Ended {
        let deadline = ContinuousClock.now + limit
        while true {
            if ContinuousClock.now > deadline { kill(pid, SIGKILL) }
            let ended = code.withLock { code -> Int32? in
                if let code { return code }
                var status: Int32 = 0
                guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
                code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
                return code
            }
            if let ended { return Programs.Ended(code: ended, output: output) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits for something that other processes bring about.
func until(_ what: String, seconds: Int = 60, _ condition: () async -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while await !condition() {
        guard ContinuousClock.now < end else { throw Failure("\(what): not within \(seconds) s") }
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// A port that nobody listens on.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int in
            guard bind(descriptor, pointer, length) == 0, getsockname(descriptor, pointer, &length) == 0 else { return 0 }
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Int(UInt16(bigEndian: $0.pointee.sin_port)) }
        }
    }
    guard port > 0 else { throw Failure("no free port") }
    return port
}
