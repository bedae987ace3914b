import Audio

/// Cuts line audio into utterances for a model that hears whole ones only. Who knows better where one ends says `flush`; in what goes on
/// without that, our own voice activity detection finds the pauses. A value.
struct UtteranceCutter {
    struct Utterance: Equatable {
        /// Mu-law.
        var audio: [UInt8]
        /// Where its last speech ends, in milliseconds of all audio.
        var endMilliseconds: Int
    }

    /// Longer than any pause after which a gateway's endpointer, which knows what was asked, calls an utterance finished.
    private static let pauseFrames = 40
    /// 60 ms: a click is no speech.
    private static let onsetFrames = 3
    /// Kept around speech: 300 ms, for the consonants that the detector does not hear.
    private static let marginBytes = 15 * MuLaw.frameSamples
    /// Whisper hears 30 s at a time.
    private static let longestBytes = 28 * MuLaw.sampleRate
    /// Nothing shorter is asked about: 200 ms. Models invent words for silence.
    private static let shortestBytes = 1_600

    private var detector = VoiceActivityDetector()
    private var rest: [UInt8] = []
    /// Since the last cut.
    private var audio: [UInt8] = []
    /// Bytes of all audio before `audio`.
    private var start = 0
    /// In `audio`, where its last speech ends; nil before any.
    private var speechEnd: Int?
    private var onset = 0
    /// A pause was found since the last flush: what follows it counts only if somebody speaks.
    private var hasCut = false

    var isEmpty: Bool { audio.isEmpty && rest.isEmpty }

    mutating func take(_ more: [UInt8]) -> [Utterance] {
        rest += more
        var found: [Utterance] = []
        var offset = 0
        while rest.count - offset >= MuLaw.frameSamples {
            let frame = Array(rest[offset..<(offset + MuLaw.frameSamples)])
            offset += MuLaw.frameSamples
            if let utterance = take(frame: frame) { found.append(utterance) }
        }
        rest.removeFirst(offset)
        return found
    }

    private mutating func take(frame: [UInt8]) -> Utterance? {
        audio += frame
        let isSpeech = detector.process(muLaw: frame).isSpeech
        onset = isSpeech ? onset + 1 : 0
        if let end = speechEnd {
            if isSpeech { speechEnd = audio.count }
            if audio.count - end >= Self.pauseFrames * MuLaw.frameSamples { return cut(at: end + Self.marginBytes) }
            if audio.count >= Self.longestBytes { return cut(at: audio.count) }
        } else if onset == Self.onsetFrames {
            trim(to: Self.onsetFrames * MuLaw.frameSamples + Self.marginBytes)
            speechEnd = audio.count
        } else if audio.count > Self.longestBytes + MuLaw.sampleRate {
            trim(to: Self.longestBytes)
        }
        return nil
    }

    private mutating func trim(to count: Int) {
        let surplus = max(0, audio.count - count)
        audio.removeFirst(surplus)
        start += surplus
    }

    private mutating func cut(at end: Int) -> Utterance {
        let end = min(end, audio.count)
        let utterance = Utterance(audio: Array(audio[..<end]), endMilliseconds: MuLaw.milliseconds(ofBytes: start + min(end, speechEnd ?? end)))
        audio.removeFirst(end)
        start += end
        speechEnd = nil
        onset = 0
        hasCut = true
        return utterance
    }

    /// The utterance is over.
    /// - Returns: nil when nothing was said since the last pause.
    mutating func flush() -> Utterance? {
        audio += rest
        rest = []
        // Without a pause before it, it is somebody's utterance, even if this detector, which has heard little of the line, takes it for noise.
        let isWanted = speechEnd != nil || !hasCut
        let utterance = isWanted && audio.count >= Self.shortestBytes ? cut(at: audio.count) : nil
        start += audio.count
        audio = []
        speechEnd = nil
        hasCut = false
        return utterance
    }
}
