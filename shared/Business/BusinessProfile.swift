import CallVocabulary

/// One business as its owner wrote it: whose telephone is answered, with which words, and how.
package struct BusinessProfile: Sendable, Equatable {
    package let id: BusinessID
    /// The name as callers know it.
    package let name: String
    /// E.164 numbers that are answered for this business: the called number chooses the business.
    package let numbers: [String]
    /// IANA name, for example `Asia/Jerusalem`.
    package let timeZone: String
    /// Spoken once at the beginning; holds the first question.
    package let greeting: String
    package let greetingMode: GreetingMode
    package let lines: SpokenLines
    package let voice: VoiceSettings
    /// The person to whom a call can be handed over; nil: there is none.
    package let transfer: TransferSettings?
    /// The business's own list of statuses of a finished call. The last one stands for outcomes that none names.
    package let statuses: [CallStatus]
    /// What a language model is told about this business beside what the other fields say: the owner's own words, lines kept. Nothing of it
    /// is ever read as a rule by a program. nil: nothing.
    package let prompt: String?
    package let providers: ProviderOrders
    package let receptionist: ReceptionistScript

    /// The status of a call with this outcome.
    package func status(of outcome: CallOutcome) -> CallStatus? {
        statuses.first { $0.outcomes.contains(outcome) } ?? statuses.last
    }
}

/// The providers that this business wants, in the order in which they are asked; an empty list means the installation's own.
package struct ProviderOrders: Sendable, Equatable {
    package var asr: [String] = []
    package var dialog: [String] = []
    package var tts: [String] = []
    package static let standard = ProviderOrders()
}

/// Where the greeting is spoken.
package enum GreetingMode: String, Sendable, Equatable, CaseIterable {
    /// By Twilio, before the stream opens: it cannot be interrupted, and no worker is needed for it.
    case play
    /// Inside the stream: the caller may speak into it.
    case stream
}

/// The person to whom a call can be handed over.
package struct TransferSettings: Sendable, Equatable {
    /// E.164.
    package let number: String
    /// How long it rings before the call comes back.
    package let seconds: Int

    package static let standardSeconds = 25
    /// `<Dial timeout>`: below 5 s nobody reaches the telephone, and a caller does not listen to ringing for longer than a minute.
    package static let allowedSeconds = 5...60
}

/// What is played outside the dialogue, each as a prepared MP3.
package struct SpokenLines: Sendable, Equatable {
    /// When one reply could not be made in time; the call goes on.
    package let sorry: String
    /// When the dialogue cannot go on. A tone and a recording follow: it asks for a message.
    package let fallback: String
    /// When no line is free. The call ends after it.
    package let busy: String
    /// When something takes longer than it should.
    package let moment: String
    /// When the line was cut for a moment and is back.
    package let resumed: String
    /// After the caller has left a message. The call ends after it.
    package let thanks: String
    /// Before the greeting, when the call is recorded.
    package let recorded: String
    /// Before the call is handed over to a person.
    package let handover: String
    /// When that person did not answer; the call goes on.
    package let nobody: String
    /// One minute before the call's longest duration.
    package let warning: String
    /// When that minute is over. The call ends after it.
    package let timeUp: String

    package static let standardMoment = "רגע אחד, בבקשה."
    package static let standardResumed = "סליחה, הקו התנתק לרגע."
    package static let standardThanks = "תודה, ההודעה התקבלה. נחזור אליכם בהקדם. להתראות."
    package static let standardRecorded = "לתשומת ליבכם, השיחה מוקלטת."
    package static let standardHandover = "רגע אחד, אני מעבירה אתכם לנציג."
    package static let standardNobody = "אין כרגע נציג פנוי. אפשר להמשיך איתי."
    package static let standardWarning = "השיחה תסתיים בעוד דקה."
    package static let standardTimeUp = "הגענו לסוף הזמן של השיחה. נציג שלנו יחזור אליכם. להתראות."
}

/// How the agent sounds for this business.
package struct VoiceSettings: Sendable, Equatable {
    /// Of the embedded voice: espeak-ng voice variant, for example `f3`: the voice is then `he+f3`.
    package var variant: String
    /// Of the embedded voice: words per minute, espeak-ng's `-s`.
    package var rate: Int
    /// Of the embedded voice: 0…99, espeak-ng's `-p`.
    package var pitch: Int
    /// Chooses the voice of each provider for which no name is given.
    package var gender: VoiceGender
    /// A provider's name for its voice, by the provider's name in the configuration.
    package var names: [String: String]

    package init(variant: String, rate: Int, pitch: Int, gender: VoiceGender = .feminine, names: [String: String] = [:]) {
        self.variant = variant
        self.rate = rate
        self.pitch = pitch
        self.gender = gender
        self.names = names
    }

    /// The providers that have voices to choose from, by their names in the configuration. The embedded one has `variant`.
    package static let namedProviders = ["google", "google-streaming", "azure", "elevenlabs", "openai", "compatible"]

    /// Everything that changes the sound, as one text: audio that was made under another one is made anew.
    package var fingerprint: String {
        let names = names.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return "\(variant)/\(rate)/\(pitch)/\(gender.rawValue)/\(names)"
    }
}

package enum VoiceGender: String, Sendable, Equatable, CaseIterable {
    case feminine, masculine
}

/// One status of the business's list and what is to be done next about such a call.
package struct CallStatus: Sendable, Equatable {
    package let name: String
    package let outcomes: [CallOutcome]
    package let nextStep: String
}

/// Lines that belong to no business.
package enum GlobalLines {
    /// The called number is nobody's: a polite refusal, and never another business's greeting.
    package static let unknownNumber = "שלום. אין מענה במספר הזה. תודה ולהתראות."
}
