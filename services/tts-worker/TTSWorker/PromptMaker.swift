import Audio
import AudioMP3
import Bus
import BusContract
import CallVocabulary
import Logging
import Synchronization

/// Makes the audio of prompts: an MP3 for TwiML and mu-law for the stream, sent to the gateway, which stores and acknowledges them.
final class PromptMaker: Sendable {
    private struct Pending {
        let job: String
        var formats: Set<Artifact.Format>
    }

    private let port: any WorkerPort
    private let voice: any Voice
    private let logger: Logger
    /// By artifact name.
    private let pending = Mutex<[String: Pending]>([:])

    init(port: any WorkerPort, voice: any Voice, logger: Logger) {
        self.port = port
        self.voice = voice
        self.logger = logger
    }

    var active: Int { pending.withLock { $0.count } }

    func start(_ job: String, name: String, request: VoiceRequest, business: BusinessID?) {
        pending.withLock { $0[name] = Pending(job: job, formats: [.mp3, .mulaw]) }
        Task {
            do {
                var pcm: [Int16] = []
                for try await chunk in voice.speak(request) { pcm += chunk }
                let milliseconds = pcm.count * 1000 / MuLaw.sampleRate
                let mp3 = try MP3Encoder.file(pcm, sampleRate: MuLaw.sampleRate)
                for (format, bytes) in [(Artifact.Format.mp3, mp3), (.mulaw, MuLaw.encode(pcm))] {
                    port.send(
                        Envelope(.artifact(Artifact(name: name, format: format, job: job, milliseconds: milliseconds)), business: business),
                        attachment: bytes)
                }
            } catch {
                logger.error("prompt", metadata: ["prompt": "\(name)", "error": "\(error)"])
                finish(name, failure: "\(error)")
            }
        }
    }

    func stored(_ stored: ArtifactStored) {
        if let failure = stored.failure { return finish(stored.name, failure: failure) }
        let complete = pending.withLock { pending in
            pending[stored.name]?.formats.remove(stored.format)
            return pending[stored.name]?.formats.isEmpty ?? false
        }
        if complete { finish(stored.name, failure: nil) }
    }

    private func finish(_ name: String, failure: String?) {
        guard let job = pending.withLock({ $0.removeValue(forKey: name)?.job }) else { return }
        port.send(Envelope(.jobDone(JobDone(id: job, failure: failure))))
    }
}
