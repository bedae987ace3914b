import Audio

/// What a frame of a line really is.
package enum FrameTruth: Sendable, Equatable, Codable {
    case voice
    case silence
    /// Counts for nobody: the faint end of a sound, or a silence as short as that of a consonant.
    case neither
}

/// The truth about a line, told by the clean voice before anything was mixed into it.
///
/// A frame is voice when the clean voice in it is at most 22 dB under the level of the sentences. It is silence when the
/// clean voice is 40 dB under it or less, in a stretch without voice of at least 160 ms, which is what the endpointer calls a pause. All others are neither.
package struct VoiceTruth: Sendable, Equatable {
    /// Decibels under the sentences' level.
    static let voiceDepth = 22.0
    static let silenceDepth = 40.0
    /// Frames. Shorter silences belong to the voice.
    static let shortestSilence = 8
    /// Frames without voice that part two utterances; pauses inside them are shorter.
    static let utteranceGap = 50

    package let frames: [FrameTruth]
    /// From the first voiced frame of each utterance to one past its last.
    package let utterances: [Range<Int>]

    /// - Parameters:
    ///   - clean: the voice alone, 8 kHz. What is no whole frame at the end is left out.
    ///   - level: of the sentences in it, in dBFS.
    package init(clean: [Int16], level: Double) {
        let levels = stride(from: 0, to: clean.count - MuLaw.frameSamples + 1, by: MuLaw.frameSamples).map {
            Loudness.dBFS(Array(clean[$0..<$0 + MuLaw.frameSamples]))
        }
        var frames = levels.map { $0 >= level - Self.voiceDepth ? FrameTruth.voice : .neither }
        var utterances: [Range<Int>] = []
        var start = 0
        while start < frames.count {
            let isVoice = frames[start] == .voice
            let end = frames[start...].firstIndex { ($0 == .voice) != isVoice } ?? frames.count
            if isVoice {
                if let last = utterances.last, start - last.upperBound < Self.utteranceGap {
                    utterances[utterances.count - 1] = last.lowerBound..<end
                } else {
                    utterances.append(start..<end)
                }
            } else if end - start >= Self.shortestSilence {
                for index in start..<end where levels[index] <= level - Self.silenceDepth { frames[index] = .silence }
            }
            start = end
        }
        self.frames = frames
        self.utterances = utterances
    }

    /// The truth as a file: a letter for each frame, v, s or n.
    package var letters: [UInt8] { frames.map { UInt8(ascii: $0 == .voice ? "v" : $0 == .silence ? "s" : "n") } }
}
