import BusContract
import Business
import CallVocabulary

/// What was really said in a call, to hold a model's claims against. A model invents names and miscounts days; what nobody has said is not kept.
struct CallEvidence {
    private let turn: DialogTurn
    let calendar: SpokenCalendar

    init(turn: DialogTurn, calendar: SpokenCalendar) {
        self.turn = turn
        self.calendar = calendar
    }

    /// nil: hidden.
    var callerNumber: String? { turn.caller }
    // Read anew for each value that is checked: most turns check none, and the caller is waiting.
    /// Words of the caller's, of understood utterances and keys, in the form of `PhraseForm`.
    var caller: [String] { (turn.log.map(\.heard) + [turn.heard]).flatMap(Self.words) }
    /// The same and what the caller has heard of ours: a proposal that was not contradicted counts for days, hours and amounts, never for a name.
    var both: [String] { caller + turn.log.flatMap(\.said).flatMap(PhraseForm.words) }

    private static func words(_ heard: Heard) -> [String] {
        switch heard {
        case .speech(let transcript): transcript.understood ? PhraseForm.words(transcript.text) : []
        case .digits(let keys): [keys]
        case .opening, .silence, .interrupted: []
        }
    }

    /// Each word of the name was said by the caller, alone or with a letter in front ("לדנה").
    func holds(name: String) -> Bool {
        let spoken = Set(caller.flatMap { SpokenNumbers.stems(of: $0) })
        let words = PhraseForm.words(name)
        return !words.isEmpty && words.allSatisfy { spoken.contains($0) }
    }

    /// One of these words was said by either side. A model may put a wish into other words, but not into none of those that were said.
    func holdsOne(of words: [String]) -> Bool {
        let spoken = Set(both.flatMap { SpokenNumbers.stems(of: $0) })
        return words.contains { word in word.count > 1 && SpokenNumbers.stems(of: word).contains { $0.count > 1 && spoken.contains($0) } }
    }

    func holds(phone: String) -> Bool {
        phone == callerNumber || SpokenNumbers.digits(in: caller).contains(PhoneForm.spokenCore(phone))
    }

    /// - Parameter hour: 0 to 23. People say "five" for 17:00, "a quarter to six" for 17:45, and noon has a name.
    func holds(hour: Int, minute: Int) -> Bool {
        let words = both
        let said = SpokenNumbers.values(in: words, [.digits, .feminine])
        let stems = Set(words.flatMap { SpokenNumbers.stems(of: $0) })
        let hours = minute > 30 ? [hour, (hour + 1) % 24] : [hour]
        return hours.contains { hour in
            let names = hour == 12 ? ["צהריימ"] : hour == 0 ? ["חצות"] : []
            return [hour, hour % 12, hour % 12 + 12].contains { said.contains($0) } || names.contains { stems.contains($0) }
        }
    }

    /// Numbers are only asked to have been said at all: "שני מיליון" is read by nobody here.
    func holdsNumbers(of text: String) -> Bool {
        let digits = text.split { !$0.isNumber }
        return digits.isEmpty || SpokenNumbers.areIn(both)
    }

    func holds(date: CalendarDay) -> Bool { calendar.mentions(date, in: both) }
}
