import Business
import CallVocabulary
import DialogWorker
import Hebrew
import HTTPFetch
import Logging
import ServiceKit
import ServiceLifecycle

@main
struct DialogWorkerMain {
    static func main() async {
        await ServiceProcess.run("dialog-worker", check: check) { environment, reader in
            let common = CommonSettings(reader)
            _ = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "dialog-worker")
            let (models, businesses) = try await stage(reader, logger)
            Understanding.warmUp()
            let worker = try WorkerService(pool: .dialog, settings: common, notifier: SystemdNotifier(environment: environment), logger: logger) {
                port in
                DialogWorkerLogic(businesses: businesses, models: models, port: port, logger: logger)
            }
            return ([worker], logger)
        }
    }

    /// The models that `DIALOG_PROVIDERS` names, and whom they answer for.
    private static func stage(_ reader: SettingsReader, _ logger: Logger) async throws -> (DialogModels, BusinessDirectory) {
        let names = reader.list("DIALOG_PROVIDERS", default: ["local"], allowed: Providers.dialog)
        let path = reader.string("MAANE_BUSINESSES", default: "/etc/maane/businesses")
        let chats = ModelProviders.settings(names, reader)
        let profile = names.contains("profile") ? ProviderProfile(reader) : .fast
        try reader.finish()
        let businesses = try BusinessDirectory.load(path: path)
        var fetching = HTTPFetchConfiguration()
        // One for each caller who is being answered; servers of HTTP/2 need one for all.
        fetching.maximumConnectionsPerHost = 128
        let fetch = chats.isEmpty ? nil : try await HTTPFetch(configuration: fetching)
        let models = DialogModels(try ModelProviders.make(names, chats: chats, fetch: fetch, logger: logger, profile: profile), logger: logger)
        let faults = models.faults(businesses.businesses)
        guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
        return (models, businesses)
    }

    /// `dialog-worker check`: lets each model answer a caller's sentence.
    private static func check(_ reader: SettingsReader, _: [String]) async throws -> Bool {
        let (models, businesses) = try await stage(reader, Logger(label: "dialog-worker") { _ in SwiftLogNoOpLogHandler() })
        guard let business = businesses.first else { throw ConfigurationError(faults: ["MAANE_BUSINESSES: no business to answer for"]) }
        return await ThinkingCheck.run(models.models, business: business)
    }
}
