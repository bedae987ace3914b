import BusContract
import Logging

/// What every process of the fleet reads.
package struct CommonSettings: Sendable {
    package var bus: BusEndpoints
    /// Where a process may keep files of its own.
    package var stateDirectory: String
    package var logLevel: Logger.Level
    /// Callers' words appear in logs and on the tap.
    package var logTranscripts: Bool
    /// Name on the bus, for workers.
    package var workerName: String?

    package init(_ reader: SettingsReader) {
        let address = reader.string("MAANE_BUS", default: "ipc:///run/maane")
        do {
            bus = try BusEndpoints(address)
        } catch {
            reader.fault("MAANE_BUS", error.message)
            bus = .unusable
        }
        stateDirectory = reader.string("MAANE_STATE_DIR", default: "/var/lib/maane")
        let level = reader.string("LOG_LEVEL", default: "info")
        if let known = Logger.Level(rawValue: level) {
            logLevel = known
        } else {
            reader.fault("LOG_LEVEL", "\(level) is not one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
            logLevel = .info
        }
        logTranscripts = reader.flag("LOG_TRANSCRIPTS", default: false)
        workerName = reader.optional("MAANE_WORKER_NAME")
    }
}
