import Business
import Gateway
import Logging
import ServiceKit
import ServiceLifecycle

@main
struct GatewayMain {
    static func main() async {
        await ServiceProcess.run("gateway") { environment, reader in
            let common = CommonSettings(reader, isGateway: true)
            let settings = GatewaySettings(reader)
            try reader.finish()
            let metrics = ServiceProcess.bootstrap(level: common.logLevel)
            let logger = Logger(label: "gateway")
            let gateway = GatewayService(
                settings: settings, common: common, businesses: try BusinessDirectory.load(path: settings.businesses), metrics: metrics,
                notifier: SystemdNotifier(environment: environment), inheritedSocket: InheritedSockets.first(environment: environment),
                logger: logger)
            return ([gateway], logger)
        }
    }
}
