/// The voices of the table: variants of espeak-ng's Hebrew voice, and how fast they speak.
package enum Speakers {
    /// Words per minute.
    package static let rates = [125, 150, 175]
    /// Everything that is tuned is tuned on these, and the adaptation was estimated with none that is held out.
    package static let tuning = ["he+m1", "he+m4", "he+f1", "he+f3"]
    /// Nothing is chosen by what these say.
    package static let heldOut = ["he+m2", "he+m8", "he+f2", "he+f4"]
}

/// One of the two groups of voices.
package enum VoiceGroup: String, Sendable, Hashable, Codable, CaseIterable {
    case tuning
    case heldOut = "held-out"
}

package struct Speaker: Sendable, Hashable {
    package let voice: String
    package let group: VoiceGroup

    package init(voice: String, group: VoiceGroup) {
        self.voice = voice
        self.group = group
    }

    package static let all =
        Speakers.tuning.map { Speaker(voice: $0, group: .tuning) } + Speakers.heldOut.map { Speaker(voice: $0, group: .heldOut) }
}
