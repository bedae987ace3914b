import CRMWorker
import CallVocabulary
import Logging
import ServiceKit
import ServiceLifecycle

@main
struct CRMWorkerMain {
    static func main() async {
        await ServiceProcess.run("crm-worker") { environment, reader in
            let common = CommonSettings(reader)
            try reader.finish()
            let database = try DatabaseURL(reader.optional("DATABASE_URL", secret: true))
            _ = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "crm-worker")
            // One line of facts and one connection, however many gateways there are.
            let queue = FactQueue(logger: logger)
            let opening = Task { try await FactWriter.start(queue, database: database, logger: logger) }
            let worker = try WorkerService(pool: .crm, settings: common, notifier: SystemdNotifier(environment: environment), logger: logger) {
                port in
                // The hello comes after this: a worker is not ready before its migrations ran.
                try await withTaskCancellationOrGracefulShutdownHandler {
                    try await opening.value
                } onCancelOrGracefulShutdown: {
                    opening.cancel()
                }
                return CRMWorkerLogic(port: port, queue: queue, logger: logger)
            }
            return ([worker], logger)
        }
    }
}
