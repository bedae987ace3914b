import Business
import CallVocabulary

/// What is known of a caller's wish, and the only way into it: a value is checked first, and a model is told what is wrong with one.
///
/// Nothing enters that the call does not bear out: no field that the business does not have, no name that the caller has not said, no day that
/// nobody has mentioned or that has passed, no number that no telephone has.
struct LeadBook {
    /// Where remarks for the people of the business stand in a lead.
    static let notes = "notes"
    /// The caller's number, when it is hidden and told instead.
    static let phone = "phone"

    /// Why a value was not taken, in words for the model.
    struct Refusal: Error, Equatable {
        let problem: String
    }

    private(set) var lead: [String: String]
    private let script: ReceptionistScript
    private let evidence: CallEvidence

    init(business: BusinessProfile, lead: [String: String], evidence: CallEvidence) {
        script = business.receptionist
        self.lead = lead
        self.evidence = evidence
    }

    /// Names of the fields that may be written, in the order in which they are asked for.
    static func fields(of business: BusinessProfile) -> [String] {
        let own = business.receptionist.fields
        return own.map(\.name) + (own.contains { $0.kind == .phone } ? [] : [phone])
    }

    /// What has still to be found out. The number only of callers who hide it.
    var missing: [String] {
        let own = script.fields
        var names = own.map(\.name)
        if evidence.callerNumber == nil, !own.contains(where: { $0.kind == .phone }) { names.append(Self.phone) }
        return names.filter { lead[$0] == nil }
    }

    /// Whether somebody could call back.
    var canCallBack: Bool {
        evidence.callerNumber != nil || lead[Self.phone] != nil || script.fields.contains { $0.kind == .phone && lead[$0.name] != nil }
    }

    // MARK: - Writing

    /// - Returns: the value as it is kept.
    mutating func save(_ name: String, _ value: String) throws(Refusal) -> String {
        let field = script.fields.first { $0.name == name }
        guard field != nil || name == Self.phone else { throw Refusal(problem: "there is no such field") }
        let text = try Self.sound(value)
        let kept = try checked(text, as: field?.kind ?? .phone, field)
        lead[name] = kept
        return kept
    }

    mutating func note(_ text: String) throws(Refusal) {
        let text = try Self.sound(text, longest: 300)
        try checkNumbers(of: text)
        let known = lead[Self.notes]
        if let known, known.contains(text) { return }
        let all = known.map { $0 + "; " + text } ?? text
        guard all.count <= 1_000 else { throw Refusal(problem: "there are enough notes in this call") }
        lead[Self.notes] = all
    }

    // MARK: - Checks

    private static let nothing: Set<String> = [
        "", "null", "none", "nil", "unknown", "undefined", "na", "n a", "string", "לא ידוע", "לא נמסר", "לא נמסרה", "לא צוינ", "לא צוינה", "ריק",
        "אינ", "חסר",
    ]

    private static func sound(_ value: String, longest: Int = 200) throws(Refusal) -> String {
        let visible = String(String.UnicodeScalarView(value.unicodeScalars.filter { !isHidden($0) }))
        let text = visible.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if nothing.contains(PhraseForm.words(text).joined(separator: " ")) {
            throw Refusal(problem: "the value is empty; leave the field out until the caller has told it")
        }
        if text.count > longest { throw Refusal(problem: "the value has more than \(longest) characters; keep the essence") }
        return text
    }

