import Foundation
import Testing

@testable import Supervisor

@Suite(.timeLimit(.minutes(2))) struct SupervisorTests {
    @Test func theGatewayIsGivenTheListeningSocket() async throws {
        // Accepts on descriptor 3, which is possible on no other kind of descriptor.
        let fleet = try FakeFleet(
            gateway: """
                notify("READY=1");
                my @own = grep { $ENV{$_} } qw(MAANE_WORKER_NAME);
                print "env fds=$ENV{LISTEN_FDS} mine=", ($ENV{LISTEN_PID} == $$ ? 1 : 0), " names=$ENV{LISTEN_FDNAMES} ",
                    "backtrace=$ENV{SWIFT_BACKTRACE} port=$ENV{PORT}\\n";
                open(my $listener, '+<&=', 3) or die $!;
                accept(my $client, $listener) or die $!;
                syswrite $client, "hello from $$";
                close $client;
                sleep 3600;
                """)
        let line = try await fleet.line("gateway | env")
        #expect(line.hasPrefix("gateway | env fds=1 mine=1 names=public backtrace=enable=no"))
        let port = try #require(FakeFleet.value("port", in: line).flatMap { UInt16($0) })
        #expect(try fleet.file().port == port)
        #expect(try receive(port: port) == "hello from \(try fleet.pid(of: "gateway"))")
    }

    @Test func workersHaveNamesAndNoSocket() async throws {
        let fleet = try FakeFleet(
            worker: """
                notify("READY=1");
                print "name=$ENV{MAANE_WORKER_NAME} listen=", ($ENV{LISTEN_FDS} // '') . ($ENV{LISTEN_PID} // ''), " third=", (-e "/proc/self/fd/3" && (readlink("/proc/self/fd/3") // '') =~ /socket/ ? 1 : 0), "\\n";
                sleep 3600;
                """, arguments: ["--workers", "asr=2,dialog=0,tts=0,crm=0"])
        var names: Set<String> = []
        for _ in 0..<2 {
            let line = try await fleet.line("name=")
            #expect(line.contains("listen= third=0"))
            names.insert(try #require(FakeFleet.value("name", in: line)))
        }
        #expect(names == ["asr-1", "asr-2"])
    }

    @Test func whatIsKilledComesBackAndTheSocketStays() async throws {
        let fleet = try FakeFleet(arguments: ["--workers", "dialog=0,tts=0,crm=0"])
        for _ in 0..<2 { try await fleet.line("PROCESS_READY") }
        let port = try fleet.file().port
        for name in ["gateway", "asr-1"] {
            let before = try fleet.pid(of: name)
            kill(before, SIGKILL)
            try await fleet.line("PROCESS_ENDED", "process=\(name)", "signal 9")
            // The gateway is not there, but its port is.
            #expect(try connect(port: port) >= 0)
            let ready = try await fleet.line("PROCESS_READY", "process=\(name)")
            let after = try fleet.pid(of: name)
            #expect(after != before)
            #expect(FakeFleet.value("pid", in: ready) == "\(after)")
            let entry = try #require(try fleet.file().processes.first { $0.name == name })
            #expect(entry == .init(name: name, pid: after, restarts: 1, ready: true, status: "serving"))
        }
    }

    @Test func helpersDieWithTheirProcess() async throws {
        let fleet = try FakeFleet(
            worker: """
                notify("READY=1");
                my $helper = fork() // die $!;
                if (!$helper) { $SIG{TERM} = 'IGNORE'; sleep 3600; exit 0 }
                print "helper=$helper\\n";
                sleep 3600;
                """, arguments: ["--workers", "dialog=0,tts=0,crm=0"])
        let line = try await fleet.line("helper=")
        let helper = try #require(FakeFleet.value("helper", in: line).flatMap { Int32($0) })
        #expect(kill(helper, 0) == 0)
        kill(try fleet.pid(of: "asr-1"), SIGKILL)
        try await fleet.line("PROCESS_STARTED", "process=asr-1")
        while !isGone(helper) { try await Task.sleep(for: .milliseconds(5)) }
        // A clean end: the successor's helper would outlive a killed supervisor, as it ignores SIGTERM.
        kill(fleet.pid, SIGTERM)
        _ = await fleet.rest()
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func theGatewayEndsFirstAndTheEndIsClean(_ signal: Int32) async throws {
        let fleet = try FakeFleet()
        for _ in 0..<5 { try await fleet.line("PROCESS_READY") }
        kill(fleet.pid, signal)
        let ends = await fleet.rest().filter { $0.hasSuffix("| ended") }
        #expect(ends.count == 5)
        #expect(ends.first == "gateway | ended")
        #expect(await fleet.exitCode() == 0)
        #expect(throws: SupervisorError.self) { try fleet.file() }
    }

    @Test func aSecondSignalKills() async throws {
        let fleet = try FakeFleet(
            gateway: """
                $SIG{TERM} = sub { print "stubborn\\n" };
                notify("READY=1");
                sleep 3600 while 1;
                """, arguments: ["--workers", "dialog=0,tts=0,crm=0"])
        for _ in 0..<2 { try await fleet.line("PROCESS_READY") }
        kill(fleet.pid, SIGINT)
        try await fleet.line("stubborn")
        kill(fleet.pid, SIGINT)
        try await fleet.line("PROCESS_OVERDUE", "process=gateway")
        #expect(await fleet.exitCode() == 1)
    }

    @Test func aFaultOfConfigurationStopsTheFleet() async throws {
        let fleet = try FakeFleet(
            worker: """
                print STDERR "The model is missing. Install it.\\n";
                exit 78;
                """, arguments: ["--workers", "dialog=0,tts=0,crm=0"])
        let rest = await fleet.rest()
        #expect(rest.count { $0 == "asr-1 | The model is missing. Install it." } == RestartPolicy.failedBootsAllowed)
        #expect(rest.contains { $0.contains("PROCESS_FAULT") && $0.contains("process=asr-1") && $0.contains("exit code 78") })
        #expect(rest.contains("asr-1! | The model is missing. Install it."))
        #expect(rest.contains("gateway | ended"))
        #expect(await fleet.exitCode() == 78)
    }

    @Test func nothingOutlivesAKilledSupervisor() async throws {
        let fleet = try FakeFleet()
        for _ in 0..<5 { try await fleet.line("PROCESS_READY") }
        let pids = try fleet.file().processes.compactMap(\.pid)
        #expect(pids.count == 5)
        kill(fleet.pid, SIGKILL)
        // The children hold the pipe: its end is theirs.
        _ = await fleet.rest()
        #expect(await fleet.exitCode() == -SIGKILL)
        // A dying process closes its pipe before it counts as dead, and nothing announces the latter to a stranger.
        // The suite's time limit ends a wait that would be for ever.
        for pid in pids { while !isGone(pid) { try await Task.sleep(for: .milliseconds(5)) } }
    }

    @Test func aPortInUseIsOneSentence() async throws {
        let taken = try ListeningSocket(host: "127.0.0.1", port: 0)
        let fleet = try FakeFleet(port: "\(taken.port)")
        let rest = await fleet.rest()
        #expect(rest.count == 1)
        #expect(rest.first?.hasPrefix("Port \(taken.port) is already in use. Choose another one, for instance PORT=") == true)
        #expect(await fleet.exitCode() == 1)
    }

    @Test func aBadPortIsOneSentence() async throws {
        let fleet = try FakeFleet(port: "http")
        #expect(await fleet.rest() == ["PORT is \"http\", which is no port. Use a number from 1024 to 65535."])
        #expect(await fleet.exitCode() == 1)
    }

    @Test func logFilesTakeTheOutput() async throws {
        let logs = FileManager.default.temporaryDirectory.appending(path: "maane-logs-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: logs) }
        let fleet = try FakeFleet(arguments: ["--log-dir", logs])
        for _ in 0..<5 { try await fleet.line("PROCESS_READY") }
        kill(fleet.pid, SIGTERM)
        #expect(await fleet.rest().contains { $0.hasPrefix("tts-1 |") } == false)
        let text = try String(contentsOfFile: "\(logs)/tts-1.log", encoding: .utf8)
        #expect(text.contains("tts-1 | serving pid="))
        #expect(text.hasSuffix("tts-1 | ended\n"))
    }

    @Test func oneFleetPerStateDirectory() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "maane-state-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try StateDirectory(path: path)
        let error = #expect(throws: SupervisorError.self) { try StateDirectory(path: path) }
        #expect(error?.code == .alreadyRunning)
        withExtendedLifetime(first) {}
    }

    @Test func onlyTheOwnPidSpeaks() throws {
        let socket = try NotifySocket(name: "maane-test-\(UUID().uuidString)")
        #expect(socket.receive() == nil)
        let sender = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(sender) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = [0] + Array(socket.address.dropFirst().utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let message = Array("READY=1".utf8)
        let sent = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(sender, message, message.count, 0, $0, socklen_t(2 + name.count))
            }
        }
        #expect(sent == message.count)
        let got = try #require(socket.receive())
        #expect(got.sender == getpid())
        #expect(got.notification.ready)
    }

    /// What the server at `port` sends until it closes.
    private func receive(port: UInt16) throws -> String {
        let descriptor = try connect(port: port)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// A connection as far as the kernel is concerned; nobody needs to have accepted it.
    private func connect(port: UInt16) throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
        return descriptor
    }

    /// Gone, or dead and not yet collected by init.
    private func isGone(_ pid: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
        return stat.split(separator: ")").last?.split(separator: " ").first == "Z"
    }
}
