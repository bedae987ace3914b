/// Digits said one after the other or in groups, as telephone and identity numbers are: "אפס חמישים ושתיים, שלוש מאות, כפול ארבע".
struct DigitRun: Sendable {
    var start: Int
    var end: Int
    /// Parts between words that take something back; one part if nothing was.
    var parts: [[Chunk]] = [[]]
    var hasPlus = false
    var hasStar = false
    var hasWords = false

    /// One group, with every way to write it and how unlikely that is. `<` repeats the digit before.
    struct Chunk: Sendable {
        var options: [(digits: String, penalty: Int)]
    }

    /// More than any number has.
    private static let mostDigits = 24

    /// All ways to write these groups, the likeliest first; bounded, whatever was said.
    static func spellings(_ chunks: [Chunk]) -> [(digits: String, penalty: Int)] {
        var results: [(digits: String, penalty: Int)] = [("", 0)]
        for chunk in chunks {
            var next: [(digits: String, penalty: Int)] = []
            for result in results {
                for option in chunk.options where result.digits.utf8.count + option.digits.utf8.count <= DigitRun.mostDigits {
                    var digits = result.digits
                    for character in option.digits {
                        if character == "<" { if let last = digits.last { digits.append(last) } } else { digits.append(character) }
                    }
                    next.append((digits, result.penalty + option.penalty))
                }
            }
            // Stable, so that equal ones stay in the order in which they were said.
            results = Array(next.enumerated().sorted { ($0.element.penalty, $0.offset) < ($1.element.penalty, $1.offset) }.prefix(64).map(\.element))
        }
        return results
    }
}

struct DigitRunReader: Sendable {
    let text: SpokenText
    let numbers: NumberReader

    init(_ text: SpokenText) {
        self.text = text
        numbers = NumberReader(text: text)
    }

    func runs() -> [DigitRun] {
        var runs: [DigitRun] = []
        var index = 0
        while index < text.count {
            if let run = run(at: index) {
                runs.append(run)
                index = run.end
            } else {
                index += 1
            }
        }
        return runs
    }

    func run(at start: Int) -> DigitRun? {
        var run = DigitRun(start: start, end: start)
        var index = start
        var idle = 0
        while index < text.count {
            if isPlus(index) {
                guard run.end == start else { break }
                run.hasPlus = true
                index += 1
            } else if isStar(index) {
                run.hasStar = true
                index += 1
                if run.end > start { run.end = index }
            } else if let chunk = chunk(at: index) {
                run.parts[run.parts.count - 1].append(chunk.chunk)
                run.hasWords = run.hasWords || text[index].kind == .word
                index = chunk.end
                run.end = index
                idle = 0
            } else if run.end > start, idle < 4, let end = correction(at: index) {
                if run.parts.last?.isEmpty == false { run.parts.append([]) }
                index = end
                idle += 1
            } else if run.end > start, idle < 4, isBetween(index) {
                index += 1
                idle += 1
            } else {
                break
            }
        }
        if run.parts.last?.isEmpty == true { run.parts.removeLast() }
        return run.end > start && !run.parts.isEmpty ? run : nil
    }

    private func isPlus(_ index: Int) -> Bool { text[index].isMark("+") || text.has(index, .plus, [.and]) }
    private func isStar(_ index: Int) -> Bool { text[index].isMark("*") || text.has(index, .star, [.and, .the, .to]) }

    /// "לא סליחה", "רגע טעיתי".
    private func correction(at index: Int) -> Int? {
        var end = index
        var isOne = false
        while end < text.count, end - index < 4 {
            if text.has(end, .correction, [.and]) || text.has(end, .sorry, [.and]) || text.has(end, .no, []) {
                isOne = true
            } else if !text.has(end, .wait, [.and]), !text[end].isMark(",") {
                break
            }
            end += 1
        }
        return isOne ? end : nil
    }

    private func isBetween(_ index: Int) -> Bool {
        let token = text[index]
        if token.kind == .mark { return "-.,/()|:".unicodeScalars.contains { token.isMark($0) } }
        return text.has(index, .dash, [.and]) || text.has(index, .point, [.and]) || text.isWord(index, DigitRunReader.links)
    }

