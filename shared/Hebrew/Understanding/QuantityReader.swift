/// A number as a caller gave it.
package struct SpokenQuantity: Sendable, Hashable, CustomStringConvertible {
    package let numerator: Int
    package let denominator: Int
    /// Digits one by one, leading zeros kept: the number of an order, a code.
    package let digits: String?

    package init(_ numerator: Int, over denominator: Int = 1, digits: String? = nil) {
        (self.numerator, self.denominator, self.digits) = (numerator, max(denominator, 1), digits)
    }

    /// Nil when it has a fraction.
    package var whole: Int? { numerator % denominator == 0 ? numerator / denominator : nil }

    /// `1250`, `3.5`, `0.33`; a code as it was said.
    package var description: String {
        if let digits { return digits }
        if let whole { return String(whole) }
        var scaled = (abs(numerator) % denominator * 1_000_000 + denominator / 2) / denominator
        // Twelfths that are no decimals are cut at two places.
        if denominator == 12, scaled % 10_000 != 0 { scaled = (scaled + 5000) / 10_000 * 10_000 }
        var places = Digits.padded(scaled, 6)
        while places.hasSuffix("0") { places.removeLast() }
        return "\(numerator < 0 ? "-" : "")\(abs(numerator) / denominator).\(places)"
    }
}

struct QuantityReader: Sendable {
    let text: SpokenText
    let numbers: NumberReader
    private let times: TimeReader
    init(_ text: SpokenText) {
        self.text = text
        numbers = NumberReader(text: text)
        times = TimeReader(text)
    }

    private struct Found {
        var value: SpokenQuantity
        var range: Range<Int>
        var confidence: Double
        var why: String
        var alternatives: [SpokenQuantity] = []
    }

    func quantity() -> Understood<SpokenQuantity>? {
        let found = found()
        guard let best = found.first ?? collective() ?? ordinal() else { return nil }
        let others = found.dropFirst().map(\.value)
        return Understood(
            best.value, span: text.span(best.range), confidence: others.isEmpty ? best.confidence : best.confidence * 0.8, why: best.why,
            alternatives: best.alternatives + others)
    }

    /// Every reading of every number, words for so many and orders among them.
    func all() -> [SpokenQuantity] { (found() + [collective(), ordinal()].compactMap { $0 }).flatMap { [$0.value] + $0.alternatives } }

    private func found() -> [Found] {
        var found: [Found] = []
        var index = 0
        var lastEnd = 0
        while index < text.count {
            guard let next = code(at: index) ?? number(at: index) else {
                index += 1
                continue
            }
            if !found.isEmpty, Retraction(text).isCorrection(lastEnd..<max(next.range.lowerBound, lastEnd)) { found.removeLast() }
            found.append(next)
            index = next.range.upperBound
            lastEnd = index
        }
        return found
    }

    private func number(at index: Int) -> Found? {
        // 1/2 and 3/4.
        if let top = text[index].number, text[index].kind == .digits, let bottom = numbers.glued(0x2F, at: index + 1), let below = bottom.number,
            (2...12).contains(below), top < below, numbers.glued(0x2F, at: index + 3) == nil
        {
            return Found(value: SpokenQuantity(top * 12 / below, over: 12), range: index..<index + 3, confidence: 0.8, why: "a written fraction")
        }
        guard let number = numbers.number(at: index), !isName(index, number), !isTown(index) else { return nil }
        // "חדר וחצי" is one and a half.
        if number.prefix == .and, number.denominator == 12, number.numerator < 12, index > 0,
            text.has(index - 1, .countedNoun) || text.timeUnit(index - 1, .any)?.count == 1
        {
            return Found(
                value: SpokenQuantity(number.numerator + 12, over: 12), range: index - 1..<number.end, confidence: 0.85, why: "one, and a part of one"
            )
        }
        // "שלושה חדרים וחצי".
        if number.denominator == 1, number.numerator > 0, number.numerator < 1_000, times.isCounting(at: number.end),
            let part = numbers.andFraction(at: number.end + 1)
        {
            return Found(
                value: SpokenQuantity(number.numerator * 12 + part.twelfths, over: 12), range: index..<part.end, confidence: 0.9,
                why: "a number, what it counts, and a part")
        }
        var found = Found(
            value: SpokenQuantity(number.numerator, over: number.denominator), range: index..<number.end, confidence: number.isStrict ? 0.95 : 0.75,
            why: number.hasDigits ? "digits" : number.isStrict ? "a number in words" : "a number in words, an \"and\" missing")
        // "שניים שלושה" is two or three.
        if number.denominator == 1, number.numerator < 10, number.words == 1, !number.hasDigits,
            let next = numbers.number(at: number.end, allowing: [.and]),
            next.numerator == number.numerator + 1, next.prefix.isEmpty || text.has(number.end, .or)
        {
            found.alternatives = [SpokenQuantity(next.numerator)]
            found.range = index..<next.end
            (found.confidence, found.why) = (0.5, "one number or the next")
        }
        return found
    }

