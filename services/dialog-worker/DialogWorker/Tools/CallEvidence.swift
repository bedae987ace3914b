import BusContract
import Business
import CallVocabulary
import Hebrew

/// What was really said in a call, to hold a model's claims against. A model invents names and miscounts days; what nobody has said is not kept.
struct CallEvidence {
    private let turn: DialogTurn
    /// The moment of this turn on the clock of the business. A call is short: what was said earlier in it is reckoned from now as well.
    let context: UnderstandingContext

    init(turn: DialogTurn, context: UnderstandingContext) {
        self.turn = turn
        self.context = context
    }

    /// Further away nobody makes an appointment by telephone.
    static let farthest = 366

    /// nil: hidden.
    var callerNumber: String? { turn.caller }
    // Read anew for each value that is checked: most turns check none, and the caller is waiting.
    /// The caller's understood utterances and keys.
    var caller: [String] { (turn.log.map(\.heard) + [turn.heard]).compactMap(Self.text) }
    /// The same and what the caller has heard of ours: a proposal that was not contradicted counts for days, hours and amounts, never for a name.
    private var both: [String] { caller + turn.log.flatMap(\.said) }

    private static func text(_ heard: Heard) -> String? {
        switch heard {
        case .speech(let transcript): transcript.understood ? transcript.text : nil
        case .digits(let keys): keys
        case .opening, .silence, .interrupted: nil
        }
    }

    private func understandings(_ sentences: [String]) -> some Sequence<Understanding> {
        sentences.lazy.map { Understanding($0, context: context) }
    }

    /// Words in the form of comparison, with and without the letters in front of them.
    private static func stems(_ sentences: [String]) -> Set<String> {
        Set(sentences.flatMap(PhraseForm.words).flatMap { WordStems.of($0) })
    }

    /// Each word of the name was said by the caller, alone or with letters in front ("לדנה"), or heard in another spelling of the same first name.
    func holds(name: String) -> Bool {
        let spoken = Self.stems(caller)
        let words = PhraseForm.words(name)
        guard !words.isEmpty else { return false }
        return words.allSatisfy { word in
            spoken.contains(word) || FirstNames.entry(word).map { entry in spoken.contains { FirstNames.entry($0)?.name == entry.name } } == true
        }
    }

    /// One of these words was said by either side. A model may put a wish into other words, but not into none of those that were said.
    func holdsOne(of words: [String]) -> Bool {
        let spoken = Self.stems(both)
        return words.contains { word in word.count > 1 && WordStems.of(word).contains { $0.count > 1 && spoken.contains($0) } }
    }

    /// The caller's own number, one that was said in one breath, or one whose digits came in this order, over several turns and with other words and
    /// corrections between them.
    func holds(phone: PhoneNumber) -> Bool {
        if phone.canonical == callerNumber { return true }
        // With and without what is dialled before it.
        let forms = [phone.national, String(phone.canonical.drop { $0 == "+" }), String(phone.national.drop { $0 == "0" })].map { Array($0) }
        var groups: [[String]] = []
        for sentence in understandings(caller) {
            if let said = sentence.phone(), said.value == phone || said.alternatives.contains(phone) { return true }
            groups += sentence.digitGroups()
        }
        return forms.contains { Self.isSaid($0, in: groups) }
    }

    /// Whether these digits are some of the groups in their order, whole.
    private static func isSaid(_ digits: [Character], in groups: [[String]]) -> Bool {
        var reached: Set<Int> = [0]
        for group in groups {
            for place in reached {
                for option in group {
                    var end = place
                    let fits = option.allSatisfy { digit in
                        guard end < digits.count, digit == "<" ? end > 0 && digits[end] == digits[end - 1] : digit == digits[end] else { return false }
                        end += 1
                        return true
                    }
                    if fits { reached.insert(end) }
                }
            }
        }
        return reached.contains(digits.count)
    }

    /// People say "five" for 17:00, "a quarter to six" for 17:45, and noon has a name.
    func holds(time: CivilTime) -> Bool {
        understandings(both).contains { $0.times().contains { $0.value == time || $0.through == time || $0.alternatives.contains(time) } }
    }

    /// A day that was named, or one within a week or a month that was named.
    func holds(date: CivilDate) -> Bool {
        understandings(both).contains { sentence in
            sentence.dates().contains { said in
                said.value == date || said.alternatives.contains(date) || said.through.map { (said.value...max($0, said.value)).contains(date) } == true
            }
        }
    }

    /// In whatever words: "שני מיליון", "שלושה וחצי", "פעמיים".
    func holds(number: Double) -> Bool {
        understandings(both).contains { sentence in
            sentence.numbers().contains { abs(Double($0.numerator) / Double($0.denominator) - number) < 0.006 }
                || sentence.price().map { said in ([said.value] + [said.through].compactMap { $0 } + said.alternatives).contains { Double($0.hundredths) / 100 == number } }
                    == true
        }
    }

    /// Numbers in free words are only asked to have been said at all.
    func holdsNumbers(of text: String) -> Bool {
        !text.contains(where: \.isNumber) || understandings(both).contains { !$0.numbers().isEmpty || !$0.digitRuns().isEmpty || !$0.times().isEmpty }
    }
}
