/// A copy of a text in the form in which texts are compared: without points, punctuation and hesitations, final letters as others, numbers as digits
/// whichever way they were said. The text itself stays as it is.
package struct MatchingForm: Sendable, Hashable, CustomStringConvertible {
    /// One word or one number.
    struct Unit: Sendable, Hashable {
        var letters: [UInt8] = []
        /// Digits, `7½`, `7:20`; empty for a word.
        var number = ""
        /// Of a number: "at five" is not "from five".
        var prefix: Prefix = []
        /// In Latin letters or anything else that is no Hebrew.
        var other = ""
    }

    let units: [Unit]

    package init(_ text: String) { units = Unitizer(SpokenText(text)).units() }

    /// The words, separated by spaces, as logs and tests show them.
    package var description: String {
        units.map { unit in
            if !unit.letters.isEmpty { return MatchingForm.text(unit.letters) }
            return unit.number.isEmpty
                ? unit.other : (unit.prefix.isDisjoint(with: [.at, .to, .from]) ? "" : MatchingForm.letter(unit.prefix)) + unit.number
        }.joined(separator: " ")
    }

    package var isEmpty: Bool { units.isEmpty }

    /// Whether two transcripts of one utterance say the same: spelling, points, "and" at the beginning, politeness and the way of writing numbers
    /// do not count; negation, prepositions and numbers do.
    package static func sameMeaning(_ left: String, _ right: String) -> Bool { MatchingForm(left).sameMeaning(as: MatchingForm(right)) }

    package func sameMeaning(as other: MatchingForm) -> Bool {
        if units == other.units { return true }
        if units.count == other.units.count,
            units.indices.allSatisfy({ MatchingForm.same(units[$0], other.units[$0], isFirst: $0 == 0) })
        {
            return true
        }
        // Words run together or apart: only where all are words.
        guard units.allSatisfy({ $0.number.isEmpty && $0.other.isEmpty }), other.units.allSatisfy({ $0.number.isEmpty && $0.other.isEmpty }),
            units.count != other.units.count
        else { return false }
        let (left, right) = (units.flatMap(\.letters), other.units.flatMap(\.letters))
        return left.count >= 5 && left == right
    }

    /// 0 to 1: the part of the longer text's words that both have in the same order.
    package func similarity(to other: MatchingForm) -> Double {
        let (rows, columns) = (units.count, other.units.count)
        guard rows > 0, columns > 0 else { return rows == columns ? 1 : 0 }
        var previous = [Int](repeating: 0, count: columns + 1)
        for row in 0..<rows {
            var current = [0]
            current.reserveCapacity(columns + 1)
            for column in 0..<columns {
                let same = MatchingForm.same(units[row], other.units[column], isFirst: row == 0 && column == 0)
                current.append(same ? previous[column] + 1 : max(previous[column + 1], current[column]))
            }
            previous = current
        }
        return Double(previous[columns]) / Double(max(rows, columns))
    }

    private static func same(_ left: Unit, _ right: Unit, isFirst: Bool) -> Bool {
        if left == right { return true }
        guard left.number == right.number, left.other == right.other else { return false }
        if !left.number.isEmpty {
            let telling: Prefix = [.at, .to, .from]
            return left.prefix.intersection(telling) == right.prefix.intersection(telling)
        }
        let (one, other) = (isFirst ? withoutAnd(left.letters) : left.letters, isFirst ? withoutAnd(right.letters) : right.letters)
        return one == other || Plene.same(one, other)
    }

    /// "ואני" begins like "אני".
    private static func withoutAnd(_ letters: [UInt8]) -> [UInt8] { letters.count > 2 && letters[0] == 6 ? Array(letters.dropFirst()) : letters }

    static func text(_ letters: [UInt8]) -> String {
        var result = ""
        for letter in letters { result += WordKey(raw: UInt64(letter)).text }
        return result
    }

    private static func letter(_ prefix: Prefix) -> String { prefix.contains(.from) ? "מ" : prefix.contains(.to) ? "ל" : "ב" }
}

/// Full and defective spelling: ו and י that stand for vowels may be missing.
enum Plene {
    static func same(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let (one, other) = (single(left), single(right))
        if one == other { return true }
        let (long, short) = one.count >= other.count ? (one, other) : (other, one)
        // Short words differ by such a letter: בית and בת, בין and בן.
        guard long.count >= 4, short.count >= 3, long.count - short.count <= 2 else { return false }
        var index = 0
        for (place, letter) in long.enumerated() {
            if index < short.count, letter == short[index] {
                index += 1
            } else if place == 0 || place == long.count - 1 || (letter != 6 && letter != 10) {
                // At the ends they are letters of their own: דוד and דודי.
                return false
            }
        }
        return index == short.count
    }