    /// The seven of באר שבע and of קריית שמונה.
    private func isTown(_ index: Int) -> Bool {
        guard index > 0, text[index - 1].kind == .word else { return false }
        var first = text[index - 1].key.withoutMarks
        while true {
            if Places.byFirstWord[first]?.contains(where: { $0.words.count == 2 && $0.words[1] == text[index].key.withoutMarks }) == true {
                return true
            }
            guard first.count > 2, Prefix(letter: first.first) != nil else { return false }
            first = first.dropFirst(1)
        }
    }

    /// A weekday is no number, and שני before a noun is.
    private func isName(_ index: Int, _ number: SpokenNumber) -> Bool {
        guard number.words == 1, number.numerator <= 6 else { return false }
        return text.has(index - 1, .day) && text.sense(index, .any) { if case .ordinal = $0 { true } else { nil } } != nil
    }

    /// Three single digits or more, one after the other; or "המספר" and digits in groups.
    private func code(at index: Int) -> Found? {
        guard let run = run(at: index), run.digits.count >= 3 else { return nil }
        return Found(
            value: SpokenQuantity(Int(run.digits) ?? 0, digits: run.digits.first == "0" ? run.digits : nil), range: index..<run.end, confidence: 0.8,
            why: "digits one by one")
    }

    private func run(at index: Int) -> (digits: String, end: Int)? {
        var (digits, end, count) = ("", index, 0)
        while end < text.count, digits.count < 18 {
            if let unit = numbers.unit(end, digits.isEmpty ? .any : [.and]), unit.value < 10, !numbers.isTeenTail(end + 1),
                numbers.number(at: end)?.words == 1
            {
                digits += String(unit.value)
                count += 1
            } else if !digits.isEmpty, text[end].kind == .digits, text[end].digitCount == 1, text[end].prefix.isEmpty {
                digits += String(text[end].number ?? 0)
                count += 1
            } else if !digits.isEmpty, text[end].isMark(",") || text[end].isMark("-"), end + 1 < text.count {
                end += 1
                continue
            } else {
                break
            }
            end += 1
        }
        // "שלוש ארבע חמש" in words only; two digits are a choice.
        return count >= 3 ? (digits, end) : nil
    }

    /// "זוג", "פעמיים", "שלושתנו".
    private func collective() -> Found? {
        for index in 0..<text.count {
            for (value, words) in QuantityReader.collectives where text.isWord(index, words) {
                return Found(value: SpokenQuantity(value), range: index..<index + 1, confidence: 0.6, why: "a word for so many")
            }
        }
        return nil
    }

    private static let collectives: [(Int, Set<WordKey>)] = [
        (2, Lexicon.keys("זוג פעמיים שניהם שתיהן שנינו שתינו")), (3, Lexicon.keys("שלושתנו שלושתם")), (4, Lexicon.keys("ארבעתנו ארבעתם")),
    ]

    /// "קומה שלישית": an order answers too, if nothing else does.
    private func ordinal() -> Found? {
        for index in 0..<text.count where !text.has(index - 1, .day) && !text.has(index - 1, .days) {
            guard let found = text.sense(index, .any, { if case .ordinal(let value) = $0 { value } else { nil } }) else { continue }
            return Found(value: SpokenQuantity(found.value), range: index..<index + 1, confidence: 0.5, why: "an ordinal")
        }
        return nil
    }
}