    private static let links = Lexicon.keys(
        """
        והמספר המספר מספר הוא ואז אז אחרכך כך אחר ואחר אחרי זה ועוד עוד כן קידומת ו בסוף ולסיום ואחרי ובסוף רגע שנייה שניה בסדר אוקיי המשך ממשיך
        ממשיכה
        """
    )

    // MARK: - Groups

    private func chunk(at index: Int) -> (chunk: DigitRun.Chunk, end: Int)? {
        if text.has(index, .double, [.and]) || text.has(index, .twice, [.and]) { return repeated(index, index + 1, 2) }
        if text.has(index, .triple, [.and]) { return repeated(index, index + 1, 3) }
        // "שלוש פעמים שבע".
        if let count = numbers.unit(index, [.and]), (2...5).contains(count.value),
            text.has(index + 1, .times, []) || text.has(index + 1, .twice, []) && text.isWord(index + 1, DigitRunReader.times)
        {
            return repeated(index, index + 2, count.value, literal: String(count.value))
        }
        let token = text[index]
        if token.kind == .digits {
            let digits = String(decoding: text.bytes[(token.end - token.digitCount)..<token.end], as: UTF8.self)
            // More than any number has: not worth a spelling.
            guard token.digitCount <= 20 else { return nil }
            return (DigitRun.Chunk(options: [(digits, 0)]), index + 1)
        }
        guard token.kind == .word else { return nil }
        return group(at: index)
    }

    private static let times = Lexicon.keys("פעמים")

    /// "כפול שבע" repeats what follows, "שבע כפול" what came before.
    private func repeated(_ start: Int, _ at: Int, _ count: Int, literal: String? = nil) -> (chunk: DigitRun.Chunk, end: Int)? {
        let back = String(repeating: "<", count: count - 1)
        if let unit = numbers.unit(at, []), unit.value < 10, !numbers.isTeenTail(at + 1) {
            let ahead = String(repeating: String(unit.value), count: count)
            return (DigitRun.Chunk(options: [(ahead, 0), (back + String(unit.value), 2)]), at + 1)
        }
        if at < text.count, text[at].kind == .digits, text[at].digitCount == 1, let digit = text[at].number {
            return (DigitRun.Chunk(options: [(String(repeating: String(digit), count: count), 0), (back + String(digit), 2)]), at + 1)
        }
        // "Fifty twice" repeats the group.
        if let next = group(at: at), let first = next.chunk.options.first, first.digits.count == 2, literal == nil || start + 2 == at {
            return (DigitRun.Chunk(options: [(String(repeating: first.digits, count: count), 0)]), next.end)
        }
        guard start > 0 else { return nil }
        return (DigitRun.Chunk(options: [(back, 0)]), at)
    }

    private func group(at index: Int) -> (chunk: DigitRun.Chunk, end: Int)? {
        guard let number = numbers.cardinal(at: index), number.denominator == 1, !number.hasDigits else { return nil }
        // Money and people are counted, numbers of a telephone are not.
        let value = number.numerator
        var options: [(digits: String, penalty: Int)] = [(String(value), 0)]
        if number.scale == 1 {
            let (tens, units) = (value % 100 / 10 * 10, value % 10)
            if value > 20, value < 100, units > 0 {
                // "חמישים שתיים" may be 502 as well.
                options = number.isStrict ? [(String(value), 0), ("\(tens)\(units)", 3)] : [(String(value), 1), ("\(tens)\(units)", 0)]
            } else if value > 100, value % 100 > 0 {
                let rest = value % 100
                let hundreds = value - rest
                options = [(String(value), number.isStrict ? 0 : 1), ("\(hundreds)\(rest)", 2)]
                if rest > 20, units > 0 {
                    // "תשע מאות שלושים אחת" without an "and" is 930 and 1.
                    options += [("\(value - units)\(units)", number.isStrict ? 3 : 0), ("\(hundreds)\(tens)\(units)", 4)]
                }
            } else if (11...19).contains(value), number.words == 2 {
                // "חמש עשרה" is 15, and seldom 5 and 10.
                options.append(("\(value - 10)10", 4))
            }
        } else if number.numerator >= 10_000 {
            // "שנים עשר אלף שלוש מאות": 12300.
            options = [(String(value), 1)]
        }
        return (DigitRun.Chunk(options: options), number.end)
    }
}
