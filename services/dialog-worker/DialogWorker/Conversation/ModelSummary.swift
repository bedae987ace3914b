import Business
import CallVocabulary

/// The summary of a call as a model writes it: what it is asked, and what is made of its answer.
///
/// The model tells what the call was about and what the caller said. What is known for certain, the lead and the outcome, is put in from there,
/// the status is one of the business's own, numbers that were left out are added, and an answer with numbers that nobody said is thrown away.
struct ModelSummary {
    private let request: SummaryRequest
    private static let subject = "נושא"
    private static let words = "דברי הלקוח"
    private static let next = "המשך"
    private static let status = "סטטוס"
    /// A page: an owner reads it on a telephone.
    private static let longest = 2_000

    init(_ request: SummaryRequest) { self.request = request }

    /// nil: the caller has said nothing that a model could sum up.
    var question: ChatRequest? {
        guard !spoken.isEmpty else { return nil }
        let statuses = request.business.statuses.map { "\($0.name) (\($0.nextStep))" }.joined(separator: "; ")
        let system = """
            You sum up a finished telephone call of the business "\(request.business.name)" for its owner, in plain Hebrew. Write exactly these four \
            lines, each beginning with its Hebrew title and a colon, and nothing else:
            \(Self.subject): what the call was about, in one short sentence
            \(Self.words): everything that the caller said that matters: all numbers, days, hours, names, amounts and items, in digits as far as \
            they were said, in one to four sentences
            \(Self.next): what the business has to do now
            \(Self.status): one of: \(statuses). Only the name, without what stands in brackets
            Nothing that was not said. No markup. Lines in square brackets are about the call.
            """
        var lines: [String] = []
        for entry in request.log {
            lines.append("caller: " + TurnMessages.words(entry.heard))
            if !entry.said.isEmpty { lines.append("receptionist: " + entry.said.joined(separator: " ")) }
        }
        let kept = request.lead.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        lines.append("[kept: \(kept.isEmpty ? "nothing" : kept.joined(separator: "; "))]")
        lines.append("[outcome: \(ExtractiveSummary.name(of: request.outcome))]")
        var question = ChatRequest(
            messages: [ChatMessage(.system, system), ChatMessage(.user, lines.joined(separator: "\n"))], cacheKey: request.business.id.rawValue)
        question.tokenLimit = 700
        return question
    }

    /// - Returns: nil when the answer cannot be used.
    func text(from answer: String) -> String? {
        let parts = Self.parts(answer)
        guard let subject = parts[Self.subject], let words = parts[Self.words], answer.count <= Self.longest, !inventsNumbers(answer) else {
            return nil
        }
        let named = parts[Self.status].map(PhraseForm.words)
        let own = request.business.status(of: request.outcome)
        let status = request.business.statuses.first { PhraseForm.words($0.name) == named } ?? own
        var lines = ["\(Self.subject): \(subject)"]
        lines.append("פרטים: " + ExtractiveSummary.details(request.business, request.lead))
        lines.append("\(Self.words): \(words)")
        let forgotten = spoken.flatMap(Self.numbers).filter { number in !Self.numbers(subject + " " + words).contains { Self.same($0, number) } }
        if !forgotten.isEmpty {
            var seen: Set<String> = []
            lines.append("מספרים שנאמרו: " + forgotten.filter { seen.insert($0).inserted }.joined(separator: ", "))
        }
        lines.append("תוצאה: \(ExtractiveSummary.name(of: request.outcome))")
        if let status {
            lines.append("\(Self.status): \(status.name)")
            lines.append("\(Self.next): \(parts[Self.next] ?? status.nextStep)")
        }
        return lines.joined(separator: "\n")
    }

    // MARK: - Reading the answer

    /// What the caller said, of understood utterances and keys.
    private var spoken: [String] {
        request.log.compactMap { entry in
            switch entry.heard {
            case .speech(let transcript) where transcript.understood && !transcript.text.isEmpty: transcript.text
            case .digits(let keys): keys
            default: nil
            }
        }
    }

    private static func parts(_ answer: String) -> [String: String] {
        let titles = [subject, words, next, status]
        var parts: [String: String] = [:]
        var open: String?
        for line in answer.split(whereSeparator: \.isNewline) {
            guard let line = SpokenText.cleaned(line) else { continue }
            if let title = titles.first(where: { line.hasPrefix($0 + ":") }) {
                open = title
                let text = line.dropFirst(title.count + 1).drop(while: \.isWhitespace)
                if !text.isEmpty { parts[title] = String(text) }
            } else if let open {
                parts[open] = parts[open].map { $0 + " " + line } ?? line
            }
        }
        return parts
    }

    /// Runs of digits with what may stand inside a number, a date, an hour or a telephone number.
    private static func numbers(_ text: String) -> [String] {
        text.split { !($0.isASCII && $0.isNumber || ".,:/-".contains($0)) }.map { run in
            var run = run
            while let first = run.first, !first.isNumber { run.removeFirst() }
            while let last = run.last, !last.isNumber { run.removeLast() }
            return String(run)
        }.filter { !$0.isEmpty }
    }

    private static func digits(_ text: String) -> String { text.filter(\.isNumber) }
    private static func same(_ left: String, _ right: String) -> Bool { digits(left) == digits(right) }

    /// A number of four digits or more that is not in the call: a telephone number or an amount of the model's own.
    private func inventsNumbers(_ answer: String) -> Bool {
        let said = request.log.flatMap(\.said)
        let words = (spoken + said).flatMap(PhraseForm.words)
        var known = [SpokenNumbers.digits(in: words)] + (spoken + said + Array(request.lead.values)).map(Self.digits)
        // "0501234567" of "+972501234567".
        known += request.lead.values.filter { $0.hasPrefix("+972") }.map { "0" + $0.dropFirst(4) }
        let mayBeLarge = SpokenNumbers.areIn(words)
        return Self.numbers(answer).map(Self.digits).contains { number in
            // "שני מיליון" becomes 2000000.
            number.count >= 4 && !known.contains { $0.contains(number) } && !(mayBeLarge && number.hasSuffix("00"))
        }
    }
}
