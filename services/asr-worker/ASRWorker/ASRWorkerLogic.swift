import Bus
import BusContract
import CallVocabulary
import Metrics

/// Hears the calls that one gateway assigns to it, each through one recogniser's stream.
package final class ASRWorkerLogic: WorkerLogic {
    private struct Call {
        let epoch: Epoch
        let business: BusinessID?
        let stream: any RecognitionStream
        var buffer: UtteranceBuffer
    }

    private let port: any WorkerPort
    private let recogniser: any SpeechRecognizer
    private let transcriptions: TranscriptionRoom?
    private let capacity: Int
    private let now: @Sendable () -> Int
    private var calls: [ConversationID: Call] = [:]
    private var watch = WorkWatch()
    private let stale = Counter(label: "maane_asr_stale_frames")
    private let asked = Counter(label: "maane_asr_resends")
    private let lost = Counter(label: "maane_asr_lost_frames")
    private let abandoned = Counter(label: "maane_asr_abandoned_utterances")

    /// - Parameters:
    ///   - capacity: calls that this worker will take; beyond it the affinity is 0.
    ///   - now: monotonic milliseconds.
    package init(
        port: any WorkerPort, recogniser: any SpeechRecognizer, capacity: Int, recordingLimits: RecordingAudioReader.Limits = .init(),
        now: @escaping @Sendable () -> Int = ASRWorkerLogic.clock()
    ) {
        self.port = port
        self.recogniser = recogniser
        transcriptions = recogniser.transcriber.map { TranscriptionRoom(transcriber: $0, limits: recordingLimits) }
        self.capacity = capacity
        self.now = now
    }

    package static func clock() -> @Sendable () -> Int {
        let origin = ContinuousClock.now
        return {
            let (seconds, attoseconds) = (ContinuousClock.now - origin).components
            return Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        }
    }

    package func handle(_ envelope: Envelope, attachment: [UInt8]) {
        switch envelope.message {
        case .revoke: return revoke(envelope)
        case .job(let job): return perform(job, attachment, envelope)
        default: break
        }
        guard let conversation = envelope.conversation else { return }
        switch envelope.message {
        case .assign(let assign): open(assign, conversation, envelope)
        case .release:
            guard let call = calls[conversation], envelope.epoch.map({ $0 >= call.epoch }) ?? true else { return }
            close(conversation)
        case .expectations(let expectations):
            // One of an older assignment must not replace what came with the new one.
            guard let call = calls[conversation], envelope.epoch.map({ $0 == call.epoch }) ?? true else { return }
            call.stream.expect(expectations)
        case .listen(let mark):
            guard let turn = envelope.turn, calls[conversation]?.epoch == envelope.epoch else { return }
            listen(mark, turn, conversation)
        default: break
        }
    }

    /// A job stands alone: its call may have ended long ago, or live with another worker.
    private func perform(_ job: Job, _ attachment: [UInt8], _ envelope: Envelope) {
        let port = port
        @Sendable func answer(_ done: JobDone) {
            port.send(Envelope(.jobDone(done), business: envelope.business, conversation: envelope.conversation))
        }
        guard case .transcribe(let format) = job.work else {
            return answer(JobDone(id: job.id, failure: "an asr-worker transcribes recordings only"))
        }
        guard let transcriptions else {
            return answer(
                JobDone(
                    id: job.id,
                    failure: "the recogniser `\(recogniser.name)` cannot transcribe recordings: put one that can into ASR_PROVIDERS"))
        }
        guard format == "wav" else {
            return answer(JobDone(id: job.id, failure: "recordings of format `\(format)` cannot be read: send wav"))
        }
        transcriptions.start(.init(job: job, recording: attachment, answer: answer))
    }

    private func open(_ assign: Assign, _ conversation: ConversationID, _ envelope: Envelope) {
        guard let epoch = envelope.epoch, calls[conversation].map({ $0.epoch < epoch }) ?? true else { return }
        close(conversation)
        let (port, provider, business) = (port, recogniser.name, envelope.business)
        let stream = recogniser.open(conversation, business: business) { report in
            let (turn, transcript, final, by) =
                switch report {
                case .interim(let turn, let text, let by): (turn, Transcript(text: text, confidence: 0, understood: false), false, by)
                case .final(let turn, let transcript, let by): (turn, transcript, true, by)
                }
            let message = TranscriptMessage(transcript: transcript, final: final, provider: by ?? provider)
            port.send(Envelope(.transcript(message), business: business, conversation: conversation, turn: turn, epoch: epoch))
        }
        if let expectations = assign.expectations { stream.expect(expectations) }
        calls[conversation] = Call(epoch: epoch, business: business, stream: stream, buffer: UtteranceBuffer(from: assign.from))
    }

    private func close(_ conversation: ConversationID) { calls.removeValue(forKey: conversation)?.stream.close() }

    /// Without a conversation it concerns all of them.
    private func revoke(_ envelope: Envelope) {
        guard let epoch = envelope.epoch else { return }
        let void = calls.filter { $0.value.epoch < epoch && (envelope.conversation == nil || envelope.conversation == $0.key) }
        for conversation in void.keys { close(conversation) }
    }

    private func listen(_ mark: Listen, _ turn: TurnID, _ conversation: ConversationID) {
        let time = now()
        switch mark {
        case .begin(let from): change(conversation) { $0.begin(turn, from: from, at: time) }
        case .end(let through): change(conversation) { $0.end(turn, through: through) }
        case .discard:
            calls[conversation]?.stream.discard(turn)
            change(conversation) { $0.discard(turn) }
        }
    }

    package func hear(_ packets: [AudioPacket]) {
        let time = now()
        // One hand-over per call and batch.
        var frames: [CallID: [AudioFrame]] = [:]
        for packet in packets {
            guard calls[packet.call.conversation]?.epoch == packet.epoch else {
                stale.increment()
                continue
            }
            frames[packet.call, default: []].append(packet.frame)
        }
        for (call, frames) in frames { change(call.conversation) { $0.hear(frames, at: time) } }
    }

    private func change(_ conversation: ConversationID, _ body: (inout UtteranceBuffer) -> [UtteranceBuffer.Change]) {
        guard let index = calls.index(forKey: conversation) else { return }
        let before = calls.values[index].buffer.lost
        // In place: a copy of the buffer would copy what it holds at every batch.
        let changes = body(&calls.values[index].buffer)
        let call = calls.values[index]
        if call.buffer.lost > before { lost.increment(by: call.buffer.lost - before) }
        for change in changes {
            switch change {
            case .more(let turn, let frames): call.stream.hear(frames, of: turn)
            case .complete(let turn, let through): call.stream.finish(turn, through: through)
            case .abandoned(let turn):
                abandoned.increment()
                call.stream.discard(turn)
            case .missing(let from, let through):
                asked.increment()
                port.send(
                    Envelope(
                        .resend(Resend(from: from, through: through)), business: call.business, conversation: conversation, epoch: call.epoch))
            }
        }
    }

    package func load() -> Load {
        let (done, outstanding) = watch.read((recogniser.meters + [transcriptions?.meter].compactMap { $0 }).map { $0.read() })
        return Load(affinity: max(0, 1 - Double(calls.count) / Double(capacity)), active: calls.count, done: done, outstanding: outstanding)
    }

    package var isIdle: Bool { calls.isEmpty && transcriptions?.isIdle ?? true }

    package func reset() {
        for call in calls.values { call.stream.close() }
        calls = [:]
        transcriptions?.reset()
    }
}
