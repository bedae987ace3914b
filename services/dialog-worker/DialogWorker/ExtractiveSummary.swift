import Business
import CallVocabulary

/// The summary of a call without any model: what is in the lead and in the log, put in order. Nothing is invented.
package enum ExtractiveSummary {
    /// - Parameter lead: values as the business stores them, by field name.
    /// - Returns: Hebrew lines: subject, details, what the caller said, outcome, status, next step.
    package static func text(business: BusinessProfile, log: [TurnEntry], lead: [String: String], outcome: CallOutcome) -> String {
        let script = business.receptionist
        var lines = ["נושא: \(lead[script.subject] ?? "לא נמסר")"]
        lines.append("פרטים: " + details(business, lead))
        let said = log.compactMap { entry -> String? in
            switch entry.heard {
            case .speech(let transcript): transcript.understood && !transcript.text.isEmpty ? "\"\(transcript.text)\"" : nil
            case .digits(let keys): "הקשות \(keys)"
            case .opening, .silence, .interrupted: nil
            }
        }
        lines.append("דברי הלקוח: " + (said.isEmpty ? "לא נשמעו דברים ברורים" : said.joined(separator: ", ")))
        let unclear = log.count { entry in
            if case .speech(let transcript) = entry.heard { !transcript.understood } else { false }
        }
        if unclear > 0 { lines.append(unclear == 1 ? "תשובה אחת לא הובנה" : "תשובות שלא הובנו: \(unclear)") }
        lines.append("תוצאה: \(name(of: outcome))")
        if let status = business.status(of: outcome) {
            lines.append("סטטוס: \(status.name)")
            lines.append("המשך: \(status.nextStep)")
        }
        return lines.joined(separator: "\n")
    }

    /// The lead in the order and with the titles of the business.
    static func details(_ business: BusinessProfile, _ lead: [String: String]) -> String {
        let fields = business.receptionist.fields
        let own = fields.compactMap { field in lead[field.name].map { "\(field.title): \($0)" } }
        // A field of a model that the script does not know is still something the caller said.
        let known = Set(fields.map(\.name))
        let titles = [LeadBook.phone: "טלפון", LeadBook.notes: "הערות"]
        let others = lead.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.map { "\(titles[$0.key] ?? $0.key): \($0.value)" }
        return own.isEmpty && others.isEmpty ? "לא נמסרו" : (own + others).joined(separator: ", ")
    }

    static func name(of outcome: CallOutcome) -> String {
        switch outcome {
        case .served: "הפנייה טופלה והשיחה הסתיימה"
        case .callbackPromised: "הובטחה שיחה חוזרת"
        case .callerHungUp: "הלקוח ניתק לפני הסיום"
        case .unserved: "השיחה הסתיימה בלי סיכום עם הלקוח"
        case .maximumDuration: "השיחה הגיעה לאורך המרבי"
        case .fallback: "תקלה באמצע השיחה, הושמעה הודעה"
        case .failed: "השיחה נכשלה"
        case .transferred: "השיחה הועברה לנציג"
        case .busy: "כל הקווים היו תפוסים"
        }
    }
}
