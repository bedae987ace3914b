import Bus
import BusContract
import Business
import CallVocabulary
import Logging
import Metrics
import Synchronization

/// What one reply needs: a value that a child task takes along.
struct ReplyTask: Sendable {
    /// The request's envelope; every answer carries its conversation, business, turn and epoch.
    let request: Envelope
    let turn: DialogTurn
    let business: BusinessProfile
    /// In the order in which they are tried.
    let models: [any LanguageModel]
    let port: any WorkerPort
    let work: WorkCounter
    let logger: Logger

    /// Asks the models in turn until one has answered. Once a sentence has left, no other model is asked: the caller hears one reply.
    func run() async {
        var pieces = turn.said.count
        for model in models {
            do {
                try await ask(model, pieces: &pieces)
                work.finish()
                return
            } catch {
                if Task.isCancelled { return }
                Counter(label: "dialog_model_errors_total", dimensions: [("provider", model.name)]).increment()
                logger.error(
                    "a model gave no reply",
                    metadata: ["provider": .string(model.name), "turn": .stringConvertible(request.turn?.number ?? -1), "error": .string("\(error)")])
                if pieces > turn.said.count { break }
            }
        }
        guard !Task.isCancelled else { return }
        send(.replyDone(.failure(pieces: pieces, provider: models.last?.name ?? "none")))
        work.finish()
    }

    /// What an earlier worker has said is neither said nor asked for again: pieces number on from there.
    private func ask(_ model: any LanguageModel, pieces: inout Int) async throws {
        if !model.waitsForOthers { work.begin() }
        defer { if !model.waitsForOthers { work.end() } }
        var toSkip = model.waitsForOthers ? 0 : turn.said.count
        for try await event in model.reply(to: ModelRequest(business: business, turn: turn)) {
            // What a cancelled turn would still say is void; the gateway drops by epoch whatever has just left.
            try Task.checkCancellation()
            switch event {
            case .expectations(let expectations): send(.expectations(expectations))
            case .sentence where toSkip > 0: toSkip -= 1
            case .sentence(let text):
                send(.reply(ReplyPiece(piece: pieces, text: text)))
                pieces += 1
            case .done(let done):
                guard pieces > 0 || turn.heard == .opening else {
                    throw ModelError(.empty, "the model \(model.name) has said nothing; the caller would hear silence")
                }
                send(.replyDone(ReplyDone(pieces: pieces, lead: done.lead, ending: done.ending, state: done.state, provider: model.name)))
                return
            }
        }
        try Task.checkCancellation()
        throw ModelError(.incomplete, "the model \(model.name) has stopped in the middle of a reply")
    }

    private func send(_ message: BusMessage) {
        port.send(Envelope(message, business: request.business, conversation: request.conversation, turn: request.turn, epoch: request.epoch))
    }
}

extension ReplyDone {
    /// `state` of a reply that failed: whoever sees it plays the fallback line and keeps the lead it has.
    package static let failedState = "failed"

    static func failure(pieces: Int, provider: String) -> ReplyDone {
        ReplyDone(pieces: pieces, lead: [:], ending: nil, state: failedState, provider: provider, failure: "reply")
    }
}

/// Work counted by child tasks and read by the heartbeat.
final class WorkCounter: Sendable {
    private let ended = Atomic<UInt64>(0)
    private let open = Atomic<Int>(0)
    /// A reply or a job is done.
    func finish() { ended.wrappingAdd(1, ordering: .relaxed) }
    /// A model of this process is asked, and has answered or given up.
    func begin() { open.wrappingAdd(1, ordering: .relaxed) }
    func end() { open.wrappingSubtract(1, ordering: .relaxed) }
    var finished: UInt64 { ended.load(ordering: .relaxed) }
    var outstanding: Int { max(0, open.load(ordering: .relaxed)) }
}
