import Bus
import BusContract
import Business
import CallEngine
import CallVocabulary
import Foundation
import GatewayJournal
import Logging
import NIOCore
import NIOPosix
import ServiceKit
import Synchronization
import TestSupport
import Testing
import TwilioREST
import TwilioWire

@testable import Gateway

/// A real desk: its prompts and its journal on disk, its fleet without workers, its clock and Twilio's answers in the test's hand.
final class DeskRig: Sendable {
    struct Options {
        var baseURL = "https://voice.example.com"
        /// Added to the business's file.
        var business = ""
        var transfer = true
        var realtime = true
        var slots = 10
        var isRecorded = false
        var start = 6
        var updater: FakeUpdater? = FakeUpdater()
        /// Prompts that are not made yet.
        var missing: Set<String> = []
        /// An earlier life's.
        var place: Place?
        var boot: UInt32 = 1
        /// Somebody could write summaries: who ends a call waits for one.
        var writesSummaries = false
    }

    /// What one life of the gateway leaves to the next.
    final class Place: Sendable {
        let temporary: TemporaryDirectory
        init() throws { temporary = try TemporaryDirectory() }
        var journal: String { temporary.path + "/journal" }
    }

    static let number = "+97235550100"
    static let person = "+972501112233"
    static let caller = "+972501234567"
    static let secondsOfGreeting = 4

    let desk: Desk
    let fleet: Fleet
    let address: PublicAddress
    let journal: Journal
    let recovered: [RecoveredCall]
    let place: Place
    let replies: ReplyFiles
    let prompts: PromptLibrary
    let businesses: BusinessDirectory
    let intake = Intake()
    let book: LineLog
    let updater: FakeUpdater?
    let clock: Clock
    let loop: any EventLoop

    init(_ options: Options = Options(), clock: Clock = Clock()) async throws {
        self.clock = clock
        book = LineLog()
        place = try options.place ?? Place()
        updater = options.updater
        let logger = book.logger
        var variables = [
            "PUBLIC_BASE_URL": options.baseURL, "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "12345",
            "HEBREW_REALTIME_ENABLED": "\(options.realtime)", "WATCHDOG_START_TIMEOUT": "\(options.start)",
        ]
        if options.isRecorded { variables["MAANE_TRACE_DIR"] = place.temporary.path + "/trace" }
        let reader = SettingsReader(variables)
        var settings = GatewaySettings(reader)
        try reader.finish()
        settings.slots = options.slots
        address = try PublicAddress(settings.publicBaseURL)
        businesses = try Self.businesses(options)
        prompts = try await Self.prompts(businesses, options, in: place.temporary.path, logger)
        (journal, recovered) = await Journal.open(directory: place.journal, logger: logger, unixMilliseconds: { clock.milliseconds })
        let folder = prompts.publicDirectory
        replies = try await ReplyFiles(directory: folder, unixSeconds: { clock.milliseconds / 1000 }, logger: logger)
        fleet = Fleet(
            hub: SilentHub(), boot: options.boot, logger: logger, now: { clock.milliseconds }, courier: FactCourier(ledger: journal, logger: logger),
            artifacts: { _, _, _, _ in })
        // Nobody writes summaries here: what ends is over at once.
        if !options.writesSummaries { fleet.cancelJobs(.dialog) }
        loop = MultiThreadedEventLoopGroup.singleton.next()
        let journal = journal
        desk = Desk(
            settings: settings, address: address, businesses: businesses, prompts: prompts, fleet: fleet, journal: journal, recordings: intake,
            replies: replies, updater: options.updater, recovered: recovered, boot: options.boot, spareLoop: loop, logger: logger,
            unixMilliseconds: { clock.milliseconds }
        ) { finished in
            CallServices(
                logger: logger, logTranscripts: false, trace: nil, unixMicroseconds: { clock.milliseconds * 1000 },
                remember: { journal.append($0) }, finished: finished)
        }
    }

