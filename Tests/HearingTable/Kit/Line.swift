import Audio
import CallEngine
import CallVocabulary

/// What the gateway makes of a caller's sentence: the frames between the marks of an utterance.
enum Line {
    /// Silence around the sentence, in frames: the lead-in before it, and more than the silence rule after it.
    private static let before = 50
    private static let after = 40

    /// - Parameter sentence: mu-law of the caller's voice.
    /// - Returns: the utterances, usually one; a pause in the sentence may make more.
    static func utterances(of sentence: [UInt8]) -> [[AudioFrame]] {
        var line = [UInt8](repeating: MuLaw.silence, count: before * AudioFrame.bytes) + sentence
        line += [UInt8](repeating: MuLaw.silence, count: after * AudioFrame.bytes + (AudioFrame.bytes - line.count % AudioFrame.bytes))
        let frames = (0..<line.count / AudioFrame.bytes).map {
            AudioFrame(sequence: UInt32($0), payload: Array(line[$0 * AudioFrame.bytes..<($0 + 1) * AudioFrame.bytes]))
        }
        var endpointer = Endpointer(policy: CallPolicy())
        var from = 0
        var utterances: [[AudioFrame]] = []
        for frame in frames {
            switch endpointer.hear(frame, at: CallTime(milliseconds: Int(frame.sequence) * AudioFrame.milliseconds)) {
            case .began(let first): from = Int(first)
            case .ended(let utterance): utterances.append(Array(frames[from...Int(utterance.through)]))
            case .paused, .resumed, nil: continue
            }
        }
        return utterances
    }
}
