import Foundation
import Testing

@testable import Supervisor

/// A real supervisor over small Perl programs that stand in for the services. Perl's core is part of every Debian.
final class FakeFleet {
    let directory: String
    private let process = Process()
    private let lines: AsyncStream<String>
    private var iterator: AsyncStream<String>.Iterator
    private let exit: AsyncStream<Int32>
    /// Everything read so far, for the message of a failed expectation.
    private(set) var seen: [String] = []

    /// - Parameters:
    ///   - gateway, worker: what to do after the preamble.
    init(gateway: String = serve, worker: String = serve, arguments: [String] = [], port: String = "0") throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "maane-fleet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: "\(directory)/bin", withIntermediateDirectories: true)
        for (name, body) in [
            ("gateway", gateway), ("asr-worker", worker), ("dialog-worker", worker), ("tts-worker", worker), ("crm-worker", worker),
        ] {
            let path = "\(directory)/bin/\(name)"
            try (Self.preamble + body + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        process.executableURL = try Self.supervisor()
        process.arguments = ["--bin", "\(directory)/bin", "--state-dir", "\(directory)/state", "--host", "127.0.0.1"] + arguments
        process.environment = ["PATH": "/usr/bin:/bin", "PORT": port, "SWIFT_BACKTRACE": "enable=yes"]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        let (lines, lineInput) = AsyncStream.makeStream(of: String.self)
        let (exit, exitInput) = AsyncStream.makeStream(of: Int32.self)
        self.lines = lines
        self.exit = exit
        iterator = lines.makeAsyncIterator()
        process.terminationHandler = {
            exitInput.yield($0.terminationReason == .exit ? $0.terminationStatus : -$0.terminationStatus)
            exitInput.finish()
        }
        let handle = pipe.fileHandleForReading
        // A thread and not the readability handler: it must not lose what is written last.
        let reader = Thread {
            var splitter = LineSplitter()
            while case let data = handle.availableData, !data.isEmpty {
                for line in splitter.feed(data) { lineInput.yield(String(decoding: line, as: UTF8.self)) }
            }
            lineInput.finish()
        }
        try process.run()
        try pipe.fileHandleForWriting.close()
        reader.start()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    var pid: Int32 { process.processIdentifier }

    /// Waits for a line that contains every one of the words, and returns it.
    @discardableResult
    func line(_ words: String...) async throws -> String {
        while let line = await iterator.next(isolation: #isolation) {
            seen.append(line)
            if words.allSatisfy(line.contains) { return line }
        }
        Issue.record("the output ended without \(words); it was:\n\(seen.joined(separator: "\n"))")
        throw CancellationError()
    }

    /// All lines up to the end of the output, which is the end of the supervisor and of all its children.
    func rest() async -> [String] {
        var result: [String] = []
        while let line = await iterator.next(isolation: #isolation) { result.append(line) }
        seen += result
        return result
    }

    /// The exit code; negative for a signal.
    func exitCode() async -> Int32? {
        var iterator = exit.makeAsyncIterator()
        return await iterator.next(isolation: #isolation)
    }

    func file() throws -> FleetFile { try FleetFile.read(stateDirectory: "\(directory)/state") }

    func pid(of name: String) throws -> Int32 {
        try #require(try file().processes.first { $0.name == name }?.pid)
    }

    /// The value after `key=` in a line.
    static func value(_ key: String, in line: String) -> String? {
        line.split(separator: " ").first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    /// Beside the test bundle, where SwiftPM puts every program of the package.
    private static func supervisor() throws -> URL {
        for place in [CommandLine.arguments[0], ProcessInfo.processInfo.arguments[0]] + Bundle.allBundles.map(\.bundlePath) {
            var directory = URL(filePath: place).deletingLastPathComponent()
            for _ in 0..<3 {
                let candidate = directory.appending(path: "maane-supervisor")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
                directory.deleteLastPathComponent()
            }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    /// `say`, `notify` and the name of the process.
    private static let preamble = """
        #!/usr/bin/perl
        use strict; use warnings; use Socket;
        $| = 1;
        my $name = $ENV{MAANE_WORKER_NAME} // 'gateway';
        sub notify {
            my $path = $ENV{NOTIFY_SOCKET}; $path =~ s/^@/\\0/;
            socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
            send($s, $_[0], 0, pack_sockaddr_un($path)) or die $!;
        }

        """

    /// Ready at once; ends by SIGTERM.
    static let serve = """
        $SIG{TERM} = sub { print "ended\\n"; exit 0 };
        notify("READY=1\\nSTATUS=serving");
        print "serving pid=$$\\n";
        sleep 3600 while 1;
        """
}
