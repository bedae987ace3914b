/// Dates in figures, and what is written with a slash.
extension SpokenReader {
    private struct WrittenDate {
        var day: Int
        var month: Int
        var year: Int?
        var end: Int
        /// Both parts have two figures and the month a zero: hardly a decimal.
        var isPadded = false
    }

    mutating func readDate(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let first = digits(place), first.utf8.count <= 4 else { return false }
        if let date = isoDate(place) {
            sayDate(date, prefix)
            readClockOfISO()
            return true
        }
        // "3/6/12 חודשים" is a choice.
        if let date = fullDate(place),
            !(isSymbol(place + 1, "/") && digits(place + 4)?.utf8.count == 2 && countedNoun(place + 5, isOne: false) != nil)
        {
            sayDate(date, prefix)
            // "10.2.2026-12.2.2026" and "10.2.2026 - 12.2.2026".
            if isDash(index), let next = fullDate(index + 1) ?? shortDate(index + 1) { sayRangeEnd(next) }
            return true
        }
        if readDayRange(place, prefix) || readMonthOfYear(place, prefix) { return true }
        guard let date = shortDate(place), !isCounted(date.end), isDateHere(date, place, prefix) || isDateRange(date) else { return false }
        sayDate(date, prefix)
        if isDash(index), let next = fullDate(index + 1) ?? shortDate(index + 1) { sayRangeEnd(next) }
        return true
    }

    private mutating func sayRangeEnd(_ date: WrittenDate, isBetween: Bool = false) {
        if !isBetween { out.word("עד") }
        sayDate(date, NumberPrefix(outer: isBetween ? "ל" : ""))
    }

    private mutating func sayDate(_ date: WrittenDate, _ prefix: NumberPrefix) {
        index = date.end
        dateEnd = index
        let day = SpokenCalendar.day(date.day, definite: prefix.isDefinite)
        var text = day + " ב" + SpokenCalendar.months[date.month - 1]
        if let year = date.year {
            text += " " + Cardinal.words(year)
            if options.calendar != .gregorian, let hebrew = HebrewDateWords.words(day: date.day, month: date.month, year: year) {
                text = options.calendar == .hebrew ? hebrew : text + ", " + hebrew
            }
        }
        out.glue(prefix.outer)
        out.word(text)
    }

    // MARK: - Forms

    /// 2026-02-15, 2026/02/15.
    private func isoDate(_ place: Int) -> WrittenDate? {
        guard let year = digits(place), year.utf8.count == 4, let separator = token(place + 1), ["-", "/", "."].contains(separator.text) else {
            return nil
        }
        guard let month = digits(place + 2), isSymbol(place + 3, separator.text), let day = digits(place + 4), month.utf8.count == 2,
            day.utf8.count == 2
        else {
            return nil
        }
        guard (1...4).allSatisfy({ isTight(place + $0) }), let year = SpokenCalendar.year(year), let month = Int(month), let day = Int(day) else {
            return nil
        }
        guard SpokenCalendar.isValid(day: day, month: month), !continues(place + 5, separator.text) else { return nil }
        return WrittenDate(day: day, month: month, year: year, end: place + 5)
    }

    /// The time behind an ISO date, with seconds and zone, which are not said.
    private mutating func readClockOfISO() {
        guard let token = token(index), token.kind == .latin, !token.spaced, token.text.utf8.count == 3, token.text.first == "T" else { return }
        guard let hour = Int(token.text.dropFirst()), hour < 24, isSymbol(index + 1, ":"), let minutes = digits(index + 2), isTight(index + 2) else {
            return
        }
        guard let minute = Int(minutes), minutes.utf8.count == 2, minute < 60 else { return }
        out.word("בשעה")
        out.word(ClockWords.words(hour: hour, minute: minute, style: options.clock, part: options.namesDayPart))
        index += 3
        clockEnd = index
        clockIsKnown = true
        if isSymbol(index, ":"), isTight(index), digits(index + 1) != nil { index += 2 }
        if isSymbol(index, "."), isTight(index), digits(index + 1) != nil, isTight(index + 1) { index += 2 }
        if let zone = self.token(index), zone.kind == .latin, zone.text == "Z", !zone.spaced { index += 1 }
        guard isSymbol(index, "+") || isSymbol(index, "-"), isTight(index), digits(index + 1) != nil, isTight(index + 1) else { return }
        index += isSymbol(index + 2, ":") && isTight(index + 2) && digits(index + 3) != nil ? 4 : 2
    }

    /// 15.2.2026, 15/02/26, 15-2-2026.
    private func fullDate(_ place: Int) -> WrittenDate? {
        guard let day = digits(place), day.utf8.count <= 2, let separator = token(place + 1), [".", "/", "-"].contains(separator.text) else {
            return nil
        }
        guard let month = digits(place + 2), month.utf8.count <= 2, isSymbol(place + 3, separator.text), let year = digits(place + 4) else {
            return nil
        }
        guard (1...4).allSatisfy({ isTight(place + $0) }), let day = Int(day), let month = Int(month), let year = SpokenCalendar.year(year) else {
            return nil
        }
        guard SpokenCalendar.isValid(day: day, month: month), !continues(place + 5, separator.text) else { return nil }
        return WrittenDate(day: day, month: month, year: year, end: place + 5)
    }

