import Bus
import BusContract
import CallVocabulary
import Metrics

/// Hears the calls that the gateway assigns to it, each through one recogniser's stream.
package final class ASRWorkerLogic: WorkerLogic {
    private struct Call {
        let epoch: Epoch
        let stream: any RecognitionStream
    }

    private let port: any WorkerPort
    private let recogniser: any SpeechRecognizer
    private let capacity: Int
    private var calls: [ConversationID: Call] = [:]
    private var done: UInt64 = 0
    private let stale = Counter(label: "maane_asr_stale_frames")

    /// - Parameter capacity: calls that this worker will take; beyond it the affinity is 0.
    package init(port: any WorkerPort, recogniser: any SpeechRecognizer, capacity: Int) {
        self.port = port
        self.recogniser = recogniser
        self.capacity = capacity
    }

    package func handle(_ envelope: Envelope, attachment: [UInt8]) {
        guard let conversation = envelope.conversation else { return }
        done += 1
        switch envelope.message {
        case .assign(let assign):
            guard let epoch = envelope.epoch, calls[conversation].map({ $0.epoch < epoch }) ?? true else { return }
            calls[conversation]?.stream.close()
            let (port, provider, business) = (port, recogniser.name, envelope.business)
            let stream = recogniser.open(conversation) { report in
                let (turn, transcript, final) =
                    switch report {
                    case .interim(let turn, let text): (turn, Transcript(text: text, confidence: 0, understood: false), false)
                    case .final(let turn, let transcript): (turn, transcript, true)
                    }
                let message = TranscriptMessage(transcript: transcript, final: final, provider: provider)
                port.send(Envelope(.transcript(message), business: business, conversation: conversation, turn: turn, epoch: epoch))
            }
            if let expectations = assign.expectations { stream.expect(expectations) }
            calls[conversation] = Call(epoch: epoch, stream: stream)
        case .release, .revoke: calls.removeValue(forKey: conversation)?.stream.close()
        case .expectations(let expectations): calls[conversation]?.stream.expect(expectations)
        case .listen(let mark):
            guard let turn = envelope.turn, let call = calls[conversation], call.epoch == envelope.epoch else { return }
            switch mark {
            case .begin(let from): call.stream.begin(turn, from: from)
            case .end(let through): call.stream.end(turn, through: through)
            case .discard: call.stream.discard(turn)
            }
        default: break
        }
    }

    package func hear(_ packets: [AudioPacket]) {
        done += UInt64(packets.count)
        // One hand-over per call and batch.
        var frames: [CallID: [AudioFrame]] = [:]
        for packet in packets {
            guard calls[packet.call.conversation]?.epoch == packet.epoch else {
                stale.increment()
                continue
            }
            frames[packet.call, default: []].append(packet.frame)
        }
        for (call, frames) in frames { calls[call.conversation]?.stream.hear(frames) }
    }

    package func load() -> Load {
        Load(affinity: max(0, 1 - Double(calls.count) / Double(capacity)), active: calls.count, done: done)
    }

    package func reset() {
        for call in calls.values { call.stream.close() }
        calls = [:]
    }
}
