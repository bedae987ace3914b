import ASRStage
import ASRWorker
import Business
import CallVocabulary
import Logging
import ServiceKit
import ServiceLifecycle

@main
struct ASRWorkerMain {
    static func main() async {
        await ServiceProcess.run("asr-worker", check: check) { environment, reader in
            let common = CommonSettings(reader)
            _ = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "asr-worker")
            let businesses = try BusinessDirectory.load(path: reader.string("MAANE_BUSINESSES", default: "/etc/maane/businesses"))
            let stage = try await ASRStage.make(reader, businesses: businesses, logger: logger)
            try await stage.recogniser.warm()
            let worker = try WorkerService(pool: .asr, settings: common, notifier: SystemdNotifier(environment: environment), logger: logger) {
                port in
                ASRWorkerLogic(port: port, recogniser: stage.recogniser, capacity: stage.capacity)
            }
            // The last one of the list ends first.
            return ([worker] + stage.services, logger)
        }
    }

    /// `asr-worker check FILE`: lets each provider hear the recording.
    private static func check(_ reader: SettingsReader, _ arguments: [String]) async throws -> Bool {
        let businesses = try BusinessDirectory.load(path: reader.string("MAANE_BUSINESSES", default: "/etc/maane/businesses"))
        return try await ASRStage.check(reader, businesses: businesses, recording: arguments.first ?? "sentence.wav")
    }
}
