import CallVocabulary
import Logging
import Metrics
import ProviderKit
import Synchronization

/// Hears through providers elsewhere, the next one where one fails: each call has a ``StreamingSession`` that decides, and this carries its
/// decisions out.
package final class StreamingRecognizer: SpeechRecognizer {
    /// What a business wants: its own order of providers, and its vocabulary.
    package struct Wishes: Sendable {
        /// Indices of the chain's names; nil: the installation's order.
        package var order: [Int]?
        package var hints: RecognitionHints
        package init(order: [Int]? = nil, hints: RecognitionHints = RecognitionHints()) {
            self.order = order
            self.hints = hints
        }
    }

    /// How often sessions look at the clock. Silence is sent, and deadlines are kept, in steps of this.
    package static let tick = Duration.milliseconds(100)

    /// The first provider's; every report names its own.
    package var name: String { chain.names.first ?? "none" }
    private let providers: [any StreamingProvider]
    private let chain: ProviderChain
    private let wishes: @Sendable (BusinessID?) -> Wishes
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let calls = Mutex<(next: Int, open: [Int: StreamingCall])>((0, [:]))

    /// - Parameters:
    ///   - providers: in the order of the configuration; not empty.
    ///   - wishes: of a business.
    ///   - now: monotonic milliseconds.
    package init(
        providers: [any StreamingProvider], chain: ProviderChain, logger: Logger,
        wishes: @escaping @Sendable (BusinessID?) -> Wishes = { _ in Wishes() }, now: @escaping @Sendable () -> Int64 = ProviderChain.clock()
    ) {
        self.providers = providers
        self.chain = chain
        self.logger = logger
        self.wishes = wishes
        self.now = now
    }

    package var transcriber: (any SpeechTranscriber)? { providers.lazy.compactMap(\.transcriber).first }

    /// A provider that cannot be reached now may be there when a call comes, and others may do: a start does not fail for it.
    package func warm() async throws {
        await withTaskGroup { group in
            for (index, provider) in providers.enumerated() {
                group.addTask { [chain, logger] in
                    do {
                        try await provider.warm()
                    } catch {
                        let failure = error as? ProviderFailure ?? ProviderFailure(.broken, "\(error)")
                        chain.failed(index, failure)
                        logger.error("a recogniser cannot be reached", metadata: ["provider": "\(provider.name)", "error": "\(failure)"])
                    }
                }
            }
        }
    }

    package func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream {
        let number = calls.withLock { calls in
            calls.next += 1
            return calls.next
        }
        var logger = logger
        logger[metadataKey: "call"] = "\(conversation.call?.rawValue ?? conversation.rawValue)"
        let call = StreamingCall(
            providers: providers, chain: chain, wishes: wishes(business), logger: logger, now: now, report: report
        ) { [weak self] in
            _ = self?.calls.withLock { $0.open.removeValue(forKey: number) }
        }
        calls.withLock { $0.open[number] = call }
        call.start()
        return call
    }

    /// Keeps time for all calls; runs until it is cancelled.
    package func keepTime() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.tick)
            tick()
        }
    }

    /// Every call looks at the clock.
    package func tick() {
        for call in calls.withLock({ Array($0.open.values) }) { call.tick() }
    }
}

/// One call: feeds its session with what happens, one input after the other, and carries out what it decides.
private final class StreamingCall: RecognitionStream {
    private enum Step {
        case start
        case input(StreamingSession.Input)
    }

    private struct State {
        var session: StreamingSession
        var waiting: [Step] = []
        var isRunning = false
        var connections: [StreamingSession.ConnectionID: any RecognizerConnection] = [:]
    }

    private let providers: [any StreamingProvider]
    private let chain: ProviderChain
    private let wishes: StreamingRecognizer.Wishes
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let report: @Sendable (RecogniserReport) -> Void
    private let closed: @Sendable () -> Void
    private let state: Mutex<State>

    init(
        providers: [any StreamingProvider], chain: ProviderChain, wishes: StreamingRecognizer.Wishes, logger: Logger,
        now: @escaping @Sendable () -> Int64, report: @escaping @Sendable (RecogniserReport) -> Void, closed: @escaping @Sendable () -> Void
    ) {
        self.providers = providers
        self.chain = chain
        self.wishes = wishes
        self.logger = logger
        self.now = now
        self.report = report
        self.closed = closed
        state = Mutex(State(session: StreamingSession(traits: providers.map(\.traits))))
    }

    func start() { run(.start) }
    func tick() { run(.input(.tick)) }
    /// Open recognisers take hints when they connect, and no grammar.
    func expect(_ expectations: Expectations) {}
    func hear(_ frames: [AudioFrame], of turn: TurnID) { run(.input(.hear(turn, frames.flatMap(\.payload)))) }
    func finish(_ turn: TurnID, through: UInt32) { run(.input(.finish(turn))) }
    func discard(_ turn: TurnID) { run(.input(.discard(turn))) }
    func close() {
        run(.input(.close))
        closed()
    }

    /// Whoever comes while somebody else is at work leaves the step to him: inputs and actions keep their order, no lock is held while a
    /// provider is called, and a provider that reports from anywhere cannot lock itself out.
    private func run(_ step: Step) {
        let begins = state.withLock { state in
            state.waiting.append(step)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard begins else { return }
        while let actions = next() { for action in actions { perform(action) } }
    }

    private func next() -> [StreamingSession.Action]? {
        let now = now()
        let choose: StreamingSession.Choice = { [chain, wishes] in chain.next(after: $0, order: wishes.order) }
        return state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            switch state.waiting.removeFirst() {
            case .start: return state.session.open(at: now, choose: choose)
            case .input(let input): return state.session.handle(input, at: now, choose: choose)
            }
        }
    }

    private func perform(_ action: StreamingSession.Action) {
        switch action {
        case .connect(let id, let provider):
            let connection = providers[provider].connect(wishes.hints) { [weak self] event in self?.run(.input(.connection(id, event))) }
            state.withLock { $0.connections[id] = connection }
        case .send(let id, let audio): connection(id)?.send(audio)
        case .finalize(let id): connection(id)?.finalize()
        case .keepAlive(let id): connection(id)?.keepAlive()
        case .close(let id): forget(id)?.close()
        case .cancel(let id): forget(id)?.cancel()
        case .interim(let turn, let text, let provider): report(.interim(turn, text, by: providers[provider].name))
        case .final(let turn, let transcript, let provider): report(.final(turn, transcript, by: providers[provider].name))
        case .succeeded(let provider): chain.succeeded(provider)
        case .failed(let provider, let failure): chain.failed(provider, failure)
        case .switched(let from, let to, let failure): chain.logSwitch(from: from, to: to, failure, logger)
        case .noted(let note):
            Counter(label: "maane_asr_stream_notes", dimensions: [("note", note.rawValue)]).increment()
            logger.debug("stream", metadata: ["note": "\(note.rawValue)"])
        }
    }

    private func connection(_ id: StreamingSession.ConnectionID) -> (any RecognizerConnection)? { state.withLock { $0.connections[id] } }
    private func forget(_ id: StreamingSession.ConnectionID) -> (any RecognizerConnection)? {
        state.withLock { $0.connections.removeValue(forKey: id) }
    }
}
