import Audio

/// The simplest detector of its kind, which the product had before: so many decibels over the lowest level of the last 3.2 s.
struct TrackedFloor: VoiceActivityDetecting {
    /// Decibels over the floor at which voice begins; it ends three lower.
    var enter = 9.0
    private var levels: [Double] = []
    private var isVoice = false

    init(enter: Double = 9) { self.enter = enter }

    mutating func isVoice(pcm frame: [Int16]) -> Bool {
        let level = Loudness.dBFS(frame)
        let loudest = levels.count < Self.window ? -34.0 : -26
        let floor = max(-58, min(loudest, levels.min() ?? loudest))
        isVoice = level > floor + (isVoice ? enter - 3 : enter)
        levels.append(level)
        if levels.count > Self.window { levels.removeFirst() }
        return isVoice
    }

    private static let window = 160
}