    /// One life of a gateway. It dies as it is; what the journal was given is written.
    static func live(_ options: Options = Options(), clock: Clock = Clock(), _ body: (DeskRig) async throws -> Void) async throws {
        let rig = try await DeskRig(options, clock: clock)
        let prompts = Task { try await rig.prompts.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(rig)) } catch { result = .failure(error) }
        prompts.cancel()
        await rig.journal.stop()
        rig.fleet.cancelJobs(.dialog)
        await rig.replies.stop()
        try result.get()
    }

    /// A life after another, from the same disk.
    static func lives(
        _ options: Options = Options(), _ first: (DeskRig) async throws -> Void, then change: (inout Options) -> Void = { _ in },
        _ second: (DeskRig) async throws -> Void
    ) async throws {
        var options = options
        options.place = try options.place ?? Place()
        let clock = Clock()
        try await live(options, clock: clock, first)
        options.boot += 1
        options.updater = options.updater.map { _ in FakeUpdater() }
        change(&options)
        try await live(options, clock: clock, second)
    }

    // MARK: - Making

    private static func businesses(_ options: Options) throws -> BusinessDirectory {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let example = try String(contentsOf: root.appendingPathComponent("deploy/businesses/nadlan-hayarkon.yaml"), encoding: .utf8)
        var first = example.replacingOccurrences(of: "greeting_mode: play\n", with: options.business.isEmpty ? "greeting_mode: play\n" : "")
        if options.transfer { first += "\ntransfer:\n  number: \"\(person)\"\n" }
        first += options.business
        let second = example.replacingOccurrences(of: "id: nadlan-hayarkon", with: "id: other").replacingOccurrences(of: number, with: "+97235550199")
        return try BusinessDirectory.parse(files: [("a.yaml", first), ("b.yaml", second)])
    }

    /// Every prompt of 4 s, as a tts-worker would have left it.
    private static func prompts(_ businesses: BusinessDirectory, _ options: Options, in state: String, _ logger: Logger) async throws -> PromptLibrary
    {
        struct Manifest: Codable { var fingerprints: [String: String], milliseconds: [String: Int] }
        let list = PromptList.prompts(for: businesses)
        var manifest = Manifest(fingerprints: [:], milliseconds: [:])
        for folder in ["/public/tts", "/clips"] { try FileManager.default.createDirectory(atPath: state + folder, withIntermediateDirectories: true) }
        for prompt in list where !options.missing.contains(prompt.name) {
            manifest.fingerprints[prompt.name] = prompt.fingerprint
            manifest.milliseconds[prompt.name] = secondsOfGreeting * 1000
            try Data([0xFF]).write(to: URL(fileURLWithPath: "\(state)/public/tts/\(prompt.name).mp3"))
            try Data([0xFF]).write(to: URL(fileURLWithPath: "\(state)/clips/\(prompt.name).mulaw"))
        }
        try JSONEncoder().encode(manifest).write(to: URL(fileURLWithPath: state + "/clips/prompts.json"))
        return try await PromptLibrary(prompts: list, stateDirectory: state, logger: logger)
    }

    // MARK: - Twilio's side

    static func call(_ number: Int) -> CallID {
        let digits = String(number)
        guard let call = CallID("CA" + String(repeating: "0", count: 32 - digits.count) + digits) else { preconditionFailure("not a call") }
        return call
    }

    func request(_ call: CallID?, _ more: [String: String] = [:], query: [String: String] = [:], token: String? = nil) -> VoiceRequest {
        var fields = ["From": Self.caller, "To": Self.number, "CallStatus": "in-progress", "AccountSid": "AC1"]
        fields["CallSid"] = call?.rawValue
        fields.merge(more) { $1 }
        return VoiceRequest(
            params: FormFields(fields.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) }),
            query: FormFields(query.map { .init(name: $0.key, value: $0.value) }), authenticity: .signed, idempotencyToken: token)
    }

    func ask(
        _ webhook: DocumentWebhook, _ call: CallID?, _ more: [String: String] = [:], query: [String: String] = [:], token: String? = nil
    ) async throws -> TwiMLReply {
        try await desk.document(webhook, request(call, more, query: query, token: token), on: loop).get()
    }

    func status(_ call: CallID, _ status: String) { desk.notice(.callStatus, request(call, ["CallStatus": status])) }

    /// A stream begins with the token that a document gave.
    /// - Returns: nil when it is refused.
    func stream(_ document: TwiML, _ line: FakeLine = FakeLine(), sid: String = "MZ1") async throws -> CallRunner? {
        guard let token = document.token, let call = document.call else { return nil }
        let (desk, loop) = (desk, loop)
        return try await loop.submit {
            let start = StreamStart(streamSid: sid, callSid: call, customParameters: ["call_sid": call, "token": token])
            guard case .success(let runner) = desk.claim(start, on: loop) else { return nil }
            runner.open(line, streamSID: sid, signature: "valid")
            line.runner = runner
            return runner
        }.get()
    }

    /// What the loop has been given is done.
    func settle() async throws {
        for _ in 0..<3 { try await loop.submit {}.get() }
    }

    /// Twilio says so on the stream.
    func feed(_ event: CallEvent, _ line: FakeLine) async throws {
        try await loop.submit { line.runner?.feed(event, from: line) }.get()
        try await settle()
    }

    /// Everything about the call has been said.
    func finished(_ call: CallID) async throws {
        try await eventually("the end of \(call)") { desk.state.withLock { $0.runners[call] == nil } }
    }

    // MARK: - What came of it

    func entry(_ call: CallID) -> CallBook.Entry? { desk.state.withLock { $0.book.entry(call) } }

    /// Facts of a call in the journal, by number.
    func facts(_ call: CallID) async -> [Int: Fact.Body] {
        var facts: [Int: Fact.Body] = [:]
        for item in await journal.page(after: 0, limit: 10_000) where item.conversation == call.conversation {
            facts[item.fact.id.split(separator: ".").last.flatMap { Int($0) } ?? -1] = item.fact.body
        }
        return facts
    }

    /// Waits for what another thread does: an update of a call.
    func eventually(_ what: String, _ condition: () -> Bool) async throws {
        for _ in 0..<2_000 where !condition() { try await Task.sleep(for: .milliseconds(1)) }
        #expect(condition(), "\(what) did not happen")
    }
}

