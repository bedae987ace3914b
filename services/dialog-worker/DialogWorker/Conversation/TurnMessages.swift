import BusContract
import Business
import CallVocabulary

/// A turn and the log before it, as messages for a model.
///
/// Roles alternate, because the templates of many open models insist on it. What changes from turn to turn (the hour, what is known) stands in the
/// last message: everything before it is the beginning of the next turn's request too.
enum TurnMessages {
    /// Turns that are sent: a call of half an hour has some sixty.
    static let longestLog = 80

    static func messages(_ turn: DialogTurn, of business: BusinessProfile, calendar: SpokenCalendar, missing: [String], lead: [String: String])
        -> [ChatMessage]
    {
        var messages = [ChatMessage(.system, Briefing.text(of: business))]
        func add(_ role: ChatMessage.Role, _ text: String) {
            if let last = messages.indices.last, messages[last].role == role {
                messages[last].text += "\n" + text
            } else {
                messages.append(ChatMessage(role, text))
            }
        }
        var log = turn.log[...]
        if log.count > longestLog {
            // The oldest go in blocks: the beginning of the request stays the same for a while.
            log = log.dropFirst((log.count - longestLog + 19) / 20 * 20)
        }
        for entry in log {
            add(.user, words(entry.heard))
            if !entry.said.isEmpty { add(.assistant, entry.said.joined(separator: " ")) }
        }
        add(.user, situation(turn, calendar, missing: missing, lead: lead) + "\n" + words(turn.heard))
        if !turn.said.isEmpty {
            add(.assistant, turn.said.joined(separator: " "))
            add(.user, goOn)
        }
        return messages
    }

    /// What a caller did, as a model reads it.
    static func words(_ heard: Heard) -> String {
        switch heard {
        case .opening: "[the call begins]"
        // A guess of the recogniser's must not be taken for an answer, so the model does not see it.
        case .speech(let transcript) where transcript.understood && transcript.text.unicodeScalars.contains(where: isWord): plain(transcript.text)
        case .speech: "[not understood]"
        case .silence: "[silence]"
        case .interrupted: "[the line was cut]"
        case .digits(let keys): "[keys \(keys)]"
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic || scalar.properties.numericType != nil }

    /// Square brackets and lines are ours: nobody tells the model about the call by saying them.
    private static func plain(_ text: String) -> String {
        // Nearly always there is nothing to do, and the whole log passes here with every turn.
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }) else { return text }
        return text.filter { !"[]".contains($0) }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The end of a reply that was there already.
    static let nothingLeft = "סוף"
    static let goOn =
        "[your words above have been spoken. Go on right after them and repeat nothing; tools that this turn needs are still to be called. If nothing is left to say, write only: \(nothingLeft)]"
    static let sayElse =
        "[you have said exactly this in your last turn, and the caller has answered it. Take the answer, and go on in other words]"

    private static func situation(_ turn: DialogTurn, _ calendar: SpokenCalendar, missing: [String], lead: [String: String]) -> String {
        func named(_ day: CalendarDay) -> String {
            let weekday = day.weekday.map { SpokenCalendar.weekdays[$0] } ?? ""
            return weekday == "שבת" ? "\(day) שבת" : "\(day) יום \(weekday)"
        }
        let ahead = (1...7).map { named(calendar.day(after: $0)) + ($0 == 1 ? " (מחר)" : $0 == 2 ? " (מחרתיים)" : "") }
        let kept = lead.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        return """
            [now \(named(calendar.today)), \(calendar.clock); then \(ahead.joined(separator: ", "))]
            [caller's number: \(turn.caller ?? "hidden")]
            [kept: \(kept.isEmpty ? "nothing" : kept.joined(separator: "; ")). Missing: \(missing.isEmpty ? "nothing" : missing.joined(separator: ", "))]
            """
    }
}
