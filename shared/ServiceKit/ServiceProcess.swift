import Foundation
import Glibc
import Logging
import Metrics
import ServiceLifecycle
import UnixSignals

/// What it is to be a process of this fleet: logs to standard error, counts, ends with one clear sentence when it cannot work.
package enum ServiceProcess {
    /// - Parameters:
    ///   - check: what the argument `check` does instead: asks each provider once and prints a line for each. Gets the arguments behind it, and
    ///     returns whether all of them work; the process ends with 0 or 1.
    ///   - body: makes the process's services; they end in reverse order on SIGTERM or SIGINT.
    package static func run(
        _ label: String,
        check: (@Sendable (_ settings: SettingsReader, _ arguments: [String]) async throws -> Bool)? = nil,
        _ body: @Sendable (_ environment: [String: String], _ settings: SettingsReader) async throws -> (services: [any Service], logger: Logger)
    ) async {
        // The peer of a pipe or socket may go at any time; the write's error is handled where it happens.
        signal(SIGPIPE, SIG_IGN)
        allowManyFiles()
        let environment = ProcessInfo.processInfo.environment
        do {
            let settings = try await SettingsReader.forProcess(environment)
            let arguments = CommandLine.arguments.dropFirst()
            if let check, arguments.first == "check" { exit(try await check(settings, Array(arguments.dropFirst())) ? 0 : 1) }
            let (services, logger) = try await body(environment, settings)
            var configuration = ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            configuration.maximumGracefulShutdownDuration = .seconds(20)
            configuration.maximumCancellationDuration = .seconds(5)
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            let text = "\(label): \(error)\n"
            FileHandle.standardError.write(Data(text.utf8))
            exit(1)
        }
    }

    /// A socket for each call and connection: the soft limit of 1,024 files that shells and old units give is for programs that use select(2).
    private static func allowManyFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Installs logging and metrics for the whole process. Once.
    package static func bootstrap(level: Logger.Level) -> MetricsRegistry {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        return registry
    }
}