extension TwiML {
    var stream: Stream? { verbs.lazy.compactMap { if case .connect(let stream, _, _) = $0 { stream } else { nil } }.first }
    var token: String? { stream?.parameters.first { $0.name == "token" }?.value }
    var call: String? { stream?.parameters.first { $0.name == "call_sid" }?.value }
    var plays: [String] { verbs.compactMap { if case .play(let url) = $0 { url.split(separator: "/").last.map(String.init) } else { nil } } }
    var isMessage: Bool { if case .record = verbs.last { true } else { false } }
    var isConversation: Bool { stream != nil }
    var redirect: String? { if case .redirect(let url, _) = verbs.last { url } else { nil } }
    var generation: Int? { token.flatMap { $0.split(separator: ".").dropFirst().first }.flatMap { Int($0) } }
}

/// Unix milliseconds, moved by hand.
final class Clock: Sendable {
    private let time = Mutex<Int64>(1_800_000_000_000)
    var milliseconds: Int64 { time.withLock { $0 } }
    func advance(seconds: Double) { time.withLock { $0 += Int64(seconds * 1000) } }
}

/// Twilio's REST interface, as far as it updates calls.
final class FakeUpdater: CallUpdater {
    struct State {
        var updates: [(call: String, update: CallUpdate)] = []
        var result = CallUpdateResult.done
        var refusedByPermit = 0
        var held: [CheckedContinuation<Void, Never>] = []
        var isHolding = false
        var seen: (@Sendable () -> Void)?
    }
    let state = Mutex(State())

    init(_ result: CallUpdateResult = .done) { state.withLock { $0.result = result } }

    var updates: [CallUpdate] { state.withLock { $0.updates.map(\.update) } }
    func answer(_ result: CallUpdateResult) { state.withLock { $0.result = result } }
    /// Called before the update is answered.
    func whenAsked(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.seen = body } }

    func hold() { state.withLock { $0.isHolding = true } }
    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func update(_ callSid: String, _ update: CallUpdate, within: Duration) async -> CallUpdateResult {
        await self.update(callSid, update, within: within, permit: { true })
    }

    func update(_ callSid: String, _ update: CallUpdate, within: Duration, permit: @escaping @Sendable () -> Bool) async -> CallUpdateResult {
        let (isHolding, seen) = state.withLock { ($0.isHolding, $0.seen) }
        seen?()
        if isHolding {
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    if state.isHolding { state.held.append(continuation) }
                    return !state.isHolding
                }
                if isLate { continuation.resume() }
            }
        }
        guard permit() else {
            state.withLock { $0.refusedByPermit += 1 }
            return .failed("no request was allowed any more")
        }
        return state.withLock { state in
            state.updates.append((callSid, update))
            return state.result
        }
    }
}

/// Used on the loop only.
final class FakeLine: Line, @unchecked Sendable {
    var closed = 0
    var runner: CallRunner?
    func play(_ mulaw: [UInt8]) {}
    func mark(_ name: String) {}
    func clear() {}
    func grouped(_ body: () -> Void) { body() }
    func close() { closed += 1 }
}

final class Intake: RecordingIntake {
    private let list = Mutex<[RecordingNotice]>([])
    var notices: [RecordingNotice] { list.withLock { $0 } }
    func completed(_ notice: RecordingNotice) { list.withLock { $0.append(notice) } }
}

private struct SilentHub: HubPort {
    func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) {}
    func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {}
    func publish(_ event: TapEvent) {}
}

/// What was logged, line by line.
final class LineLog: Sendable {
    struct Line: Sendable {
        let message: String
        let metadata: [String: String]
    }
    private let list = Mutex<[Line]>([])
    func lines(_ message: String) -> [Line] { list.withLock { $0.filter { $0.message == message } } }
    func count(_ part: String) -> Int { list.withLock { $0.count { $0.message.contains(part) } } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: LineLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            log.list.withLock { $0.append(Line(message: "\(event.message)", metadata: all.mapValues { "\($0)" })) }
        }
    }
}
