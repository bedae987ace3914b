/// What a line does to the voice.
struct Condition: Sendable {
    enum Noise: Sendable {
        case line, babble, music
    }

    var name: String
    var noise: Noise?
    /// Decibels of the voice over the noise.
    var snr = 0.0
    /// Of the voice, in dBFS.
    var level = -22.0
    /// Through the telephone's band and mu-law.
    var isTelephone = true
    /// The noise is there for the second half only.
    var beginsLate = false

    static let all = [
        Condition(name: "clean", isTelephone: false),
        Condition(name: "telephone", noise: .line, snr: 38),
        Condition(name: "telephone, soft voice", noise: .line, snr: 22, level: -38),
        Condition(name: "line 20 dB", noise: .line, snr: 20),
        Condition(name: "line 12 dB", noise: .line, snr: 12),
        Condition(name: "line 6 dB", noise: .line, snr: 6),
        Condition(name: "babble 20 dB", noise: .babble, snr: 20),
        Condition(name: "babble 12 dB", noise: .babble, snr: 12),
        Condition(name: "babble 6 dB", noise: .babble, snr: 6),
        Condition(name: "music 20 dB", noise: .music, snr: 20),
        Condition(name: "music 10 dB", noise: .music, snr: 10),
        Condition(name: "babble 12 dB begins", noise: .babble, snr: 12, beginsLate: true),
    ]
}
