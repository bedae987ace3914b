import Business
import CallVocabulary
import Logging
import ServiceKit
import ServiceLifecycle
import TTSStage
import TTSWorker

@main
struct TTSWorkerMain {
    static func main() async {
        await ServiceProcess.run("tts-worker", check: check) { environment, reader in
            let common = CommonSettings(reader)
            _ = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "tts-worker")
            let path = reader.string("MAANE_BUSINESSES", default: "/etc/maane/businesses")
            let account = CallUpdateSettings.account(reader)
            let businesses = try BusinessDirectory.load(path: path)
            let stage = try await TTSStage.make(reader, businesses: businesses, stateDirectory: common.stateDirectory, logger: logger)
            let voice = stage.voice
            try await voice.warm()
            let updater = try await CallUpdateSettings.updater(account, logger: logger)
            let worker = try WorkerService(pool: .tts, settings: common, notifier: SystemdNotifier(environment: environment), logger: logger) {
                port in
                TTSWorkerLogic(port: port, voice: voice, businesses: businesses, capacity: 1_000, updater: updater, logger: logger)
            }
            let warmers: [any Service] = stage.warmer.map { [$0(businesses.businesses)] } ?? []
            // The last one of the list ends first.
            return ([worker] + warmers, logger)
        }
    }

    /// `tts-worker check [FILE]`: lets each voice say a sentence, and keeps it as a recording.
    private static func check(_ reader: SettingsReader, _ arguments: [String]) async throws -> Bool {
        let businesses = try BusinessDirectory.load(path: reader.string("MAANE_BUSINESSES", default: "/etc/maane/businesses"))
        let folder = reader.string("MAANE_STATE_DIR", default: "/var/lib/maane")
        return try await TTSStage.check(reader, businesses: businesses, stateDirectory: folder, recording: arguments.first)
    }
}
