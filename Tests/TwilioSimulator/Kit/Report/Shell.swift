import Subprocess

/// A command of the shell, for what a scenario does outside of its call.
package enum Shell {
    /// - Throws: ``SimulatorFailure`` when it fails.
    package static func run(_ command: String) async throws {
        do {
            let result = try await Subprocess.run(.name("sh"), arguments: ["-c", command], output: .discarded, error: .string(limit: 65_536))
            guard result.terminationStatus.isSuccess else {
                throw SimulatorFailure(.badOption, "\(command): \(result.terminationStatus) \(result.standardError)")
            }
        } catch let failure as SimulatorFailure {
            throw failure
        } catch {
            throw SimulatorFailure(.badOption, "\(command) could not be run", cause: error)
        }
    }
}
