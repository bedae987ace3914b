import Bus
import BusContract
import Business
import CallVocabulary
import Logging
import Metrics
import ProviderKit
import Synchronization

/// What one reply needs: a value that a child task takes along.
struct ReplyTask: Sendable {
    /// The request's envelope; every answer carries its conversation, business, turn and epoch.
    let request: Envelope
    let turn: DialogTurn
    let business: BusinessProfile
    let models: DialogModels
    let port: any WorkerPort
    let work: WorkCounter
    let spent: SpentTokens
    let logger: Logger

    /// What has become of the reply so far, whoever made it.
    private struct Progress {
        /// Sentences that have been said: an earlier worker's, then this one's.
        var said: [String]
        /// nil: nothing is known.
        var lead: [String: String]?
        /// When the question came.
        let begun = ContinuousClock.now
        /// When the reply began, or its last sentence left.
        var since = ContinuousClock.now
        /// Milliseconds to the first token, until a sentence has told.
        var firstToken: Int?
    }

    /// All may be asked once more when every one has failed at once, as a server does that restarts: until so long after the last sentence the
    /// caller has noticed nothing.
    private static let secondTry = Duration.milliseconds(1_000)

    /// Asks the models in turn until one has answered. Once sentences have left, the next goes on after them: the caller hears one reply.
    func run() async {
        var progress = Progress(said: turn.said, lead: turn.lead)
        let order = models.order(of: business)
        var tried: Set<Int> = []
        var mayAskAgain = true
        var last = "none"
        var next = models.chain.next(after: tried, order: order)
        while let index = next {
            tried.insert(index)
            let model = models.models[index]
            last = model.name
            do {
                try await ask(model, &progress)
                models.chain.succeeded(index)
                work.finish()
                return
            } catch {
                if Task.isCancelled { return }
                let failure = Self.failure(error)
                models.chain.failed(index, failure)
                Counter(label: "dialog_model_errors_total", dimensions: [("provider", model.name)]).increment()
                mayAskAgain = mayAskAgain && failure.kind.isPassing && failure.retryAfter == nil
                next = self.next(after: &tried, order, progress)
                if next == nil, mayAskAgain, .now - progress.since < Self.secondTry {
                    mayAskAgain = false
                    tried = []
                    next = self.next(after: &tried, order, progress)
                }
                var log = logger
                log[metadataKey: "conversation"] = "\(request.conversation?.rawValue ?? "none")"
                log[metadataKey: "turn"] = "\(request.turn?.number ?? -1)"
                log[metadataKey: "said"] = "\(progress.said.count - turn.said.count)"
                models.chain.logSwitch(from: index, to: next, failure, log)
            }
        }
        guard !Task.isCancelled else { return }
        send(.replyDone(.failure(pieces: progress.said.count, provider: last, attempt: turn.attempt)))
        work.finish()
    }

    /// An embedded model answers from the beginning and in its own words: after another's sentences it would contradict them.
    private func next(after tried: inout Set<Int>, _ order: [Int], _ progress: Progress) -> Int? {
        if progress.said.count > turn.said.count { tried.formUnion(models.models.indices.filter { !models.models[$0].waitsForOthers }) }
        return models.chain.next(after: tried, order: order)
    }

    /// What a caller would notice of it, for the breaker.
    private static func failure(_ error: any Error) -> ProviderFailure {
        switch error {
        case let failure as ProviderFailure: failure
        case let error as ModelError where error.code == .empty: ProviderFailure(.empty, error.message)
        default: ProviderFailure(.broken, "\(error)")
        }
    }

    /// What has been said is neither said nor asked for again: pieces number on from there.
    private func ask(_ model: any LanguageModel, _ progress: inout Progress) async throws {
        if !model.waitsForOthers { work.begin() }
        defer { if !model.waitsForOthers { work.end() } }
        var toSkip = model.waitsForOthers ? 0 : turn.said.count
        var turn = turn
        turn.said = progress.said
        turn.lead = progress.lead
        for try await event in model.reply(to: ModelRequest(business: business, turn: turn, conversation: request.conversation)) {
            // What a cancelled turn would still say is void; the gateway drops by epoch whatever has just left.
            try Task.checkCancellation()
            switch event {
            case .expectations(let expectations): send(.expectations(expectations))
            case .firstToken: progress.firstToken = progress.firstToken ?? Self.milliseconds(.now - progress.begun)
            case .tokens(let count): spent.told(count)
            case .sentence where toSkip > 0: toSkip -= 1
            case .sentence(let text):
                spent.said(text)
                let isFirst = progress.said.count == self.turn.said.count
                send(.reply(ReplyPiece(
                    piece: progress.said.count, text: text, attempt: turn.attempt, firstToken: isFirst ? progress.firstToken : nil)))
                progress.said.append(text)
                progress.since = .now
            case .lead(let lead): progress.lead = lead
            case .done(let done):
                let pieces = progress.said.count
                guard pieces > 0 || turn.heard == .opening else {
                    throw ModelError(.empty, "the model \(model.name) has said nothing; the caller would hear silence")
                }
                send(.replyDone(ReplyDone(pieces: pieces, lead: done.lead, ending: done.ending, state: done.state, provider: model.name, attempt: turn.attempt)))
                return
            }
        }
        try Task.checkCancellation()
        throw ModelError(.incomplete, "the model \(model.name) has stopped in the middle of a reply")
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    private func send(_ message: BusMessage) {
        port.send(Envelope(message, business: request.business, conversation: request.conversation, turn: request.turn, epoch: request.epoch))
    }
}

extension ReplyDone {
    /// `state` of a reply that failed: whoever sees it plays the fallback line and keeps the lead it has.
    package static let failedState = "failed"

    static func failure(pieces: Int, provider: String, attempt: Int?) -> ReplyDone {
        ReplyDone(pieces: pieces, lead: [:], ending: nil, state: failedState, provider: provider, failure: "reply", attempt: attempt)
    }
}

/// What a reply has cost so far.
final class SpentTokens: Sendable {
    /// Hebrew has two bytes for a letter, and models of today some two letters for a token; JSON and English, of which the rest of a question
    /// consists, have four bytes.
    static let bytesForToken = 4
    private let state = Mutex((told: 0, said: 0))
    /// The server's account, or the question's estimate. What was said before is in it, or was not.
    func told(_ count: Int) { state.withLock { $0 = (count, 0) } }
    func said(_ text: String) { state.withLock { $0.said += text.utf8.count / Self.bytesForToken } }
    var count: Int { state.withLock { $0.told + $0.said } }
}

/// Work counted by child tasks and read by the heartbeat.
final class WorkCounter: Sendable {
    private let ended = Atomic<UInt64>(0)
    private let open = Atomic<Int>(0)
    private let writing = Atomic<Int>(0)
    /// A reply or a job is done.
    func finish() { ended.wrappingAdd(1, ordering: .relaxed) }
    /// A model of this process is asked, and has answered or given up.
    func begin() { open.wrappingAdd(1, ordering: .relaxed) }
    func end() { open.wrappingSubtract(1, ordering: .relaxed) }
    /// A summary is being written: a worker that is told to stop waits for it.
    func beginJob() { writing.wrappingAdd(1, ordering: .relaxed) }
    func endJob() {
        writing.wrappingSubtract(1, ordering: .relaxed)
        finish()
    }
    var jobs: Int { writing.load(ordering: .relaxed) }
    var finished: UInt64 { ended.load(ordering: .relaxed) }
    var outstanding: Int { max(0, open.load(ordering: .relaxed)) }
}