    /// 15.2, 15/02.
    private func shortDate(_ place: Int) -> WrittenDate? {
        guard let first = digits(place), first.utf8.count <= 2, let separator = token(place + 1), [".", "/"].contains(separator.text) else {
            return nil
        }
        guard let second = digits(place + 2), second.utf8.count <= 2, isTight(place + 1), isTight(place + 2) else { return nil }
        guard let day = Int(first), let month = Int(second), SpokenCalendar.isValid(day: day, month: month) else { return nil }
        guard !continues(place + 3, separator.text), !isSymbol(place + 3, "%") else { return nil }
        let isPadded = first.utf8.count == 2 && second.utf8.count == 2 && second.hasPrefix("0")
        return WrittenDate(day: day, month: month, end: place + 3, isPadded: isPadded)
    }

    /// Another separator and more digits: a version, an address, anything but a date.
    private func continues(_ place: Int, _ separator: String) -> Bool {
        isSymbol(place, separator) && isTight(place) && digits(place + 1) != nil && isTight(place + 1)
    }

    /// A short date looks like a decimal or a fraction; the words around it tell.
    private func isDateHere(_ date: WrittenDate, _ place: Int, _ prefix: NumberPrefix) -> Bool {
        let isSlash = isSymbol(place + 1, "/")
        if isSlash, isInStreet(place) || isPartOf(place) { return false }
        // Around the clock.
        if isSlash, date.day == 24, date.month == 7, prefix == NumberPrefix() { return false }
        if prefix.isDefinite || hasDateCue(place, prefix) || date.isPadded { return true }
        switch prefix.outer.last {
        case "ב": return true
        case "ל", "מ": return date.day >= 13 && date.month <= 12
        default: return isSlash && (date.day >= 13 || Ordinal.fraction(date.day, date.month) == nil && date.day != date.month) && !isFraction(date)
        }
    }

    /// "1.1-31.12": two dates, where one of them is hardly a decimal.
    private func isDateRange(_ date: WrittenDate) -> Bool {
        guard isDash(date.end), isTight(date.end), let next = shortDate(date.end + 1), !isCounted(next.end), isTight(date.end + 1) else {
            return false
        }
        return max(date.day, next.day) >= 13 && max(date.month, next.month) >= 10 || date.day >= 13 && next.day >= 13
    }

    private func isFraction(_ date: WrittenDate) -> Bool { date.day < date.month && Ordinal.fraction(date.day, date.month) != nil }

    /// "יום ראשון 15.2", "בתאריך 3.5", "היום, 3.5", and what follows another date closely.
    private func hasDateCue(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        if place - dateEnd <= 3 || place - weekdayEnd <= 2 { return true }
        // "ל-10.3 ב-09:00", "ל-10.3 בשעה".
        let end = place + 3
        if word(end) == "בשעה" || word(end) == "ב" && clockTime(isDash(end + 1) ? end + 2 : end + 1) != nil { return true }
        if wordsBefore(place, reach: 4).contains(where: { SpokenContext.appointed.contains($0) }) { return true }
        var before = place - 1
        while isSymbol(before, ",") || isSymbol(before, "(") || isSymbol(before, ":") || word(before) == "ה" || isSymbol(before, "-") { before -= 1 }
        guard place - before <= 4, let word = word(before) else { return false }
        if SpokenContext.bare(word, { SpokenContext.dateNouns.contains($0) }) != nil { return true }
        // A weekday's name also counts (שני, חמישי), so it needs its day before it.
        guard SpokenContext.bare(word, { SpokenContext.weekdayNames.contains($0) }) != nil else { return false }
        if word.hasSuffix("שבת") { return true }
        return self.word(before - 1).flatMap { SpokenContext.bare($0) { SpokenContext.dayNouns.contains($0) } } != nil
    }

    /// Something that is counted stands here: שקל, %, חדרים.
    private func isCounted(_ place: Int) -> Bool {
        guard let quantity = quantity(place - 3) else { return false }
        return quantity.isCounted
    }

    /// 15-17.2, 15-17.2.2026.
    private mutating func readDayRange(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let first = digits(place), first.utf8.count <= 2, let day = Int(first), isDash(place + 1), isTight(place + 1), isTight(place + 2) else {
            return false
        }
        let whole = fullDate(place + 2)
        guard let date = whole ?? shortDate(place + 2), day >= 1, day < date.day else { return false }
        guard whole != nil || !isCounted(date.end) && (isDateHere(date, place, prefix) || date.day >= 13) else { return false }
        say(SpokenCalendar.day(day, definite: prefix.isDefinite), NumberPrefix(outer: prefix.outer))
        sayRangeEnd(date, isBetween: wordsBefore(place, reach: 4).contains("בין"))
        return true
    }

