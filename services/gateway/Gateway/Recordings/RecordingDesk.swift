import BusContract
import CallVocabulary
import EventThread
import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Fetches the voice messages that callers leave, has them transcribed, and turns each into facts: a recording, a turn, a lead, and somebody who
/// calls back. It outlives the calls, and this process: whatever it is about to do lies on disk first.
///
/// Everything that is known and every file is touched on one thread of its own. Fetching and transcribing happen elsewhere and report to it.
package final class RecordingDesk: Service {
    /// What the desk asks of the rest of the gateway. Called on its own thread; must not wait.
    package struct Surroundings: Sendable {
        let transcribe: @Sendable (RecordingAudio) async -> RecordingTranscription
        let known: @Sendable (CallID) -> KnownCall?
        let submit: @Sendable (Fact, BusinessID, ConversationID) -> Void

        /// - Parameters:
        ///   - transcribe: see ``RecordingDesk/transcriber(_:deadlineMilliseconds:)``.
        ///   - known: nil when nobody here knows the call any more.
        ///   - submit: hands a fact over for good; may get the same one twice.
        package init(
            transcribe: @escaping @Sendable (RecordingAudio) async -> RecordingTranscription, known: @escaping @Sendable (CallID) -> KnownCall?,
            submit: @escaping @Sendable (Fact, BusinessID, ConversationID) -> Void
        ) {
            self.transcribe = transcribe
            self.known = known
            self.submit = submit
        }
    }

    package struct Clocks: Sendable {
        /// Monotonic milliseconds.
        let now: @Sendable () -> Int64
        /// Unix milliseconds.
        let unix: @Sendable () -> Int64
        package init(now: @escaping @Sendable () -> Int64, unix: @escaping @Sendable () -> Int64) {
            self.now = now
            self.unix = unix
        }
    }

    /// Lives on the thread.
    private final class Room {
        var book: RecordingBook
        let files: RecordingFiles
        var waiting: [String: [@Sendable (Bool) -> Void]] = [:]
        init(book: RecordingBook, files: RecordingFiles) {
            self.book = book
            self.files = files
        }
    }

    /// 16 minutes of Twilio's WAV; a message has two. Just below what one part of the bus takes.
    package static let maximumBytes = 16_000_000
    /// Twilio's WAV: 8 kHz, 16 bits, one channel, behind a header.
    private static let headerBytes = 44
    private static let bytesPerSecond = 16_000
    private static let beat = Duration.milliseconds(250)
    private static let daySeconds: Int64 = 86_400

    private let thread: WorkerThread<Room>
    private let source: any RecordingSource
    private let surroundings: Surroundings
    private let clocks: Clocks
    private let retentionDays: Int
    private let logger: Logger
    private let count = Atomic<Int>(0)

    /// Reads what an earlier life has left; `run` or a first `tick` goes on with it.
    /// - Parameters:
    ///   - stateDirectory: files go to `recordings` in it.
    ///   - retentionDays: voice messages older than that are deleted, at the start and once a day.
    /// - Throws: ``GatewayStartError`` when the folder cannot be made or read.
    package init(
        stateDirectory: String, retentionDays: Int, source: any RecordingSource, surroundings: Surroundings, clocks: Clocks,
        pace: RecordingPlan.Pace = .init(), logger: Logger
    ) async throws {
        self.source = source
        self.surroundings = surroundings
        self.clocks = clocks
        self.retentionDays = retentionDays
        self.logger = logger
        let now = clocks.now()
        // Ten thousand webhooks that wait for a disk: more cannot be believed.
        thread = try await WorkerThread(name: "recordings", jobLimit: 10_000) {
            let files = try RecordingFiles(stateDirectory: stateDirectory)
            var book = RecordingBook(pace: pace, at: now)
            let left = try files.load()
            for entry in left.entries { book.restore(entry, at: now) }
            for (sid, done) in left.done { book.restore(sid, done) }
            for name in left.bad {
                logger.error("ALARM the record of a voice message cannot be read; it was put aside", metadata: ["file": "\(name)"])
            }
            return Room(book: book, files: files)
        }
        let left = try await thread.run { $0.book.plans.count }
        count.store(left, ordering: .relaxed)
        if left > 0 { logger.notice("going on with voice messages of an earlier life", metadata: ["count": "\(left)"]) }
    }

    /// Recordings on their way. Leaving need not wait for them: the next life goes on.
    package var pending: Int { count.load(ordering: .relaxed) }

    /// A webhook speaks of a recording. Never waits.
    /// - Parameter kept: told, on the desk's thread, whether what was said is on disk.
    package func completed(_ notice: RecordingNotice, kept: (@Sendable (Bool) -> Void)? = nil) {
        let outcome = thread.submit { [self] room in
            let verdict = room.book.hear(notice, known: surroundings.known(notice.call), at: clocks.now(), unix: clocks.unix())
            Counter(label: "maane_recordings", dimensions: [("event", "\(verdict)")]).increment()
            switch verdict {
            case .taken: logger.info("a voice message was left", metadata: metadata(notice.sid, notice.call))
            case .known: break
            case .full: logger.error("ALARM a voice message is lost: too many are on their way", metadata: metadata(notice.sid, notice.call))
            }
            if let kept {
                if room.book.plans[notice.sid]?.isDurable == false {
                    room.waiting[notice.sid, default: []].append(kept)
                } else {
                    kept(verdict != .full)
                }
            }
            pump(room)
        }
        if outcome != .accepted {
            logger.error(
                "ALARM a voice message is lost: the gateway is leaving or its disk stands still", metadata: metadata(notice.sid, notice.call))
            kept?(false)
        }
    }

    /// Does what is due.
    package func tick() {
        thread.submit { [self] room in
            pump(room)
            if room.book.isSweepDue(at: clocks.now()) { sweep(room) }
        }
    }

    /// Returns when everything that was begun on the desk's thread before is done.
    package func settle() async { try? await thread.run { _ in } }

    /// Works until the gateway is told to leave. What is told afterwards is still put on disk, until ``stop()``.
    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                self.tick()
                try await Task.sleep(for: Self.beat)
            }
        }
    }

    /// Ends the thread; what lies on disk stays.
    package func stop() async { await thread.stop() }

    // MARK: - On the thread

    private func pump(_ room: Room) {
        while let (sid, action) = room.book.next(at: clocks.now()) { perform(action, sid, room) }
        count.store(room.book.plans.count, ordering: .relaxed)
    }

    private func perform(_ action: RecordingPlan.Action, _ sid: String, _ room: Room) {
        guard let entry = room.book.plans[sid]?.entry else { return }
        switch action {
        case .save:
            let isSaved = attempt("saved", entry) { try room.files.save(entry) } != nil
            _ = room.book.change(sid) { $0.saved(isSaved, at: clocks.now()) }
            for kept in room.waiting.removeValue(forKey: sid) ?? [] { kept(isSaved) }
        case .announce: submit(entry.announcement(), entry)
        case .fetch(let url, let attempt):
            Task { [source] in
                let result = await source.fetch(url: url, maximumBytes: Self.maximumBytes)
                thread.submit { [self] room in fetched(result, sid, attempt, room) }
            }
        case .transcribe(let attempt): transcribe(entry, attempt, room)
        case .identify:
            let known = surroundings.known(entry.call)
            if let next = room.book.change(sid, { $0.identified(known, at: clocks.now()) }) ?? nil { perform(next, sid, room) }
        case .report:
            submit(entry.report(at: clocks.unix(), earlier: room.book.earlierWords(entry)), entry)
            let result = entry.text != nil ? "heard" : entry.file != nil ? "kept" : "lost"
            Counter(label: "maane_recordings", dimensions: [("event", result)]).increment()
            logger.notice("a voice message is in the leads", metadata: metadata(sid, entry.call).merging(["result": "\(result)"]) { $1 })
        case .alarm(let text):
            logger.error("ALARM \(text)", metadata: metadata(sid, entry.call).merging(["reason": "\(entry.failure ?? "")"]) { $1 })
        case .finish:
            guard let done = room.book.finish(sid) else { return }
            attempt("finished", entry) { try room.files.finish(sid, done) }
        }
    }

    private func fetched(_ result: Result<[UInt8], RecordingFetchFailure>, _ sid: String, _ number: Int, _ room: Room) {
        defer { pump(room) }
        guard let entry = room.book.plans[sid]?.entry, entry.step == .fetch else { return }
        let failure: RecordingFetchFailure
        switch result {
        case .success(let bytes) where bytes.count > Self.maximumBytes:
            failure = RecordingFetchFailure(message: "the recording has \(bytes.count) bytes; \(Self.maximumBytes) are kept at most", mayRetry: false)
        case .success(let bytes) where !Self.isWave(bytes):
            failure = RecordingFetchFailure(message: "what was fetched (\(bytes.count) bytes) is no WAV file", mayRetry: true)
        case .success(let bytes):
            guard let file = attempt("stored", entry, { try room.files.store(bytes, of: sid) }) else {
                failure = RecordingFetchFailure(message: "the gateway cannot write the file: see its log", mayRetry: true)
                break
            }
            let seconds = max(0, bytes.count - Self.headerBytes) / Self.bytesPerSecond
            _ = room.book.change(sid) { $0.stored(file, seconds: seconds, attempt: number, at: clocks.now()) }
            return
        case .failure(let given): failure = given
        }
        logger.warning("a voice message was not fetched", metadata: metadata(sid, entry.call).merging(["reason": "\(failure.message)"]) { $1 })
        _ = room.book.change(sid) { $0.notFetched(failure, attempt: number, at: clocks.now()) }
    }

    private static func isWave(_ bytes: [UInt8]) -> Bool {
        bytes.count > 12 && bytes[..<4].elementsEqual("RIFF".utf8) && bytes[8..<12].elementsEqual("WAVE".utf8)
    }

    private func transcribe(_ entry: RecordingEntry, _ number: Int, _ room: Room) {
        guard let bytes = attempt("read", entry, { try room.files.audio(of: entry.sid) }) else {
            _ = room.book.change(entry.sid) { $0.transcribed(.failed("the file cannot be read any more"), attempt: number, at: clocks.now()) }
            return
        }
        let audio = RecordingAudio(bytes: bytes, call: entry.call, business: entry.business)
        Task { [surroundings] in
            let result = await surroundings.transcribe(audio)
            thread.submit { [self] room in
                _ = room.book.change(entry.sid) { $0.transcribed(result, attempt: number, at: clocks.now()) }
                pump(room)
            }
        }
    }

    private func submit(_ facts: [Fact], _ entry: RecordingEntry) {
        guard let business = entry.business else { return }
        for fact in facts { surroundings.submit(fact, business, entry.call.conversation) }
    }

    private func sweep(_ room: Room) {
        let limit = clocks.unix() / 1_000 - Int64(retentionDays) * Self.daySeconds
        do {
            let swept = try room.files.sweep(before: limit, keeping: Set(room.book.plans.keys))
            for sid in swept.forgotten { room.book.forget(sid) }
            logger.info("old voice messages deleted", metadata: ["count": "\(swept.messages)", "days": "\(retentionDays)"])
        } catch {
            logger.error("old voice messages cannot be deleted", metadata: ["reason": "\(error)"])
        }
    }

    @discardableResult
    private func attempt<Value>(_ what: String, _ entry: RecordingEntry, _ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch {
            logger.error("ALARM a voice message was not \(what)", metadata: metadata(entry.sid, entry.call).merging(["reason": "\(error)"]) { $1 })
            return nil
        }
    }

    private func metadata(_ sid: String, _ call: CallID) -> Logger.Metadata { ["recording": "\(sid)", "call": "\(call.rawValue)"] }
}
