import Bus
import BusContract
import Business
import CallVocabulary
import Logging
import TwilioREST

/// Speaks for the calls that the gateway assigns to it, makes prompts, and updates calls under the gateway's leases.
package final class TTSWorkerLogic: WorkerLogic {
    private struct Call {
        let epoch: Epoch
        let mouth: Mouth
    }

    private let port: any WorkerPort
    private let voice: any Voice
    private let businesses: BusinessDirectory
    private let capacity: Int
    private let logger: Logger
    private let prompts: PromptMaker
    private let updates: CallUpdates
    private var calls: [ConversationID: Call] = [:]
    private let work = SpeechWork()

    /// - Parameters:
    ///   - capacity: calls that this worker will take; beyond it the affinity is 0.
    ///   - updater: nil without an account; updates are then refused.
    package init(
        port: any WorkerPort, voice: any Voice, businesses: BusinessDirectory, capacity: Int, updater: (any CallUpdater)? = nil, logger: Logger
    ) {
        self.port = port
        self.voice = voice
        self.businesses = businesses
        self.capacity = capacity
        self.logger = logger
        prompts = PromptMaker(port: port, voice: voice, logger: logger)
        updates = CallUpdates(port: port, updater: updater, logger: logger)
    }

    package func handle(_ envelope: Envelope, attachment: [UInt8]) {
        switch envelope.message {
        case .revoke: revoke(envelope)
        case .job(let job):
            if case .prompt(let name, let text) = job.work {
                prompts.start(job.id, name: name, request: request(text, envelope.business, .file), business: envelope.business)
            } else {
                port.send(Envelope(.jobDone(JobDone(id: job.id, failure: "a tts-worker makes prompts only"))))
            }
        case .artifactStored(let stored): prompts.stored(stored)
        default:
            guard let conversation = envelope.conversation else { return }
            handle(envelope, of: conversation)
        }
    }

    private func handle(_ envelope: Envelope, of conversation: ConversationID) {
        if case .assign = envelope.message {
            guard let epoch = envelope.epoch, calls[conversation].map({ $0.epoch < epoch }) ?? true else { return }
            if calls[conversation] != nil { close(conversation) }
            calls[conversation] = Call(epoch: epoch, mouth: Mouth(port: port, voice: voice, work: work, logger: logger))
            // The greeting gives the time for it.
            Task { [voice] in await voice.prepare() }
            return
        }
        let asker = LeaseBook.Asker(business: envelope.business, conversation: conversation, turn: envelope.turn, epoch: envelope.epoch)
        if case .endLease(let lease) = envelope.message {
            // Whatever the epoch: to give a lease back is never too late.
            updates.end(lease.lease, for: asker)
            return
        }
        guard let call = calls[conversation] else { return }
        if case .release = envelope.message {
            // The release of an older assignment does not end a newer one.
            guard envelope.epoch.map({ $0 >= call.epoch }) ?? true else { return }
            close(conversation)
            return
        }
        guard envelope.epoch == call.epoch else { return }
        switch envelope.message {
        case .speak(let speak):
            guard let turn = envelope.turn else { return }
            call.mouth.say(
                Mouth.Sentence(
                    id: SpeechID(turn: turn, piece: speak.piece),
                    request: request(speak.text, envelope.business, speak.piece % Speak.piecesOfReply == 0 ? .opening : .sentence),
                    creditMilliseconds: speak.creditMilliseconds, business: envelope.business, conversation: conversation, epoch: call.epoch))
        case .credit(let credit):
            if let turn = envelope.turn { call.mouth.credit(SpeechID(turn: turn, piece: credit.piece), credit.milliseconds) }
        case .cancel(let cancel):
            if let turn = envelope.turn { call.mouth.cancel(turn, piece: cancel.piece) }
        case .updateCall(let update): updates.begin(update, for: asker)
        default: break
        }
    }

    /// Without a conversation it concerns all of them.
    private func revoke(_ envelope: Envelope) {
        guard let epoch = envelope.epoch else { return }
        for (id, call) in calls where call.epoch < epoch && (envelope.conversation == nil || envelope.conversation == id) {
            close(id)
        }
    }

    private func close(_ conversation: ConversationID) {
        calls.removeValue(forKey: conversation)?.mouth.close()
        updates.end { $0 == conversation }
    }

    private func request(_ text: String, _ business: BusinessID?, _ purpose: VoiceRequest.Purpose) -> VoiceRequest {
        VoiceRequest(text: text, business: business.flatMap { businesses.business(id: $0) } ?? businesses.first, purpose: purpose)
    }

    package func load() -> Load {
        updates.sign()
        let active = calls.count + prompts.active
        return Load(affinity: max(0, 1 - Double(active) / Double(capacity)), active: active, done: work.done, outstanding: work.outstanding)
    }

    package var isIdle: Bool { calls.isEmpty && prompts.active == 0 && updates.running == 0 }

    package func reset() {
        prompts.abandon()
        for call in calls.values { call.mouth.close() }
        calls = [:]
        updates.forget()
    }
}
