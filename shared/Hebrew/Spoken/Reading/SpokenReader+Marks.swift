/// Marks and signs.
extension SpokenReader {
    mutating func readSymbol() {
        let token = tokens[index]
        switch token.text {
        case ".": readDots()
        case ",", ";", ":", "!", "?":
            if let mark = token.text.unicodeScalars.first { out.mark(mark) }
            index += 1
        case "-", "–", "−": readDash()
        case "(": readBracket()
        case ")", "[", "]", "{", "}", "|", "•":
            out.pause()
            index += 1
        case "/": readSlashBetweenWords()
        case "&":
            index += 1
            if tokens.indices.contains(index), tokens[index].kind == .word { out.glue("ו") } else { out.word("אנד") }
        case "°" where isNumberStart(index): readNumber(index, NumberPrefix())
        case "+", "=", "×", "÷", "±", "≈", "~", "≤", "≥", "°", "№", "@": readSign(token.text)
        case "*", "#": readKey(token.text)
        default:
            if isNumberStart(index) { return readNumber(index, NumberPrefix()) }
            if token.text == "%" { out.word("אחוז") }
            if token.text == "²" || token.text == "³", digits(index - 1) != nil { out.word(token.text == "²" ? "בריבוע" : "בשלישית") }
            if let currency = CountedUnit.currencySigns[token.text] { out.word(currency.many) }
            index += 1
        }
    }

    /// Dots that trail off are a pause within a line and an end at its end.
    private mutating func readDots() {
        var end = index
        // "v2.5".
        if let before = token(index - 1), before.kind == .latin, before.text.unicodeScalars.last?.isDigit == true, isTight(index),
            digits(index + 1) != nil, isTight(index + 1)
        {
            out.word("נקודה")
            index += 1
            return
        }
        while isSymbol(end, ".") { end += 1 }
        let isLast = token(end) == nil || token(end)?.kind == .lineEnd
        out.mark(end - index == 1 || isLast ? "." : ",")
        index = end
    }

    private mutating func readDash() {
        let token = tokens[index]
        let before = self.token(index - 1)
        if isNumberStart(index + 1), isTight(index + 1), before == nil || token.spaced && before?.kind != .digits || before?.text == "(" {
            out.word("מינוס")
            index += 1
            return readNumber(index, NumberPrefix())
        }
        index += 1
        guard let next = self.token(index) else { return }
        // ראשון-חמישי, ינואר-מרץ, ינואר 2026 - מרץ 2026.
        if let second = word(index), let first = word(index - 2) ?? word(index - 3) {
            let days = SpokenContext.bare(first) { SpokenContext.weekdayNames.contains($0) } != nil && SpokenContext.weekdayNames.contains(second)
            let months = SpokenContext.bare(first) { SpokenCalendar.months.contains($0) } != nil && SpokenCalendar.months.contains(second)
            if days || months { return out.word("עד") }
        }
        // "8 בבוקר - 8 בערב".
        if let part = word(index - 2), SpokenContext.dayParts.contains(part), digits(index) != nil { return out.word("עד") }
        if token.spaced || next.spaced { out.pause() }
    }

    /// "לקוח(ה)" is one word; other brackets are pauses.
    private mutating func readBracket() {
        if isTight(index), word(index - 1) != nil, let ending = word(index + 1), Self.endings.contains(ending), isSymbol(index + 2, ")") {
            index += 3
            return
        }
        // (03) 1234567
        if digits(index + 1) != nil, isSymbol(index + 2, ")"), readPhone(index, NumberPrefix()) { return }
        out.pause()
        index += 1
    }

    private static let endings: Set<String> = ["ה", "ת", "ים", "ות", "ית", "י", "ן", "יות"]

    /// "מעוניין/ת" is one word, "כן/לא" is a choice.
    private mutating func readSlashBetweenWords() {
        index += 1
        guard let next = word(index), isTight(index), isTight(index - 1) else { return out.pause() }
        if Self.endings.contains(next) {
            index += 1
        } else if next != "או" {
            out.word("או")
        }
    }

    private mutating func readSign(_ sign: String) {
        index += 1
        switch sign {
        case "+":
            if isNumberStart(index - 1), isTight(index), readPhone(index - 1, NumberPrefix()) { return }
            out.word("פלוס")
        case "=": out.word("שווה")
        case "×": out.word(digits(index - 2) != nil && digits(index) != nil ? "על" : "כפול")
        case "÷": out.word("חלקי")
        case "±": out.word("פלוס מינוס")
        case "≈": out.word("בערך")
        case "~": if isNumberStart(index) { out.word("בערך") }
        case "≤": out.word("עד")
        case "≥": out.word("לפחות")
        case "°": out.word("מעלות")
        case "№": out.word("מספר")
        default: out.word("שטרודל")
        }
    }

    /// The keys of a telephone, where the words before speak of pressing them.
    private mutating func readKey(_ key: String) {
        if key == "*", isNumberStart(index), isTight(index + 1) { return readNumber(index, NumberPrefix()) }
        index += 1
        // "קוד 12#".
        if key == "#", digits(index - 2) != nil, isTight(index - 1) { return out.word("סולמית") }
        if digits(index) != nil, isTight(index) {
            if key == "#" { out.word("מספר") }
        } else if word(index) == nil || !isTight(index) {
            let pressed = wordsBefore(index - 1, reach: 4).contains { SpokenContext.pressed.contains($0) }
            if pressed { out.word(key == "*" ? "כוכבית" : "סולמית") }
        }
    }
}
