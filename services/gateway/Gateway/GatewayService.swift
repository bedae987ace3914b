import Bus
import BusContract
import Business
import CallVocabulary
import Foundation
import Logging
import Metrics
import NIOCore
import NIOPosix
import ServiceKit
import ServiceLifecycle
import Synchronization

/// The gateway, wired: bus, fleet, prompts, desk and servers, started and stopped in order.
package struct GatewayService: Service {
    /// At a stop: calls that are still going on are given this long to reach their end by themselves.
    private static let callPatience = Duration.seconds(2)
    /// Then they are ended, which takes a summary's time.
    private static let endPatience = Duration.seconds(2)
    /// And facts this long to reach a crm-worker.
    private static let factPatience = Duration.seconds(2)
    private static let tick = Duration.milliseconds(200)

    private let settings: GatewaySettings
    private let common: CommonSettings
    private let businesses: BusinessDirectory
    private let metrics: MetricsRegistry
    private let notifier: SystemdNotifier
    private let inherited: CInt?
    private let logger: Logger

    package init(
        settings: GatewaySettings, common: CommonSettings, businesses: BusinessDirectory, metrics: MetricsRegistry, notifier: SystemdNotifier,
        inheritedSocket: CInt?, logger: Logger
    ) {
        self.settings = settings
        self.common = common
        self.businesses = businesses
        self.metrics = metrics
        self.notifier = notifier
        inherited = inheritedSocket
        self.logger = logger
    }

    package func run() async throws {
        if !settings.validatesSignatures { logger.critical("TWILIO_VALIDATE_SIGNATURE is off: anybody can place calls here; never on a public port") }
        let boot = try BootNumber.next(in: common.stateDirectory)
        let prompts = try await PromptLibrary(prompts: PromptList.prompts(for: businesses), stateDirectory: common.stateDirectory, logger: logger)
        // The hub's first message may come before the fleet exists to take it: the relay holds the place.
        let relay = Relay()
        let hub = try await ZeroMQHub(endpoints: common.bus) { relay.fleet?.receive($0) }
        let courier = FactCourier(logger: logger)
        let fleet = Fleet(hub: hub, boot: boot, logger: logger, now: Clocks.monotonicMilliseconds, courier: courier) {
            worker, business, artifact, bytes in
            prompts.store(artifact, bytes) { failure in
                hub.send(
                    Envelope(.artifactStored(ArtifactStored(name: artifact.name, format: artifact.format, failure: failure)), business: business),
                    to: worker)
            }
        }
        relay.set(fleet)
        prompts.use(fleet)
        let trace = try await traceWriter()
        let address = try PublicAddress(settings.publicBaseURL)
        let (logger, logTranscripts) = (logger, common.logTranscripts)
        let desk = Desk(
            settings: settings, address: address, businesses: businesses, prompts: prompts, fleet: fleet, boot: boot, logger: logger,
            unixSeconds: { Clocks.unixMicroseconds() / 1_000_000 }
        ) { finished in
            CallServices(
                logger: logger, logTranscripts: logTranscripts, trace: trace, unixMicroseconds: Clocks.unixMicroseconds, finished: finished)
        }
        try await serve(desk, fleet, prompts, address)
        await settle(fleet)
        await trace?.stop()
        await hub.stop()
    }

    private func traceWriter() async throws -> TraceWriter? {
        guard let directory = settings.traceDirectory else { return nil }
        return try await TraceWriter(directory: directory)
    }

    /// Serves until told to stop, then lets calls end.
    private func serve(_ desk: Desk, _ fleet: Fleet, _ prompts: PromptLibrary, _ address: PublicAddress) async throws {
        // One loop carries some 500 calls (measured: 38 µs per frame and direction); a call and its socket live on the same one.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener: Listener = inherited.map { .inherited(descriptor: $0) } ?? .bind(host: "0.0.0.0", port: settings.port)
        let configuration = PublicServerConfiguration(
            listener: listener, publicAddress: address, authToken: settings.authToken, validatesSignatures: settings.validatesSignatures,
            trustedProxies: try TrustedProxies(settings.trustedProxies.joined(separator: ",")), speechFolder: prompts.publicDirectory)
        let server = try await PublicServer.start(configuration, desk: desk, group: group, logger: logger)
        let metrics = metrics
        let admin = try await AdminServer.start(port: settings.adminPort, group: group, logger: logger) { metrics.prometheusText() }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await prompts.run() }
            tasks.addTask { await beat(desk, fleet) }
            try await tasks.waitForAll()
        }
        notifier.stopping()
        await server.stopAccepting()
        let patience = ContinuousClock.now + Self.callPatience
        while desk.runningCalls > 0, ContinuousClock.now < patience {
            fleet.tick()
            try? await Task.sleep(for: Self.tick)
        }
        // Who is still here is let go the regular way: Twilio asks the action URL, and the facts of the call are written.
        desk.endAll()
        while desk.runningCalls > 0, ContinuousClock.now < patience + Self.endPatience {
            fleet.tick()
            try? await Task.sleep(for: .milliseconds(50))
        }
        await server.close()
        await admin.close()
        try? await group.shutdownGracefully()
    }

    /// The heartbeat of everything that is checked by the clock and not by an event.
    private func beat(_ desk: Desk, _ fleet: Fleet) async {
        try? await cancelWhenGracefulShutdown {
            var said = ""
            var wasReady = false
            let active = Metrics.Gauge(label: "maane_active_calls")
            while true {
                fleet.tick()
                desk.tick()
                active.record(desk.activeCalls)
                let (isReady, status) = desk.isReady
                if isReady, !wasReady {
                    notifier.ready(status: status)
                    logger.info("ready", metadata: ["businesses": "\(businesses.businesses.count)"])
                    wasReady = true
                } else if status != said {
                    notifier.status(status)
                }
                said = status
                try await Task.sleep(for: Self.tick)
            }
        }
    }

    /// Calls have ended; their last facts are on the way.
    private func settle(_ fleet: Fleet) async {
        let patience = ContinuousClock.now + Self.factPatience
        while fleet.pendingFacts > 0, ContinuousClock.now < patience {
            fleet.tick()
            try? await Task.sleep(for: Self.tick)
        }
        if fleet.pendingFacts > 0 {
            logger.error("facts are lost with this process: no crm-worker took them", metadata: ["count": "\(fleet.pendingFacts)"])
        }
    }
}

private final class Relay: Sendable {
    private let box = Mutex<Fleet?>(nil)
    var fleet: Fleet? { box.withLock { $0 } }
    func set(_ fleet: Fleet) { box.withLock { $0 = fleet } }
}

/// The number of this start, persisted: epochs of an earlier life must be smaller.
enum BootNumber {
    static func next(in stateDirectory: String) throws -> UInt32 {
        let path = stateDirectory + "/gateway-boot"
        do {
            try FileManager.default.createDirectory(atPath: stateDirectory, withIntermediateDirectories: true)
            let last = FileManager.default.contents(atPath: path).flatMap { UInt32(String(decoding: $0, as: UTF8.self)) } ?? 0
            try Data(String(last + 1).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            return last + 1
        } catch {
            throw GatewayStartError(
                "MAANE_STATE_DIR: \(path) cannot be written (\(error.localizedDescription)); choose a directory that this user may write")
        }
    }
}

enum Clocks {
    @Sendable static func monotonicMilliseconds() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
    @Sendable static func unixMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
