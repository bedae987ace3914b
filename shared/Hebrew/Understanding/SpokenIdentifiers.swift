/// Telephone numbers said or written in a sentence.
struct SpokenPhoneReader: Sendable {
    let text: SpokenText
    init(_ text: SpokenText) { self.text = text }

    func phone() -> Understood<PhoneNumber>? {
        var found: [Understood<PhoneNumber>] = []
        var lastEnd = 0
        for run in DigitRunReader(text).runs() {
            guard let phone = phone(in: run) else { continue }
            if Retraction(text).isCorrection(lastEnd..<run.start), !found.isEmpty { found.removeLast() }
            found.append(phone)
            lastEnd = run.end
        }
        guard let best = found.first(where: { $0.confidence > 0.6 }) ?? found.first else { return nil }
        return Understood(
            best.value, span: best.span, confidence: best.confidence, why: best.why, alternatives: best.alternatives + found.map(\.value))
    }

    private func phone(in run: DigitRun) -> Understood<PhoneNumber>? {
        var readings: [(phone: PhoneNumber, penalty: Int)] = []
        for (chunks, penalty) in SpokenPhoneReader.wholes(run) {
            for spelling in DigitRun.spellings(chunks) {
                guard let phone = parse(spelling.digits, run) else { continue }
                readings.append((phone, spelling.penalty + penalty))
            }
            if !readings.isEmpty { break }
        }
        if readings.isEmpty { readings = pieced(run) }
        guard let best = readings.enumerated().min(by: { ($0.element.penalty, $0.offset) < ($1.element.penalty, $1.offset) })?.element else {
            return nil
        }
        if best.phone.kind == .short || best.phone.kind == .emergency {
            guard isAlone(run), !TimeReader(text).isCounting(at: run.end) else { return nil }
        }
        let others = readings.filter { $0.phone != best.phone }.sorted { $0.penalty < $1.penalty }.map(\.phone)
        let isPlain = best.penalty == 0 && others.isEmpty
        return Understood(
            best.phone, span: text.span(run.start..<run.end),
            confidence: best.phone.kind == .short || best.phone.kind == .emergency ? 0.6 : isPlain ? 0.97 : best.penalty == 0 ? 0.9 : 0.75,
            why: run.parts.count > 1 ? "a corrected number: \(best.phone.kind.rawValue)" : "digits that make a number: \(best.phone.kind.rawValue)",
            alternatives: others)
    }

    private func parse(_ digits: String, _ run: DigitRun) -> PhoneNumber? {
        let sign = run.hasPlus ? "+" : run.hasStar ? "*" : ""
        if let phone = try? PhoneNumber(parsing: sign + digits) { return phone }
        // Said twice in one breath.
        let half = digits.prefix(digits.count / 2)
        return half.count >= 9 && half + half == digits ? try? PhoneNumber(parsing: sign + half) : nil
    }

    /// What was said as one number: everything, or what came after a correction, or from a zero on.
    private static func wholes(_ run: DigitRun) -> [(chunks: [DigitRun.Chunk], penalty: Int)] {
        guard run.parts.count == 1 else { return run.parts.last.map { [($0, 1)] } ?? [] }
        let chunks = run.parts[0]
        var wholes: [(chunks: [DigitRun.Chunk], penalty: Int)] = [(chunks, 0)]
        // Another number may stand right before it.
        for start in chunks.indices.dropFirst().prefix(6) where chunks[start].options.contains(where: { $0.digits.hasPrefix("0") }) {
            wholes.append((Array(chunks[start...]), 2))
        }
        return wholes
    }

    /// A correction of some digits: what was said before, without as many of its last digits as the length of a number asks for.
    private func pieced(_ run: DigitRun) -> [(phone: PhoneNumber, penalty: Int)] {
        guard run.parts.count > 1 else { return [] }
        var spoken = DigitRun.spellings(run.parts[0]).prefix(4).map(\.digits)
        for part in run.parts.dropFirst() {
            let ends = DigitRun.spellings(part).prefix(4).map(\.digits)
            spoken = spoken.flatMap { begin in
                ends.compactMap { end -> String? in
                    guard begin.hasPrefix("0"), begin.count >= 3 else { return nil }
                    let length = begin.hasPrefix("05") || begin.hasPrefix("07") ? 10 : 9
                    let keep = length - end.count
                    guard keep >= 2 else { return nil }
                    // Too few digits yet: the rest comes with the next part, and the last group was the wrong one.
                    return keep <= begin.count ? String(begin.prefix(keep)) + end : String(begin.dropLast(min(end.count, begin.count - 2))) + end
                }
            }
        }
        return spoken.compactMap { digits in parse(digits, run).map { ($0, 3) } }
    }

