import Business
import CallVocabulary
import DialogWorker
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
            try reader.finish()
            _ = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "dialog-worker")
            let businesses = try BusinessDirectory.load(path: path)
            let models = try ModelProviders.make(names)
            let worker = try WorkerService(pool: .dialog, settings: common, notifier: SystemdNotifier(environment: environment), logger: logger) {
                port in
                DialogWorkerLogic(businesses: businesses, models: models, port: port, logger: logger)
            }
            return ([worker], logger)
        }
    }
}
