import Bus
import BusContract
import Business
import CallVocabulary
import Foundation
import GatewayJournal
import HTTPFetch
import Logging
import Metrics
import NIOCore
import NIOPosix
import ServiceKit
import ServiceLifecycle
import Synchronization
import TwilioREST

/// The gateway, wired: bus, fleet, prompts, desk and servers, started and stopped in order.
package struct GatewayService: Service {
    /// At a stop: every call is handed to the successor at the next boundary of an utterance, and this late at the latest.
    private static let callPatience = Duration.seconds(8)
    /// Conversations that are over wait for their summary.
    private static let endPatience = Duration.seconds(2)
    /// For requests that came with the last breath. Answers take a journal's commit at most.
    private static let lastAnswers = Duration.milliseconds(200)
    /// Facts are given this long to reach a crm-worker that is there.
    private static let factPatience = Duration.seconds(2)
    /// A hung worker must be noticed within its limit and not a long tick later.
    private static let tick = Duration.milliseconds(100)

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
        let prompts = try await PromptLibrary(
            prompts: PromptList.prompts(for: businesses, providers: settings.voices), stateDirectory: common.stateDirectory, logger: logger)
        let relay = Relay()
        let hub = try await ZeroMQHub(endpoints: common.bus, keys: common.busKeys) { relay.receive($0) }
        // The bus first: it tells whether another gateway lives here, whose journal this would be.
        let boot = try BootNumber.next(in: common.stateDirectory)
        let (journal, recovered) = await Journal.open(
            directory: common.stateDirectory + "/journal", limits: JournalLimits(bytes: Int64(settings.journalBytes)), logger: logger)
        let courier = FactCourier(ledger: journal, logger: logger)
        let replies = try await ReplyFiles(directory: prompts.publicDirectory, unixSeconds: { Clocks.unixMicroseconds() / 1_000_000 }, logger: logger)
        let fleet = Fleet(hub: hub, boot: boot, logger: logger, now: Clocks.monotonicMilliseconds, courier: courier) {
            worker, business, artifact, bytes in
            let store = ReplyFiles.isReply(artifact.name) ? replies.store : prompts.store
            store(artifact, bytes) { failure in
                hub.send(
                    Envelope(.artifactStored(ArtifactStored(name: artifact.name, format: artifact.format, failure: failure)), business: business),
                    to: worker)
            }
        }
        relay.set(fleet)
        prompts.use(fleet)
        let trace = try await traceWriter()
        let address = try PublicAddress(settings.publicBaseURL)
        // One loop carries some 800 calls (measured: 20 µs of it per inbound frame); a call and its socket live on the same one.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (logger, logTranscripts) = (logger, common.logTranscripts)
        let fetch = try await HTTPFetch(name: "twilio-rest")
        let twilio = TwilioClient(account: settings.account, fetch: fetch, logger: logger)
        let intake = RecordingRelay()
        let desk = Desk(
            settings: settings, address: address, businesses: businesses, prompts: prompts, fleet: fleet, journal: journal,
            recordings: intake, replies: replies, updater: twilio, recovered: recovered, boot: boot, spareLoop: group.next(), logger: logger,
            unixMilliseconds: { Clocks.unixMicroseconds() / 1_000 }
        ) { finished in
            CallServices(
                logger: logger, logTranscripts: logTranscripts, trace: trace, unixMicroseconds: Clocks.unixMicroseconds,
                remember: { journal.append($0) }, finished: finished)
        }
        let recordings = try await RecordingDesk(
            stateDirectory: common.stateDirectory, retentionDays: settings.recordingDays, source: TwilioRecordings(client: twilio),
            surroundings: .init(
                transcribe: RecordingDesk.transcriber(fleet), known: { desk.known($0) },
                submit: { fleet.submit($0, business: $1, conversation: $2) }),
            clocks: .init(now: Clocks.monotonicMilliseconds, unix: { Clocks.unixMicroseconds() / 1_000 }), logger: logger)
        intake.use(recordings)
        try await serve(desk, fleet, prompts, recordings, address, journal, group)
        // Webhooks came to the last moment, and each may have told of a message.
        await recordings.stop()
        await settle(fleet)
        await replies.stop()
        await fetch.close()
        await trace?.stop()
        await hub.stop()
        await journal.stop()
    }

    private func traceWriter() async throws -> TraceWriter? {
        guard let directory = settings.traceDirectory else { return nil }
        return try await TraceWriter(directory: directory)
    }

    /// Serves until told to stop, then lets calls end.
    private func serve(
        _ desk: Desk, _ fleet: Fleet, _ prompts: PromptLibrary, _ recordings: RecordingDesk, _ address: PublicAddress, _ journal: Journal,
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        let listener: Listener = inherited.map { .inherited(descriptor: $0) } ?? .bind(host: "0.0.0.0", port: settings.port)
        var configuration = PublicServerConfiguration(
            listener: listener, publicAddress: address, authToken: settings.authToken, validatesSignatures: settings.validatesSignatures,
            trustedProxies: try TrustedProxies(settings.trustedProxies.joined(separator: ",")), speechFolder: prompts.publicDirectory)
        configuration.signingKey = settings.signingKey
        // A call has a media socket, and now and then a webhook or two; the rest is for strangers and for proxies that keep connections.
        configuration.http.connections = max(configuration.http.connections, 3 * settings.slots + 1_024)
        let server = try await PublicServer.start(configuration, desk: desk, group: group, logger: logger)
        let metrics = metrics
        let pages = AdminPages(desk: desk, fleet: fleet)
        let admin = try await AdminServer.start(port: settings.adminPort, group: group, logger: logger, pages: { pages.page($0) }) {
            metrics.prometheusText()
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await prompts.run() }
            tasks.addTask { try await recordings.run() }
            tasks.addTask {
                await beat(desk, fleet, journal)
                // Whoever waits for a prompt's audio would wait for its deadline, and the calls with it.
                fleet.cancelJobs(.tts)
            }
            try await tasks.waitForAll()
        }
        notifier.stopping()
        // Webhooks are still answered: whoever calls now, and whoever's stream we close, hears something and is sent to the successor.
        desk.leave()
        let patience = ContinuousClock.now + Self.callPatience
        await wait(for: desk, fleet, until: patience)
        desk.leaveAtOnce()
        await wait(for: desk, fleet, until: patience + Self.endPatience)
        await server.stopAccepting()
        // Who was let in before that gets an answer.
        try? await Task.sleep(for: Self.lastAnswers)
        await server.close()
        await admin.close()
        try? await group.shutdownGracefully()
    }

    private func wait(for desk: Desk, _ fleet: Fleet, until end: ContinuousClock.Instant) async {
        while desk.runningCalls > 0, ContinuousClock.now < end {
            fleet.tick()
            // A watch is kept on the workers of calls that are still here.
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The heartbeat of everything that is checked by the clock and not by an event.
    private func beat(_ desk: Desk, _ fleet: Fleet, _ journal: Journal) async {
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

    /// Calls have ended; their last facts are on the way. What nobody takes now is in the journal, and is taken after the next start.
    private func settle(_ fleet: Fleet) async {
        let patience = ContinuousClock.now + Self.factPatience
        while fleet.pendingFacts > 0, fleet.available[.crm] != nil, ContinuousClock.now < patience {
            fleet.tick()
            try? await Task.sleep(for: Self.tick)
        }
        if fleet.pendingFacts > 0 { logger.warning("facts wait in the journal for a crm-worker", metadata: ["count": "\(fleet.pendingFacts)"]) }
    }
}

/// Holds what the bus says until the fleet exists to take it: a subscription is told once.
private final class Relay: Sendable {
    private struct State {
        var fleet: Fleet?
        var early: [HubEvent] = []
    }
    private let state = Mutex(State())

    func receive(_ events: [HubEvent]) {
        let fleet = state.withLock { state in
            if state.fleet == nil { state.early += events }
            return state.fleet
        }
        fleet?.receive(events)
    }

    /// Once, and before the fleet is used by anybody else.
    func set(_ fleet: Fleet) {
        // Again and again until nothing is left: the order must stay, and the fleet takes its own locks.
        while true {
            let early = state.withLock { state in
                if state.early.isEmpty { state.fleet = fleet }
                defer { state.early = [] }
                return state.early
            }
            if early.isEmpty { return }
            fleet.receive(early)
        }
    }
}

/// The number of this start, persisted: epochs of an earlier life must be smaller.
enum BootNumber {
    static func next(in stateDirectory: String) throws -> UInt32 {
        let path = stateDirectory + "/gateway-boot"
        do {
            try FileManager.default.createDirectory(atPath: stateDirectory, withIntermediateDirectories: true)
            let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
            guard let last = text.map({ UInt32($0.filter { !$0.isWhitespace }) }) ?? 0 else {
                // Starting from 1 again would make old epochs and fact numbers valid.
                throw GatewayStartError(
                    "MAANE_STATE_DIR: \(path) holds no number; write one into it that is higher than any start before, for example 100000")
            }
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