    private func isAlone(_ run: DigitRun) -> Bool {
        let around = Array(0..<run.start) + Array(run.end..<text.count)
        return around.allSatisfy { text[$0].kind == .mark || Neutral.words.contains(text[$0].key) || text.isWord($0, SpokenPhoneReader.callWords) }
    }

    private static let callWords = Lexicon.keys("מספר המספר טלפון הטלפון חייגו תחייגו תתקשר תתקשרי תתקשרו להתקשר למספר מוקד למוקד שלי שלו הוא")
}

/// Israeli identity numbers.
package enum IdentityNumber {
    /// The last of nine digits makes the sum of all right: every second digit doubled, digits of the products added.
    package static func isValid(_ digits: String) -> Bool {
        let values = digits.utf8.map { Int($0) - 0x30 }
        guard values.count == 9, values.allSatisfy({ (0...9).contains($0) }), values.contains(where: { $0 != 0 }) else { return false }
        let sum = values.enumerated().reduce(0) { sum, item in
            let product = item.element * (item.offset % 2 + 1)
            return sum + (product > 9 ? product - 9 : product)
        }
        return sum % 10 == 0
    }
}

struct IdentityReader: Sendable {
    let text: SpokenText
    init(_ text: SpokenText) { self.text = text }

    /// Nine digits whose check digit is right. Eight have lost a leading zero; fewer only where an identity number is announced.
    func identity() -> Understood<String>? {
        let isAnnounced = text.tokens.indices.contains { text.isWord($0, IdentityReader.names) }
        var best: Understood<String>?
        for run in DigitRunReader(text).runs() where !run.hasPlus && !run.hasStar {
            var found: [(id: String, penalty: Int, padding: Int)] = []
            for chunks in IdentityReader.wholes(run) {
                for spelling in DigitRun.spellings(chunks) {
                    let padding = 9 - spelling.digits.count
                    guard padding >= 0, padding <= (isAnnounced ? 4 : 1) else { continue }
                    let id = String(repeating: "0", count: padding) + spelling.digits
                    if IdentityNumber.isValid(id) { found.append((id, spelling.penalty, padding)) }
                }
                if !found.isEmpty { break }
            }
            if found.isEmpty { found = pieced(run) }
            guard let first = found.enumerated().min(by: { ($0.element.penalty, $0.offset) < ($1.element.penalty, $1.offset) })?.element else {
                continue
            }
            let result = Understood(
                first.id, span: text.span(run.start..<run.end), confidence: first.padding > 0 ? 0.7 : first.penalty == 0 ? 0.95 : 0.8,
                why: first.padding > 0
                    ? "fewer than nine digits, the check digit is right with zeros before them" : "nine digits and their check digit",
                alternatives: found.map(\.id))
            if best == nil || run.parts.count > 1 || result.confidence > best?.confidence ?? 0 { best = result }
        }
        return best
    }

    private static let names = Lexicon.keys("זהות הזהות ת\"ז תז תעודת מספרזהות בתז")

    private static func wholes(_ run: DigitRun) -> [[DigitRun.Chunk]] {
        guard run.parts.count == 1 else { return run.parts.last.map { [$0] } ?? [] }
        return [run.parts[0]]
    }

    /// A correction of some digits.
    private func pieced(_ run: DigitRun) -> [(id: String, penalty: Int, padding: Int)] {
        guard run.parts.count == 2 else { return [] }
        var found: [(id: String, penalty: Int, padding: Int)] = []
        for begin in DigitRun.spellings(run.parts[0]).prefix(4) {
            for end in DigitRun.spellings(run.parts[1]).prefix(4) {
                let keep = 9 - end.digits.count
                guard keep > 0, keep <= begin.digits.count else { continue }
                let id = String(begin.digits.prefix(keep)) + end.digits
                if IdentityNumber.isValid(id) { found.append((id, 3, 0)) }
            }
        }
        return found
    }
}
