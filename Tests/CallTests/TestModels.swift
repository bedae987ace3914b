import BusContract
import Business
import CallVocabulary
import DialogWorker
import TTSWorker

/// Answers as the provider `echo`, and comes to a gate before each sentence but the first.
struct PausingModel: LanguageModel {
    let name = "echo"
    let gate: Gate
    /// As of a model elsewhere: it goes on after what has been said, and waiting for it is no work.
    let waitsForOthers: Bool

    func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let (gate, skipped) = (gate, waitsForOthers ? request.turn.said.count : 0)
        let events = EchoModel().reply(to: request)
        return AsyncThrowingStream { continuation in
            let thinking = Task {
                do {
                    var sentences = 0
                    for try await event in events {
                        if case .sentence = event {
                            sentences += 1
                            if sentences <= skipped { continue }
                            if sentences > 1 { try await gate.pass() }
                        }
                        continuation.yield(event)
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in thinking.cancel() }
        }
    }
}

/// Speaks as the provider `tone`, in chunks of 100 ms, as engines do.
struct ChunkedVoice: Voice {
    let name = "tone"
    /// Milliseconds to make one chunk; 0: all at once.
    var pace = 0
    /// A gate before the chunk with this index.
    var gate: (chunk: Int, gate: Gate)?

    static let chunk = 100

    func warm() async throws {}

    func speak(_ request: VoiceRequest) -> VoiceAudio {
        let (pace, gate) = (pace, gate)
        return VoiceAudio { sink in
            var audio: [UInt8] = []
            for try await part in ToneVoice().speak(request) { audio += part }
            let size = ChunkedVoice.chunk * 8
            for (index, start) in stride(from: 0, to: audio.count, by: size).enumerated() {
                if pace > 0 { try await Task.sleep(for: .milliseconds(pace)) }
                if let gate, gate.chunk == index { try await gate.gate.pass() }
                try await sink.send(Array(audio[start..<min(start + size, audio.count)]))
            }
        }
    }
}
