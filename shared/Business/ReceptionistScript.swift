import CallVocabulary

/// The dialogue of the embedded receptionist: states, what each asks, which answers it expects, and where each answer leads.
package struct ReceptionistScript: Sendable, Equatable {
    /// Where the dialogue stands after the greeting.
    package let first: String
    /// Field of the lead that says what the call is about.
    package let subject: String
    /// State that offers to be called back.
    package let callback: String
    /// State that promises it and ends the call.
    package let promise: String
    package let silence: Silence
    /// "What?", "sorry?": the prompt is said again, and that is no failure.
    package let repeatPhrases: [String]
    /// The same as they are compared.
    package let repeatForms: [[String]]
    /// In the order of the file, which is also the order of a lead's fields.
    package let states: [State]

    package func state(_ name: String) -> State? { states.first { $0.name == name } }

    /// Fields of the lead, in order.
    package var fields: [Field] { states.compactMap(\.field) }

    /// Reserved target: the state in which the offer to call back interrupted.
    package static let back = "back"
    /// Reserved value of the repeat phrases in a state's expectations.
    package static let repeatValue = "repeat"

    package struct Silence: Sendable, Equatable {
        /// One list of sentences for each silence in a row before the goodbye.
        package let prompts: [[String]]
        /// Promises a call back.
        package let goodbye: [String]
        /// The same when the caller's number is hidden and nobody can call back.
        package let goodbyeHidden: [String]
    }

    package struct Field: Sendable, Equatable {
        package enum Stored: String, Sendable { case value, label }
        /// What an answer in this field is, so that one which nobody has listed can be checked before it is kept.
        package enum Kind: String, Sendable, CaseIterable { case text, name, phone, date, time, number }
        package let name: String
        /// What people call it, for summaries.
        package let title: String
        /// Whether the answer's value or its label goes into the lead.
        package let stored: Stored
        package let kind: Kind
    }

    package struct Answer: Sendable, Equatable {
        package let value: String
        /// As the agent repeats it.
        package let label: String
        package let phrases: [String]
        /// The phrases as they are compared (`PhraseForm.words`), made once at load time: a reply walks through the whole log.
        package let forms: [[String]]
        /// Overrides the state's.
        package let next: String?
        /// Overrides the state's; nil: the state's.
        package let acknowledge: [String]?

        init(value: String, label: String, phrases: [String], next: String?, acknowledge: [String]?) {
            self.value = value
            self.label = label
            self.phrases = phrases
            forms = phrases.map(PhraseForm.words)
            self.next = next
            self.acknowledge = acknowledge
        }
    }

    package struct State: Sendable, Equatable {
        package let name: String
        package let field: Field?
        /// Sentences; each is one piece of a reply. `{city}` stands for the label of the answer in that field.
        package let prompt: [String]
        /// Said instead of `prompt` when the caller's number is hidden. Empty: `prompt`.
        package let promptHidden: [String]
        /// Said when the answer was not understood.
        package let reprompt: [String]
        /// Said after an answer, before the next prompt.
        package let acknowledge: [String]
        package let answers: [Answer]
        package let next: String?
        /// Where anything not understood, and silence, leads instead of asking again.
        package let otherwise: String?
        /// After the state that an answer here leads to, the dialogue comes back to this one.
        package let comeBackTo: String?
        /// Set in the states that end the call.
        package let ending: DialogEnding?
    }
}
