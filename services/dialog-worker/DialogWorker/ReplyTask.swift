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
        var pieces = 0
        for model in models {
            do {
                try await ask(model, pieces: &pieces)
                work.increment()
                return
            } catch {
                if Task.isCancelled { return }
                Counter(label: "dialog_model_errors_total", dimensions: [("provider", model.name)]).increment()
                logger.error(
                    "a model gave no reply",
                    metadata: ["provider": .string(model.name), "turn": .stringConvertible(request.turn?.number ?? -1), "error": .string("\(error)")])
                if pieces > 0 { break }
            }
        }
        guard !Task.isCancelled else { return }
        send(.replyDone(.failure(pieces: pieces, provider: models.last?.name ?? "none")))
        work.increment()
    }

    private func ask(_ model: any LanguageModel, pieces: inout Int) async throws {
        for try await event in model.reply(to: ModelRequest(business: business, turn: turn)) {
            // What a cancelled turn would still say is void; the gateway drops by epoch whatever has just left.
            try Task.checkCancellation()
            switch event {
            case .expectations(let expectations): send(.expectations(expectations))
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

/// Items of work finished: counted by child tasks, read by the heartbeat.
final class WorkCounter: Sendable {
    private let count = Atomic<UInt64>(0)
    func increment() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: UInt64 { count.load(ordering: .relaxed) }
}
