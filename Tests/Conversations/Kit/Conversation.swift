/// A conversation that a simulated caller has with the application, and how the application must take its turns in it: one small YAML file.
package struct Conversation: Sendable, Equatable {
    /// A part of what the caller utters.
    package enum Part: Sendable, Equatable {
        case words(String)
        /// Silence of the caller's, in milliseconds.
        case pause(Int)
        /// No words: nobody may take it for any.
        case sound(Sound)
    }

    package enum Sound: String, Sendable, Equatable, CaseIterable {
        case cough, click, breath
    }

    /// When the caller begins.
    package enum Cue: Sendable, Equatable {
        /// The agent has finished.
        case agentFinished
        /// The agent has been audible for so many milliseconds, and still is.
        case overAgent(Int)
        /// So many milliseconds after the caller's own last sound.
        case afterOwn(Int)
    }

    /// What the application must make of it.
    package enum Turn: Sendable, Equatable {
        /// A turn of its own.
        case new
        /// The same turn as what was said before it.
        case same
        /// A turn of its own, or the same as the one before it: it must be heard and answered.
        case either
        /// No turn.
        case none
    }

    package struct Utterance: Sendable, Equatable {
        package var parts: [Part]
        package var cue = Cue.agentFinished
        package var turn = Turn.new
        /// The agent must stop for it, or must not; nil: it does not speak then.
        package var stopsAgent: Bool?
        /// Milliseconds from its true end to the end of turn.
        package var endWithin = Conversation.endWithin

        package init(parts: [Part]) { self.parts = parts }
    }

    package enum Step: Sendable, Equatable {
        case utter(Utterance)
        case keys(String)
        /// Milliseconds.
        case wait(Int)
    }

    package enum Noise: String, Sendable, Equatable, CaseIterable {
        case babble, music, line
    }

    /// What the line adds to the caller's voice.
    package struct Line: Sendable, Equatable {
        package var noise: Noise?
        /// Decibels of the voice above the noise.
        package var snr = 20.0
        /// Decibels of the agent's echo against the agent; nil: none.
        package var echo: Double?
        /// Milliseconds by which the echo is late.
        package var echoDelay = 80
        /// Level of the voice while it sounds, in dBFS.
        package var level = Conversation.level

        package init() {}
    }

    /// A turn that has not ended by then, in milliseconds, has been missed.
    package static let endWithin = 1_500
    /// In dBFS, as a telephone network brings speech.
    package static let level = -22.0

    package var file: String
    package var name: String
    package var about = ""
    /// The row of the table.
    package var category = ""
    package var line = Line()
    package var steps: [Step] = []
    /// espeak-ng's; empty: the run's.
    package var voices: [String] = []
    /// The call has got stuck after so many seconds.
    package var seconds = 120

    package init(file: String, name: String) {
        self.file = file
        self.name = name
    }

    package var utterances: [Utterance] { steps.compactMap { if case .utter(let utterance) = $0 { utterance } else { nil } } }
}