    /// תקווה as תקוה, צהריים as צהרים.
    static func single(_ letters: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for letter in letters where !(letter == result.last && (letter == 6 || letter == 10) && result.count > 1) { result.append(letter) }
        return result
    }
}

/// Cuts a sentence into the units that are compared.
private struct Unitizer {
    let text: SpokenText
    let numbers: NumberReader

    init(_ text: SpokenText) {
        self.text = text
        numbers = NumberReader(text: text)
    }

    /// Words that change nothing.
    private static let idle = Lexicon.keys("בבקשה נו פשוט")
    /// שני before a noun may be a weekday's name, and so on: words that are compared as words.
    private static let words = Lexicon.keys("שני חצי רבע שליש שבת")

    func units() -> [MatchingForm.Unit] {
        var units: [MatchingForm.Unit] = []
        var index = 0
        /// The unit before is a run of digits that goes on.
        var isRun = false
        while index < text.count {
            let token = text[index]
            if let (unit, end) = number(at: index) {
                if isRun, unit.prefix.isEmpty, let last = units.last, last.number.utf8.allSatisfy(Unitizer.isDigit),
                    unit.number.utf8.allSatisfy(Unitizer.isDigit)
                {
                    units[units.count - 1].number += unit.number
                } else {
                    units.append(unit)
                }
                isRun = true
                index = end
                continue
            }
            index += 1
            switch token.kind {
            case .mark: if !token.isMark("-") { isRun = token.isMark(",") ? isRun : false }
            case .digits:
                // More digits than a number holds, or with leading zeros.
                let digits = String(decoding: text.bytes[(token.end - token.digitCount)..<token.end], as: UTF8.self)
                if isRun, token.prefix.isEmpty, let last = units.last, last.number.utf8.allSatisfy(Unitizer.isDigit) {
                    units[units.count - 1].number += digits
                } else {
                    units.append(.init(number: digits, prefix: token.prefix))
                }
                isRun = true
            case .latin:
                units.append(.init(other: text.string(index - 1..<index).lowercased()))
                isRun = false
            case .word:
                guard !Unitizer.idle.contains(token.key) else { continue }
                units.append(.init(letters: letters(token)))
                isRun = false
            }
        }
        return units
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private func letters(_ token: SpokenToken) -> [UInt8] {
        var letters: [UInt8] = []
        var position = token.start
        while position + 1 < token.end {
            let (first, second) = (UInt32(text.bytes[position]), UInt32(text.bytes[position + 1]))
            guard first & 0xE0 == 0xC0 else {
                position += 1
                continue
            }
            let code = WordKey.code((first & 0x1F) << 6 | second & 0x3F)
            if code > 0, code <= 22 { letters.append(code) }
            position += 2
        }
        return letters
    }

    private func number(at index: Int) -> (MatchingForm.Unit, Int)? {
        let token = text[index]
        if token.kind == .word, Unitizer.words.contains(token.key) { return nil }
        // Leading zeros are digits to be kept.
        if token.kind == .digits, token.digitCount > 1, text.bytes[token.end - token.digitCount] == 0x30 { return nil }
        guard let number = numbers.number(at: index), number.denominator > 1 || number.whole != nil else { return nil }
        var unit = MatchingForm.Unit(number: written(number), prefix: number.prefix)
        var end = number.end
        // 7:30 and "שבע ועשרים".
        if number.denominator == 1, number.numerator <= 24 {
            if end + 1 < text.count, text[end].isMark(":"), text[end + 1].kind == .digits, text[end + 1].digitCount == 2,
                let minutes = text[end + 1].number
            {
                unit.number = clock(number.numerator, minutes)
                end += 2
            } else if let minutes = numbers.cardinal(at: end, allowing: [.and]), minutes.prefix == .and, let whole = minutes.whole,
                (5...59).contains(whole)
            {
                unit.number = clock(number.numerator, whole)
                end = minutes.end
            }
        }
        return (unit, end)
    }

    private func clock(_ hour: Int, _ minutes: Int) -> String {
        switch minutes {
        case 0: String(hour)
        case 15: "\(hour)¼"
        case 30: "\(hour)½"
        default: "\(hour):\(minutes)"
        }
    }

    private func written(_ number: SpokenNumber) -> String {
        if let whole = number.whole { return String(whole) }
        let (whole, rest) = (number.numerator / number.denominator, number.numerator % number.denominator)
        if rest * 2 == number.denominator { return "\(whole)½" }
        if rest * 4 == number.denominator { return "\(whole)¼" }
        return SpokenQuantity(number.numerator, over: number.denominator).description
    }
}
