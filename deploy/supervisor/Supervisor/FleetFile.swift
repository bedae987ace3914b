import FoundationEssentials
import Glibc

/// `run/fleet.json` in the state directory: who runs, for tests and operators.
package struct FleetFile: Codable, Sendable, Equatable {
    package struct Process: Codable, Sendable, Equatable {
        package var name: String
        /// Absent while the process waits for its restart.
        package var pid: Int32?
        /// Starts after the first one.
        package var restarts: Int
        /// The process said READY=1.
        package var ready: Bool
        /// Its last STATUS= line.
        package var status: String?
    }

    /// Pid of the supervisor.
    package var supervisor: Int32
    package var port: UInt16
    package var processes: [Process]

    package static func path(in stateDirectory: String) -> String { "\(stateDirectory)/run/fleet.json" }

    /// - Throws: `notRunning` when there is none or it cannot be read.
    package static func read(stateDirectory: String) throws -> FleetFile {
        do {
            let data = try Data(contentsOf: URL(filePath: path(in: stateDirectory)))
            return try JSONDecoder().decode(FleetFile.self, from: data)
        } catch {
            throw SupervisorError(
                .notRunning,
                "No fleet runs with the state directory \(stateDirectory). Start one with `make up`, or name another directory with --state-dir.",
                cause: error)
        }
    }

    /// Atomic: a reader sees the old file or the new one, never half of one.
    func write(stateDirectory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: Self.path(in: stateDirectory)), options: .atomic)
    }
}

/// The state directory, held by one supervisor at a time.
package final class StateDirectory {
    package let path: String
    private let lock: Descriptor

    /// Makes the directory and takes its lock.
    /// - Throws: `alreadyRunning` when another supervisor holds it.
    package init(path: String) throws {
        do {
            // Readable by the owner only: beside this file, the services keep tokens and callers' words here.
            try FileManager.default.createDirectory(
                atPath: "\(path)/run", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SupervisorError(
                .systemCall, "Cannot make the state directory \(path)/run. Name one that can be written, with MAANE_STATE_DIR.",
                cause: error)
        }
        lock = try Descriptor.owning(
            open("\(path)/run/supervisor.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600), "Cannot open the lock in \(path)/run")
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw SupervisorError(
                .alreadyRunning,
                "Another fleet runs with the state directory \(path). End it, or name another directory with MAANE_STATE_DIR.")
        }
        self.path = path
    }

    func removeFleetFile() { unlink(FleetFile.path(in: path)) }
}
