import Audio
import CallVocabulary
import Synchronization

/// Provider `energy`: a fixed transcript for every utterance that the endpointer cuts. It measures the fleet and nothing else.
package struct EnergyRecognizer: SpeechRecognizer {
    package let name = "energy"
    private let text: String
    package init(text: String = "כן") { self.text = text }
    package func warm() async throws {}
    package func open(_ conversation: ConversationID, report: @escaping @Sendable (RecogniserReport) -> Void) -> any RecognitionStream {
        UtteranceStream(report: report) { [text] _ in Transcript(text: text, confidence: 1, understood: true) }
    }
}

/// Provider `tones`: every utterance carries a number as tones, and the transcript is that number. Loss and doubling are then plain to see.
package struct TonesRecognizer: SpeechRecognizer {
    package let name = "tones"
    package init() {}
    package func warm() async throws {}
    package func open(_ conversation: ConversationID, report: @escaping @Sendable (RecogniserReport) -> Void) -> any RecognitionStream {
        UtteranceStream(report: report) { frames in
            let numbers = ToneCode.decode(muLaw: frames.flatMap(\.payload)).map { String($0.number) }
            return Transcript(text: numbers.joined(separator: " "), confidence: numbers.isEmpty ? 0 : 1, understood: !numbers.isEmpty)
        }
    }
}

/// Collects an utterance's frames and has them judged at its end.
private final class UtteranceStream: RecognitionStream {
    private struct State {
        var buffer = UtteranceBuffer()
        var frames: [AudioFrame] = []
    }

    private let state = Mutex(State())
    private let report: @Sendable (RecogniserReport) -> Void
    private let judge: @Sendable ([AudioFrame]) -> Transcript

    init(report: @escaping @Sendable (RecogniserReport) -> Void, judge: @escaping @Sendable ([AudioFrame]) -> Transcript) {
        self.report = report
        self.judge = judge
    }

    func expect(_ expectations: Expectations) {}
    func hear(_ frames: [AudioFrame]) { apply { $0.hear(frames) } }
    func begin(_ turn: TurnID, from: UInt32) {
        apply { $0.begin(turn, from: from) }
    }
    func end(_ turn: TurnID, through: UInt32) { apply { $0.end(turn, through: through) } }
    func discard(_ turn: TurnID) { state.withLock { $0.buffer.discard(turn) } }
    func close() {}

    private func apply(_ change: (inout UtteranceBuffer) -> [UtteranceBuffer.Change]) {
        let complete = state.withLock { state -> [(TurnID, [AudioFrame])] in
            var complete: [(TurnID, [AudioFrame])] = []
            for change in change(&state.buffer) {
                switch change {
                case .more(_, let frames): state.frames += frames
                case .complete(let turn):
                    complete.append((turn, state.frames))
                    state.frames = []
                }
            }
            return complete
        }
        for (turn, frames) in complete { report(.final(turn, judge(frames))) }
    }
}
