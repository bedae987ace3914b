import Audio
import ProviderKit
import Synchronization

/// One call's utterances on their way through requests: two at a time, reported in their order.
final class UtteranceConnection: RecognizerConnection {
    private struct Entry {
        let number: Int
        /// nil for a mark alone: nothing was said.
        var utterance: UtteranceCutter.Utterance?
        var isFinalizing: Bool
        var interim = ""
        var told = ""
        var task: Task<Void, Never>?
        var result: Result<String, ProviderFailure>?
    }

    private struct State {
        var cutter = UtteranceCutter()
        var entries: [Entry] = []
        var lastNumber = 0
        var isClosing = false
        var hasEnded = false
        var reports: [ConnectionEvent] = []
        var isReporting = false
    }

    private static let inFlight = 2
    /// A minute of mu-law that waits for a provider which does not answer.
    private static let mostBytes = 480_000

    private let state = Mutex(State())
    private let request: TranscriptionRequest
    private let isStream: Bool
    private let report: @Sendable (ConnectionEvent) -> Void

    init(request: TranscriptionRequest, isStream: Bool, report: @escaping @Sendable (ConnectionEvent) -> Void) {
        self.request = request
        self.isStream = isStream
        self.report = report
    }

    func send(_ audio: [UInt8]) {
        change { state in
            guard !state.isClosing else { return }
            for utterance in state.cutter.take(audio) { add(utterance, isFinalizing: false, &state) }
        }
    }

    func finalize() {
        change { state in
            guard !state.isClosing else { return }
            add(state.cutter.flush(), isFinalizing: true, &state)
        }
    }

    /// There is no connection that could close.
    func keepAlive() {}

    func close() {
        change { state in
            guard !state.isClosing else { return }
            state.isClosing = true
            if let utterance = state.cutter.flush() { add(utterance, isFinalizing: false, &state) }
        }
    }

    func cancel() {
        let tasks = state.withLock { state in
            defer {
                state.hasEnded = true
                state.entries = []
                state.reports = []
            }
            return state.entries.compactMap(\.task)
        }
        for task in tasks { task.cancel() }
    }

    // MARK: State

    private func add(_ utterance: UtteranceCutter.Utterance?, isFinalizing: Bool, _ state: inout State) {
        state.lastNumber += 1
        state.entries.append(
            Entry(number: state.lastNumber, utterance: utterance, isFinalizing: isFinalizing, result: utterance == nil ? .success("") : nil))
        guard state.entries.reduce(0, { $0 + ($1.result == nil ? $1.utterance?.audio.count ?? 0 : 0) }) > Self.mostBytes else { return }
        end(.failed(request.failures.failure(.timeout, "does not answer: a minute of audio waits for it")), &state)
    }

    /// The one way in which the state changes: what follows from a change is found in one place.
    /// - Parameter isOurs: called by a task of our own, which may report at once. A method of ours must not: the receiver has called it.
    private func change(isOurs: Bool = false, _ body: (inout State) -> Void) {
        let starts = state.withLock { state -> Bool in
            guard !state.hasEnded else { return false }
            body(&state)
            startRequests(&state)
            reportHead(&state)
            guard !state.reports.isEmpty, !state.isReporting else { return false }
            state.isReporting = true
            return true
        }
        guard starts else { return }
        if isOurs { tell() } else { Task { tell() } }
    }

    private func startRequests(_ state: inout State) {
        for index in state.entries.indices.prefix(Self.inFlight) {
            let entry = state.entries[index]
            guard let utterance = entry.utterance, entry.task == nil, entry.result == nil else { continue }
            let number = entry.number
            state.entries[index].task = Task { [self] in await transcribe(utterance, number) }
        }
    }

    private func reportHead(_ state: inout State) {
        while let head = state.entries.first, !state.hasEnded {
            switch head.result {
            case nil:
                if head.interim != head.told {
                    state.entries[0].told = head.interim
                    state.reports.append(.interim(HeardText(head.interim)))
                }
                return
            case .success(let text)?:
                if !text.isEmpty { state.reports.append(.final(HeardText(text, endMilliseconds: head.utterance?.endMilliseconds))) }
                if head.isFinalizing { state.reports.append(.finalized) }
                state.entries.removeFirst()
                startRequests(&state)
            case .failure(let failure)?: end(.failed(failure), &state)
            }
        }
        if state.isClosing, !state.hasEnded { end(.closed, &state) }
    }

    private func end(_ end: ConnectionEnd, _ state: inout State) {
        guard !state.hasEnded else { return }
        state.hasEnded = true
        state.reports.append(.ended(end))
        for entry in state.entries { entry.task?.cancel() }
        state.entries = []
    }

    private func tell() {
        while let event = nextReport() { report(event) }
    }

    private func nextReport() -> ConnectionEvent? {
        state.withLock { state in
            guard !state.reports.isEmpty else {
                state.isReporting = false
                return nil
            }
            return state.reports.removeFirst()
        }
    }

    // MARK: Requests

    private func transcribe(_ utterance: UtteranceCutter.Utterance, _ number: Int) async {
        let result: Result<String, ProviderFailure>
        do {
            let text = try await request.send(MuLaw.decode(utterance.audio), isStream: isStream, timeout: request.settings.timeout) { text, isWhole in
                set(number) { entry in
                    if isWhole { entry.result = .success(text) } else { entry.interim = text }
                }
            }
            result = .success(text)
        } catch let failure as ProviderFailure {
            result = .failure(failure)
        } catch {
            // Cancelled: nobody waits for it.
            return
        }
        set(number) { $0.result = result }
    }

    private func set(_ number: Int, _ body: (inout Entry) -> Void) {
        change(isOurs: true) { state in
            // What is reported already is gone; so is whatever goes wrong after it.
            guard let index = state.entries.firstIndex(where: { $0.number == number }), state.entries[index].result == nil else { return }
            body(&state.entries[index])
        }
    }
}
