import ASRWorker
import CallVocabulary
import Logging
import ServiceKit
import ServiceLifecycle

@main
struct ASRWorkerMain {
    /// One decoding thread at 5 % of a core per call that is being spoken to.
    static let capacity = 20

    static func main() async {
        await ServiceProcess.run("asr-worker") { environment, reader in
            let common = CommonSettings(reader)
            _ = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "asr-worker")
            let recogniser = try await RecognizerProviders.make(reader, logger: logger)
            try await recogniser.warm()
            let worker = try WorkerService(pool: .asr, settings: common, notifier: SystemdNotifier(environment: environment), logger: logger) {
                port in
                ASRWorkerLogic(port: port, recogniser: recogniser, capacity: recogniser.name == "local" ? capacity : 1_000)
            }
            return ([worker], logger)
        }
    }
}
