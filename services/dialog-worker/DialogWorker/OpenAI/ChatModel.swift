import BusContract
import Business
import CallVocabulary
import Foundation
import Hebrew
import Logging
import Metrics
import ProviderKit

/// A language model behind a server of chat completions: the providers `openai` and `compatible`.
package struct ChatModel: LanguageModel {
    package var name: String { client.settings.name }
    package let waitsForOthers = true
    private let client: ChatClient
    private let logger: Logger
    private let now: @Sendable () -> Date

    /// - Parameter now: the wall clock, for the day and hour that the model is told.
    package init(client: ChatClient, logger: Logger, now: @escaping @Sendable () -> Date = { Date() }) {
        self.client = client
        self.logger = logger
        self.now = now
    }

    package func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        // Twelve sentences, what is learned after each answer, expectations and the end.
        let (stream, sink) = AsyncThrowingStream.makeStream(of: ModelEvent.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(64))
        let work = Task {
            do {
                try await answer(request) { event in
                    if case .dropped = sink.yield(event) { throw ModelError(.overflow, "nobody takes the events of a reply") }
                }
                sink.finish()
            } catch {
                sink.finish(throwing: error)
            }
        }
        sink.onTermination = { if case .cancelled = $0 { work.cancel() } }
        return stream
    }

    package func summary(of request: SummaryRequest) async throws -> String? {
        let summary = ModelSummary(request)
        guard let question = summary.question else { return nil }
        let round = try await client.ask(question, nil)
        guard let text = summary.text(from: round.text) else {
            logger.warning("a summary could not be used", metadata: ["provider": "\(name)", "finish": "\(round.finish ?? "none")"])
            return nil
        }
        return text
    }

    private func answer(_ request: ModelRequest, _ emit: @escaping @Sendable (ModelEvent) throws -> Void) async throws {
        try emit(.expectations(Self.expectations(of: request.business)))
        if request.turn.heard == .opening {
            // The greeting has been played: nothing is said, and the first turn finds a connection.
            try emit(.done(ModelDone(lead: request.turn.lead ?? [:], ending: nil, state: "open")))
            // On its own: whoever reads this reply is gone as soon as it has ended.
            Task { await client.warm() }
            return
        }
        if let end = LongSilence.end(of: request) {
            for sentence in end.sentences { try emit(.sentence(sentence)) }
            return try emit(.done(end.done))
        }
        let clock = AnswerClock(firstToken: client.settings.firstToken)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await clock.watch() }
            group.addTask { try await write(request, clock, emit) }
            // Whichever ends first ends the other: the reply is complete, or late.
            try await group.next()
            group.cancelAll()
        }
    }

    /// What the answer repeats stands in the last turn already.
    private struct Repetition: Error {}

    private func write(_ request: ModelRequest, _ clock: AnswerClock, _ emit: @Sendable (ModelEvent) throws -> Void) async throws {
        var draft = ReplyDraft(request, context: UnderstandingContext(now: now(), clock: request.business.clock))
        var report = ReplyReport()
        defer { report.tell(client.settings, request, draft, logger) }
        func pass(_ steps: [ReplyDraft.Step]) throws {
            for step in steps {
                guard case .sentence(let text) = step else { throw Repetition() }
                clock.spoke()
                report.spoke()
                try emit(.sentence(text))
            }
        }
        while true {
            do {
                try emit(.tokens(report.tokens + draft.question.estimatedTokens))
                let round = try await client.ask(draft.question, clock) { piece in
                    if report.began() { try emit(.firstToken) }
                    try pass(draft.take(piece))
                }
                report.ended(round)
                if report.tokens > 0 { try emit(.tokens(report.tokens)) }
                let lead = draft.lead
                let (steps, decision) = draft.end(of: round)
                try pass(steps)
                if draft.lead != lead { try emit(.lead(draft.lead)) }
                switch decision {
                case .done(let done): return try emit(.done(done))
                case .failed(let failure): throw failure
                case .again: break
                }
            } catch is Repetition {
                Counter(label: "dialog_repetitions_total", dimensions: [("provider", name)]).increment()
                draft.repeated()
            }
        }
    }

    /// An open recogniser takes hints: what callers of this business may say, in the words of its own lists.
    static func expectations(of business: BusinessProfile) -> Expectations {
        var seen: Set<String> = []
        let labels = business.receptionist.states.filter { $0.field != nil }.flatMap(\.answers).map(\.label)
        return Expectations(name: "open", hints: labels.filter { seen.insert($0).inserted }.prefix(mostHints).map { $0 })
    }

    /// Recognisers take some thousand, and hear better with fewer.
    private static let mostHints = 200
}

