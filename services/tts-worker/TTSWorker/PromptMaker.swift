import Audio
import AudioMP3
import Bus
import BusContract
import CallVocabulary
import Logging
import Synchronization

/// Makes the audio of prompts: an MP3 for TwiML and mu-law for the stream, sent to the gateway, which stores and acknowledges them.
final class PromptMaker: Sendable {
    /// How long the gateway has to acknowledge before the files are sent once more, and then before the job is given up.
    static let acknowledgement = Duration.seconds(30)

    /// Prompts that are made at once: a fleet's start asks for all of them, and a provider's limit of requests belongs to callers. Replies, for which
    /// a caller waits, do not queue behind them.
    static let promptsAtOnce = 4

    private struct Pending {
        let job: String
        var formats: Set<Artifact.Format> = [.mp3, .mulaw]
        var task: Task<Void, Never>?
    }

    private let port: any WorkerPort
    private let voice: any Voice
    private let logger: Logger
    private let sleep: @Sendable (Duration) async throws -> Void
    /// By artifact name.
    private let pending = Mutex<[String: Pending]>([:])
    private let turnstile = Turnstile(promptsAtOnce)

    /// - Parameter sleep: waits; an input so that tests need not.
    init(
        port: any WorkerPort, voice: any Voice, logger: Logger,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.port = port
        self.voice = voice
        self.logger = logger
        self.sleep = sleep
    }

    var active: Int { pending.withLock { $0.count } }

    /// A job for a prompt that is already being made takes its place.
    func start(_ job: String, name: String, request: VoiceRequest, business: BusinessID?) {
        pending.withLock { pending in
            pending[name]?.task?.cancel()
            pending[name] = Pending(job: job)
            pending[name]?.task = Task { await make(job, name, request, business) }
        }
    }

    private func make(_ job: String, _ name: String, _ request: VoiceRequest, _ business: BusinessID?) async {
        do {
            let audio = try await Self.isReply(name) ? speak(request) : turnstile.pass { try await speak(request) }
            let milliseconds = MuLaw.milliseconds(ofBytes: audio.count)
            let files: [(format: Artifact.Format, bytes: [UInt8])] = [
                (.mp3, try MP3Encoder.file(MuLaw.decode(audio), sampleRate: MuLaw.sampleRate)), (.mulaw, audio),
            ]
            for _ in 0..<2 {
                for file in files where isWanted(file.format, job, name) {
                    port.send(
                        Envelope(.artifact(Artifact(name: name, format: file.format, job: job, milliseconds: milliseconds)), business: business),
                        attachment: file.bytes)
                }
                try await sleep(Self.acknowledgement)
            }
            finish(name, job, failure: "the gateway has not acknowledged the prompt's files")
        } catch {
            // Acknowledged, or nobody waits for it any more.
            if Task.isCancelled { return }
            logger.error("prompt", metadata: ["prompt": "\(name)", "error": "\(error)"])
            finish(name, job, failure: "\(error)")
        }
    }

    private func speak(_ request: VoiceRequest) async throws -> [UInt8] {
        var audio: [UInt8] = []
        for try await chunk in voice.speak(request) { audio += chunk }
        try Task.checkCancellation()
        return audio
    }

    /// `r-` and 32 hexadecimal digits.
    private static func isReply(_ name: String) -> Bool { name.hasPrefix("r-") && name.utf8.count == 34 }

    private func isWanted(_ format: Artifact.Format, _ job: String, _ name: String) -> Bool {
        pending.withLock { $0[name]?.job == job && $0[name]?.formats.contains(format) == true }
    }

    func stored(_ stored: ArtifactStored) {
        let job = pending.withLock { pending -> String? in
            pending[stored.name]?.formats.remove(stored.format)
            guard let entry = pending[stored.name], entry.formats.isEmpty || stored.failure != nil else { return nil }
            return entry.job
        }
        if let job { finish(stored.name, job, failure: stored.failure) }
    }

    /// The gateway that wanted them is gone.
    func abandon() {
        let tasks = pending.withLock { pending in
            defer { pending = [:] }
            return pending.values.compactMap(\.task)
        }
        for task in tasks { task.cancel() }
    }

    private func finish(_ name: String, _ job: String, failure: String?) {
        let entry = pending.withLock { $0[name]?.job == job ? $0.removeValue(forKey: name) : nil }
        guard let entry else { return }
        entry.task?.cancel()
        port.send(Envelope(.jobDone(JobDone(id: job, failure: failure))))
    }
}
