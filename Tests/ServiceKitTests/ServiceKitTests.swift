import BusContract
import CoreMetrics
import Foundation
import Glibc
import Logging
import Metrics
import ServiceKit
import Testing

struct SettingsTests {
    @Test func commonSettingsNameTheirFaults() {
        let reader = SettingsReader(["MAANE_BUS": "ipc://relative", "LOG_LEVEL": "loud", "LOG_TRANSCRIPTS": "2"])
        _ = CommonSettings(reader)
        #expect(reader.faults.count == 3)
        #expect(reader.faults.contains { $0.hasPrefix("MAANE_BUS:") })
    }

    @Test func aWorkerMayHaveSeveralGateways() throws {
        let reader = SettingsReader(["MAANE_BUS": "ipc:///run/a, tcp://127.0.0.1:7000"])
        let settings = CommonSettings(reader)
        #expect(reader.faults.isEmpty)
        #expect(settings.buses.map(\.control) == ["ipc:///run/a/control.sock", "tcp://127.0.0.1:7001"])
        #expect(settings.bus == settings.buses[0])
    }

    @Test(arguments: ["ipc:///a,ipc:///b", ",", "ipc:///a,ipc:///a", "ipc:///a,ipc://b"]) func aListThatCannotWorkIsABootFault(list: String) {
        let reader = SettingsReader(["MAANE_BUS": list])
        _ = CommonSettings(reader, isGateway: list == "ipc:///a,ipc:///b")
        #expect(reader.faults.count == 1)
        #expect(reader.faults.first?.hasPrefix("MAANE_BUS:") == true)
    }

    @Test func aLongBusPathIsABootFault() {
        let reader = SettingsReader(["MAANE_BUS": "ipc:///" + String(repeating: "d", count: 100)])
        _ = CommonSettings(reader)
        #expect(reader.faults.count == 1)
        #expect(reader.faults.first?.contains("107") == true)
    }

    @Test func theEnvironmentComesBeforeTheFile() async throws {
        let file = NSTemporaryDirectory() + "maane-\(UUID().uuidString).env"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("PORT=1234\nADMIN_PORT=4321\n".utf8).write(to: URL(fileURLWithPath: file))
        let reader = try await SettingsReader.forProcess(["MAANE_CONFIG": file, "PORT": "99"])
        #expect(reader.integer("PORT", default: 0, in: 1...65_535) == 99)
        #expect(reader.integer("ADMIN_PORT", default: 0, in: 1...65_535) == 4321)
    }

    @Test func systemdCredentialsAreRead() async throws {
        let directory = NSTemporaryDirectory() + "maane-credentials-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data("hush\n".utf8).write(to: URL(fileURLWithPath: directory + "/TWILIO_AUTH_TOKEN"))
        let reader = try await SettingsReader.forProcess(["CREDENTIALS_DIRECTORY": directory])
        #expect(reader.optional("TWILIO_AUTH_TOKEN", secret: true) == "hush")
    }

    @Test func aMissingFileIsNamed() async {
        await #expect(throws: ConfigurationError.self) { try await SettingsReader.forProcess(["MAANE_CONFIG": "/nonexistent/maane.env"]) }
    }

    @Test func listsKeepTheirOrder() {
        let reader = SettingsReader(["ASR_PROVIDERS": " tones , local"])
        #expect(reader.list("ASR_PROVIDERS", default: ["local"], allowed: Providers.asr) == ["tones", "local"])
        #expect(reader.faults.isEmpty)
    }
}

struct MetricsRegistryTests {
    @Test func printsPrometheusText() {
        let registry = MetricsRegistry()
        Counter(label: "maane_calls", dimensions: [("outcome", "served")], factory: registry).increment(by: 2)
        Metrics.Timer(label: "maane_turn_seconds", dimensions: [("stage", "reply")], factory: registry).recordMilliseconds(30)
        let text = registry.prometheusText()
        #expect(text.contains("# TYPE maane_calls counter\nmaane_calls{outcome=\"served\"} 2\n"))
        #expect(text.contains("maane_turn_seconds_bucket{stage=\"reply\",le=\"0.025\"} 0\n"))
        #expect(text.contains("maane_turn_seconds_bucket{stage=\"reply\",le=\"0.05\"} 1\n"))
        #expect(text.contains("maane_turn_seconds_count{stage=\"reply\"} 1\n"))
    }
}

struct SystemdNotifierTests {
    @Test(arguments: [true, false]) func sendsOneDatagram(isAbstract: Bool) throws {
        let path = isAbstract ? "@maane-test-\(UUID().uuidString)" : NSTemporaryDirectory() + "n-\(UUID().uuidString.prefix(8)).sock"
        defer { if !isAbstract { unlink(path) } }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) } }
        try #require(bound == 0)
        SystemdNotifier(environment: ["NOTIFY_SOCKET": path]).ready(status: "2 conversations")
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        try #require(count > 0)
        #expect(String(decoding: buffer.prefix(count), as: UTF8.self) == "READY=1\nSTATUS=2 conversations")
    }

    @Test func withoutAManagerNothingHappens() { SystemdNotifier(environment: [:]).stopping() }

    @Test func aSocketForAnotherProcessIsNotTaken() {
        #expect(InheritedSockets.first(environment: ["LISTEN_FDS": "1", "LISTEN_PID": "1"]) == nil)
        #expect(InheritedSockets.first(environment: [:]) == nil)
    }
}