/// A caller who says nothing is asked twice; the third silence in a row ends the call, in the words of the business and whatever a model thinks.
enum LongSilence {
    static func end(of request: ModelRequest) -> (sentences: [String], done: ModelDone)? {
        guard request.turn.heard == .silence else { return nil }
        let script = request.business.receptionist.silence
        let silences = request.turn.log.reversed().prefix { $0.heard == .silence }.count + 1
        guard silences > script.prompts.count else { return nil }
        let canCallBack = request.turn.caller != nil || request.turn.lead?[LeadBook.phone] != nil
        let words = (canCallBack ? script.goodbye : script.goodbyeHidden).map { Template.render($0, labels: [:]) }
        // What another worker has said of it is not said again.
        return (
            Array(words.dropFirst(request.turn.said.count)),
            ModelDone(lead: request.turn.lead ?? [:], ending: canCallBack ? .callback : .unserved, state: "ended")
        )
    }
}

/// One line and some counts for each reply of a model.
struct ReplyReport {
    private let start = ContinuousClock.now
    private var firstToken: Duration?
    private var firstSentence: Duration?
    private var usage: ChatUsage?
    private var answers = 0
    private var finish: String?

    /// - Returns: true the first time.
    mutating func began() -> Bool {
        guard firstToken == nil else { return false }
        firstToken = .now - start
        return true
    }
    /// By the server's account; 0: it gives none.
    var tokens: Int { (usage?.prompt ?? 0) + (usage?.completion ?? 0) }
    mutating func spoke() { if firstSentence == nil { firstSentence = .now - start } }
    mutating func ended(_ round: ChatRound) {
        answers += 1
        finish = round.finish
        if let more = round.usage { usage = (usage ?? ChatUsage()) + more }
    }

    func tell(_ settings: ChatSettings, _ request: ModelRequest, _ draft: ReplyDraft, _ logger: Logger) {
        func milliseconds(_ duration: Duration?) -> String {
            guard let (seconds, attoseconds) = duration?.components else { return "none" }
            return String(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        }
        let provider = [("provider", settings.name)]
        if let firstToken { Metrics.Timer(label: "dialog_first_token_seconds", dimensions: provider).record(duration: firstToken) }
        if let usage {
            let counts = [("prompt", usage.prompt), ("cached", usage.cached), ("completion", usage.completion), ("reasoning", usage.reasoning)]
            for (kind, count) in counts { Counter(label: "dialog_tokens_total", dimensions: provider + [("kind", kind)]).increment(by: count) }
        }
        logger.info(
            "MODEL_REPLY",
            metadata: [
                "provider": "\(settings.name)", "model": "\(settings.model)", "conversation": "\(request.conversation?.rawValue ?? "none")",
                "first_token_ms": "\(milliseconds(firstToken))", "first_sentence_ms": "\(milliseconds(firstSentence))",
                "total_ms": "\(milliseconds(.now - start))", "answers": "\(answers)", "sentences": "\(draft.sentences)",
                "repetitions": "\(draft.repetitions)", "finish": "\(finish ?? "none")", "prompt_tokens": "\(usage?.prompt ?? 0)",
                "cached_tokens": "\(usage?.cached ?? 0)", "completion_tokens": "\(usage?.completion ?? 0)",
                "reasoning_tokens": "\(usage?.reasoning ?? 0)",
            ])
    }
}
