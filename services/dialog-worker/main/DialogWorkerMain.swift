import Business
import CallVocabulary
import DialogWorker
import HTTPFetch
import Logging
import ServiceKit
import ServiceLifecycle

@main
struct DialogWorkerMain {
    static func main() async {
        await ServiceProcess.run("dialog-worker") { environment, reader in
            let common = CommonSettings(reader)
            let names = reader.list("DIALOG_PROVIDERS", default: ["local"], allowed: Providers.dialog)
            let path = reader.string("MAANE_BUSINESSES", default: "/etc/maane/businesses")
            let chats = ModelProviders.settings(names, reader)
            try reader.finish()
            _ = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "dialog-worker")
            let businesses = try BusinessDirectory.load(path: path)
            var fetching = HTTPFetchConfiguration()
            // One for each caller who is being answered; servers of HTTP/2 need one for all.
            fetching.maximumConnectionsPerHost = 128
            let fetch = chats.isEmpty ? nil : try await HTTPFetch(configuration: fetching)
            let models = DialogModels(try ModelProviders.make(names, chats: chats, fetch: fetch, logger: logger), logger: logger)
            let faults = models.faults(businesses.businesses)
            guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
            let worker = try WorkerService(pool: .dialog, settings: common, notifier: SystemdNotifier(environment: environment), logger: logger) {
                port in
                DialogWorkerLogic(businesses: businesses, models: models, port: port, logger: logger)
            }
            return ([worker], logger)
        }
    }
}