    /// 05/2026, 5.2026.
    private mutating func readMonthOfYear(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let first = digits(place), first.utf8.count <= 2, let month = Int(first), (1...12).contains(month), !prefix.isDefinite else {
            return false
        }
        guard isSymbol(place + 1, "/") || isSymbol(place + 1, "."), isTight(place + 1), let second = digits(place + 2), isTight(place + 2) else {
            return false
        }
        guard second.utf8.count == 4, let year = Int(second), (1_900...2_099).contains(year), quantity(place)?.isCounted != true else { return false }
        say(SpokenCalendar.months[month - 1] + " " + Cardinal.words(year), prefix)
        index = place + 3
        dateEnd = index
        return true
    }

    // MARK: - Slashes

    mutating func readSlashed(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let first = digits(place), isSymbol(place + 1, "/"), isTight(place + 1), let second = digits(place + 2), isTight(place + 2) else {
            return false
        }
        guard first.utf8.count <= 6, second.utf8.count <= 6, let one = Int(first), let two = Int(second), !continues(place + 3, "/") else {
            return false
        }
        index = place + 3
        if isInStreet(place) {
            say(Cardinal.words(one) + ", דירה " + Cardinal.words(two), prefix)
        } else if isPartOf(place) {
            say(Cardinal.words(one) + " מתוך " + Cardinal.words(two), prefix)
        } else if one <= two, two > 1, !isOfTheWhole(index), let noun = countedNoun(index, isOne: false), !noun.isSingular, !noun.isConstruct,
            !noun.isPartitive, !noun.isDefinite
        {
            // "9/10 רופאים" are a part, "3/4 חדרים" a choice.
            say(Cardinal.words(one, noun.gender) + (two == 10 || two == 100 ? " מתוך" : " או"), prefix)
            readQuantity(place + 2, NumberPrefix())
        } else if one == two, one != 50 {
            say(Cardinal.words(one) + " מתוך " + Cardinal.words(two), prefix)
        } else if (one, two) == (24, 7) || one == two {
            say(Cardinal.words(one) + " " + Cardinal.words(two), prefix)
        } else if first.utf8.count == 4, second.utf8.count == 2 && (one + 1) % 100 == two || second.utf8.count == 4 && one + 1 == two {
            say(Cardinal.words(one) + " " + Cardinal.words(two), prefix)
        } else if one < two, let fraction = isDivided(index) ? Ordinal.fractionOf(one, two) : Ordinal.fraction(one, two) {
            say(fraction, prefix)
            if let unit = word(index).flatMap({ CountedUnit.hebrew[$0] }) {
                out.word(unit.singular)
                index += 1
            }
        } else {
            // A blood pressure, a plan (תמ"א 38/2); else a division.
            let isPlan = previousWord(place)?.utf8.contains(0x22) ?? false
            say(Cardinal.words(one) + (isPlan ? " סלאש " : one >= 40 && two >= 40 ? " על " : " חלקי ") + Cardinal.words(two), prefix)
        }
        return true
    }

    /// What a fraction is taken of stands behind it: חצי שעה, שלושת רבעי כוס.
    func isDivided(_ place: Int) -> Bool {
        guard let word = word(place) else { return false }
        if CountedUnit.hebrew[word] != nil { return true }
        guard let found = NounLexicon.find(word) else { return word.hasPrefix("ה") && NounLexicon.find(String(word.dropFirst())) != nil }
        return found.form == .singular
    }

    /// "1/3 מהכמות": what is divided, in no list, whose ending looks like a plural. מהנדסים are counted.
    private func isOfTheWhole(_ place: Int) -> Bool {
        word(place).map { $0.hasPrefix("מה") && !Self.ownMem.contains($0) && NounLexicon.find($0) == nil } ?? false
    }

    private static let ownMem: Set<String> = ["מהנדסים", "מהנדסות", "מהלכים", "מהפכות", "מהדורות", "מהגרים", "מהגרות", "מהומות"]

    /// "קומה 3/5".
    func isPartOf(_ place: Int) -> Bool {
        previousWord(place).flatMap { SpokenContext.bare($0) { SpokenContext.partOf.contains($0) } } != nil
    }

    /// A house number's place: behind "רחוב …" or the name of a well-known street.
    func isInStreet(_ place: Int) -> Bool {
        let before = wordsBefore(place, reach: 5)
        guard let last = before.first else { return false }
        if before.dropFirst().contains(where: { SpokenContext.bare($0) { SpokenContext.streetNouns.contains($0) } != nil }) { return true }
        if SpokenContext.bare(last, { SpokenContext.streets.contains($0) }) != nil { return true }
        guard before.count > 1 else { return false }
        return SpokenContext.bare(before[1] + " " + last, { SpokenContext.streets.contains($0) }) != nil
    }
}

extension NumberPrefix {
    init(outer: String) { self.outer = outer }
}
