import CallVocabulary

/// One recording's way from its announcement to its facts: a value that says what is to be done next. Nothing is done before what is known has
/// been saved. Times are monotonic milliseconds.
package struct RecordingPlan: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        /// Write the entry to disk, then call ``saved(_:at:)``.
        case save
        /// Submit the facts of the announcement.
        case announce
        /// Fetch, store and call ``stored(_:seconds:attempt:at:)`` or ``notFetched(_:attempt:at:)``.
        case fetch(url: String, attempt: Int)
        case transcribe(attempt: Int)
        /// Ask who was called, then call ``identified(_:at:)``.
        case identify
        /// Submit the facts of what came of it.
        case report
        case alarm(String)
        /// Nothing is left to be done; the entry can go.
        case finish
    }

    package struct Pace: Sendable, Equatable {
        /// Pauses between attempts to fetch double from the first to the longest.
        package var firstPause: Int64 = 1_000
        package var longestPause: Int64 = 600_000
        /// Twilio has a file within seconds; what is not there after an hour is told to the owner as lost.
        package var patience: Int64 = 3_600_000
        /// A fleet without a recogniser is being started anew, or it has none.
        package var transcriptions = 3
        package var transcriptionPause: Int64 = 30_000
        /// The journal commits every few milliseconds: what was submitted this long ago needs no entry any more.
        package var settling: Int64 = 2_000
        /// A disk that is full.
        package var savePause: Int64 = 5_000
        package init() {}
    }

    private enum State: Equatable, Sendable {
        case idle(due: Int64)
        case working
        case settling(until: Int64)
        case finished
    }

    /// A message of two minutes has some 2,000 characters.
    private static let longestText = 20_000

    package private(set) var entry: RecordingEntry
    private let pace: Pace
    private var state: State
    private var isSaved = false
    private var saveDue: Int64
    private var isAnnounced = false
    private var alarms: [String] = []
    /// Work under way has this number; what comes back under another is of the past.
    private var attempt = 0
    private var failures = 0
    private var since: Int64

    package init(_ entry: RecordingEntry, isSaved: Bool = false, pace: Pace = Pace(), at now: Int64) {
        self.entry = entry
        self.isSaved = isSaved
        self.pace = pace
        state = .idle(due: now)
        saveDue = now
        since = now
    }

    package var isWorking: Bool { state == .working }
    package var isFinished: Bool { state == .finished }
    /// The file was never got.
    package var isLost: Bool { entry.file == nil }
    package var isDurable: Bool { isSaved }

    /// - Parameter hasRoom: fetching or transcribing may begin.
    package mutating func next(at now: Int64, hasRoom: Bool) -> Action? {
        if !alarms.isEmpty { return .alarm(alarms.removeFirst()) }
        guard isSaved else { return now >= saveDue ? .save : nil }
        if !isAnnounced, entry.business != nil {
            isAnnounced = true
            return .announce
        }
        switch state {
        case .idle(let due): return now >= due ? begin(at: now, hasRoom: hasRoom) : nil
        case .settling(let until):
            guard now >= until else { return nil }
            state = .finished
            return .finish
        case .working, .finished: return nil
        }
    }

    private mutating func begin(at now: Int64, hasRoom: Bool) -> Action? {
        switch entry.step {
        case .fetch:
            guard let url = entry.url else {
                lose("Twilio named no address for it", at: now)
                return next(at: now, hasRoom: hasRoom)
            }
            guard hasRoom else { return nil }
            attempt += 1
            state = .working
            return .fetch(url: url, attempt: attempt)
        case .transcribe:
            guard hasRoom else { return nil }
            attempt += 1
            state = .working
            return .transcribe(attempt: attempt)
        case .report:
            // Asked in any case: the lead may have grown since the announcement.
            state = .working
            return .identify
        }
    }

    private mutating func change(_ body: (inout RecordingEntry) -> Void, at now: Int64) {
        let before = entry
        body(&entry)
        guard entry != before else { return }
        isSaved = false
        saveDue = now
    }

    // MARK: - What happens

    package mutating func saved(_ done: Bool, at now: Int64) {
        isSaved = done
        if !done { saveDue = now + pace.savePause }
    }

    /// Another notice about the same recording.
    package mutating func hear(_ notice: RecordingNotice, at now: Int64) {
        let wasLost = entry.step == .report && isLost
        change({ $0.learn(notice) }, at: now)
        switch notice.status {
        case .missing(let reason):
            if entry.step == .fetch { lose(reason, at: now) }
        case .completed, .announced:
            if notice.isEmpty {
                if entry.step == .fetch, notice.seconds == 0, notice.status == .completed { lose(RecordingBook.nothingSaid, at: now) }
            } else if wasLost, !isFinished {
                // It was said to be empty or lost, and is there after all.
                change(
                    {
                        $0.step = .fetch
                        $0.failure = nil
                    }, at: now)
                (failures, since, state) = (0, now, .idle(due: now))
            } else if notice.status == .completed, entry.step == .fetch, !isWorking {
                // The file is there now: no need to wait.
                state = .idle(due: now)
            }
        }
    }

    /// The file is on disk.
    /// - Parameter seconds: its length, if nobody has said it.
    package mutating func stored(_ file: String, seconds: Int, attempt: Int, at now: Int64) {
        guard attempt == self.attempt, isWorking, entry.step == .fetch else { return }
        change(
            {
                $0.file = file
                if $0.seconds == 0 { $0.seconds = seconds }
                $0.step = .transcribe
            }, at: now)
        (failures, since, state) = (0, now, .idle(due: now))
    }

    package mutating func notFetched(_ failure: RecordingFetchFailure, attempt: Int, at now: Int64) {
        guard attempt == self.attempt, isWorking, entry.step == .fetch else { return }
        failures += 1
        let pause = min(pace.longestPause, pace.firstPause << Int64(min(20, failures - 1)))
        guard failure.mayRetry, now + pause < since + pace.patience else {
            alarms.append("a voice message could not be fetched")
            return lose(failure.message, at: now)
        }
        state = .idle(due: now + pause)
    }

    package mutating func transcribed(_ result: RecordingTranscription, attempt: Int, at now: Int64) {
        guard attempt == self.attempt, isWorking, entry.step == .transcribe else { return }
        switch result {
        case .text(let text):
            let isEmpty = text.allSatisfy(\.isWhitespace)
            finishTranscription(
                text: isEmpty ? nil : String(text.prefix(Self.longestText)), failure: isEmpty ? "no words were heard in it" : nil, at: now)
        case .failed(let reason): unheard(reason, at: now)
        case .unavailable(let reason):
            failures += 1
            guard failures < pace.transcriptions else { return unheard(reason, at: now) }
            state = .idle(due: now + pace.transcriptionPause)
        }
    }

    private mutating func unheard(_ reason: String, at now: Int64) {
        alarms.append("a voice message waits to be heard by a person")
        finishTranscription(text: nil, failure: reason, at: now)
    }

    private mutating func finishTranscription(text: String?, failure: String?, at now: Int64) {
        change(
            {
                // PostgreSQL's text cannot hold it.
                $0.text = text.map { $0.filter { $0 != "\0" } }
                $0.failure = failure
                $0.step = .report
            }, at: now)
        (failures, since, state) = (0, now, .idle(due: now))
    }

    private mutating func lose(_ reason: String, at now: Int64) {
        change(
            {
                $0.failure = reason
                $0.step = .report
            }, at: now)
        (failures, since, state) = (0, now, .idle(due: now))
    }

    /// - Parameter known: nil when nobody knows the call any more.
    package mutating func identified(_ known: KnownCall?, at now: Int64) -> Action? {
        guard isWorking, entry.step == .report else { return nil }
        if let known { entry.learn(known) }
        if entry.business != nil {
            state = .settling(until: now + pace.settling)
            isAnnounced = true
            return .report
        }
        guard now - since < pace.patience else {
            alarms.append("a voice message belongs to a call that nobody knows")
            state = .settling(until: now)
            return nil
        }
        state = .idle(due: now + pace.transcriptionPause)
        return nil
    }
}
