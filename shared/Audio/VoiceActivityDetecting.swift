/// Tells the voice of a caller from everything else on a telephone line, one frame of 20 ms at a time.
///
/// One call of either function is one frame: 160 samples at 8 kHz. Whoever uses a detector in the path of the media is generic over it or
/// names its type, so that the protocol costs nothing there. Onsets, pauses and ends are the endpointer's: this is about single frames.
/// `make voice-activity` compares those that exist; ``VoiceActivityDetector`` is the product's.
package protocol VoiceActivityDetecting {
    /// Whether the next frame, as samples, is voice.
    mutating func isVoice(pcm frame: [Int16]) -> Bool
    /// Whether the next frame, as mu-law codes, is voice.
    mutating func isVoice(muLaw frame: [UInt8]) -> Bool
}

extension VoiceActivityDetecting {
    package mutating func isVoice(muLaw frame: [UInt8]) -> Bool { isVoice(pcm: MuLaw.decode(frame)) }
}

extension VoiceActivityDetector: VoiceActivityDetecting {
    package mutating func isVoice(pcm frame: [Int16]) -> Bool { process(pcm: frame).isSpeech }
    package mutating func isVoice(muLaw frame: [UInt8]) -> Bool { process(muLaw: frame).isSpeech }
}
