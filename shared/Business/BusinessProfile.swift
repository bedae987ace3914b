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
    /// Spoken once at the beginning, before the stream; holds the first question. Cannot be interrupted.
    package let greeting: String
    package let lines: SpokenLines
    package let voice: VoiceSettings
    /// The business's own list of statuses of a finished call. The last one stands for outcomes that none names.
    package let statuses: [CallStatus]
    package let receptionist: ReceptionistScript

    /// The status of a call with this outcome.
    package func status(of outcome: CallOutcome) -> CallStatus? {
        statuses.first { $0.outcomes.contains(outcome) } ?? statuses.last
    }
}

/// What is played outside the dialogue, each as a prepared MP3.
package struct SpokenLines: Sendable, Equatable {
    /// When one reply could not be made in time; the call goes on.
    package let sorry: String
    /// When the dialogue cannot go on.
    package let fallback: String
    /// When no line is free.
    package let busy: String
    /// When something takes longer than it should.
    package let moment: String
    /// When the line was cut for a moment and is back.
    package let resumed: String

    package static let standardMoment = "רגע אחד, בבקשה."
    package static let standardResumed = "סליחה, הקו התנתק לרגע."
}

/// How the embedded voice (espeak-ng) sounds for this business.
package struct VoiceSettings: Sendable, Equatable {
    /// espeak-ng voice variant, for example `f3`: the voice is then `he+f3`.
    package let variant: String
    /// Words per minute, espeak-ng's `-s`.
    package let rate: Int
    /// 0…99, espeak-ng's `-p`.
    package let pitch: Int
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