    /// Control characters and direction marks.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format: !scalar.properties.isWhitespace
        default: false
        }
    }

    private func checked(_ text: String, as kind: ReceptionistScript.Field.Kind, _ field: ReceptionistScript.Field?) throws(Refusal) -> String {
        switch kind {
        case .name: return try name(text)
        case .phone: return try phone(text)
        case .date: return try date(text)
        case .time: return try time(text, known(text, field))
        case .number: return try number(text, known(text, field), field)
        case .text:
            let answer = known(text, field)
            let words = answer.map { PhraseForm.words($0.label) + $0.forms.joined() } ?? PhraseForm.words(text)
            guard evidence.holdsOne(of: words) else {
                throw Refusal(problem: "nobody has said this in this call; write it in the caller's words, or ask")
            }
            if let field, let answer { return field.stored == .label ? answer.label : answer.value }
            try checkNumbers(of: text)
            return text
        }
    }

    /// The answer of the business's own list that this value is.
    private func known(_ text: String, _ field: ReceptionistScript.Field?) -> ReceptionistScript.Answer? {
        guard let field, let answers = script.states.first(where: { $0.field?.name == field.name })?.answers else { return nil }
        let words = PhraseForm.words(text)
        return answers.first { $0.value == text } ?? answers.first { PhraseForm.words($0.label) == words || $0.forms.contains(words) }
    }

    private func checkNumbers(of text: String) throws(Refusal) {
        if !evidence.holdsNumbers(of: text) { throw Refusal(problem: "it holds a number and none was said in this call; ask for it") }
    }

    private func name(_ text: String) throws(Refusal) -> String {
        let words = text.split(separator: " ")
        guard words.count <= 4, text.count >= 2, text.count <= 60,
            text.allSatisfy({ $0.isLetter || " '\"-־׳״".contains($0) || $0.unicodeScalars.allSatisfy { (0x0591...0x05C7).contains($0.value) } })
        else { throw Refusal(problem: "that is no name: letters only, at most four words") }
        guard evidence.holds(name: text) else {
            throw Refusal(problem: "the caller has not said this name; write it as the caller said it, or ask for it")
        }
        return text
    }

    private func phone(_ text: String) throws(Refusal) -> String {
        guard let number = PhoneForm.e164(text) else {
            throw Refusal(problem: "no telephone has this number: in Israel 05X and seven digits, or an area and seven digits; ask for it again")
        }
        guard evidence.holds(phone: number) else { throw Refusal(problem: "the caller has not said these digits; ask for the number again") }
        return number
    }

    private func date(_ text: String) throws(Refusal) -> String {
        let calendar = evidence.calendar
        guard let day = CalendarDay(text) ?? calendar.day(meant: text) else { throw Refusal(problem: "write a day as YYYY-MM-DD") }
        guard let distance = calendar.distance(to: day) else { throw Refusal(problem: "the calendar has no such day") }
        if distance < 0 { throw Refusal(problem: "that day has passed; today is \(calendar.today)") }
        if distance > SpokenCalendar.farthest { throw Refusal(problem: "that day is more than a year away; today is \(calendar.today)") }
        guard evidence.holds(date: day) else {
            throw Refusal(problem: "nobody has mentioned that day in this call; count again from today, \(calendar.today), or ask which day")
        }
        return day.description
    }

    private func time(_ text: String, _ answer: ReceptionistScript.Answer?) throws(Refusal) -> String {
        let parts = (answer?.value ?? text).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count <= 2, parts[1].count == 2, let hour = Int(parts[0]), let minute = Int(parts[1]),
            (0..<24).contains(hour),
            (0..<60).contains(minute)
        else { throw Refusal(problem: "write an hour as HH:MM, from 00:00 to 23:59") }
        guard evidence.holds(hour: hour, minute: minute) else { throw Refusal(problem: "nobody has mentioned that hour in this call; ask for it") }
        return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
    }

    private func number(_ text: String, _ answer: ReceptionistScript.Answer?, _ field: ReceptionistScript.Field?) throws(Refusal) -> String {
        let plain = answer?.value ?? text.filter { $0 != "," }
        guard let value = Double(plain), value.isFinite, value >= 0 else { throw Refusal(problem: "write a number in digits") }
        guard SpokenNumbers.areIn(evidence.both) else { throw Refusal(problem: "no number was said in this call; ask for it") }
        if let answer, let field { return field.stored == .label ? answer.label : answer.value }
        return plain
    }
}
