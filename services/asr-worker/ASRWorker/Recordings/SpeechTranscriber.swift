import CallVocabulary

/// A second ability that a recogniser may have: to hear a whole recording in which anything at all may have been said. One that knows only
/// expected answers has none.
package protocol SpeechTranscriber: Sendable {
    /// - Parameter pcm: mono, 8 kHz, at most ten minutes.
    /// - Returns: an empty text when no words were heard.
    func transcribe(_ pcm: [Int16]) async throws -> Transcript
}
