/// Holidays as dates: "בערב פסח", "אחרי החגים", "מוצאי שבת".
extension DateReader {
    func holiday(at index: Int) -> DateMention? {
        guard var mention = thisHoliday(at: index) else { return nil }
        // "פסח 2027", "בפסח שנה הבאה".
        guard mention.time == nil, let year = year(at: mention.end), year.year != mention.date.year,
            let first = CivilDate(year: year.year, month: 1, day: 1),
            let other = DateReader(text, today: first, shabbat: shabbat).thisHoliday(at: index), other.date.year == year.year
        else { return mention }
        (mention.date, mention.through, mention.alternatives, mention.end) = (other.date, other.through, [], year.end)
        return mention
    }

    private func thisHoliday(at index: Int) -> DateMention? {
        let allowed: Prefix = [.and, .at, .to, .from, .the, .that]
        guard index < text.count, text[index].kind == .word else { return nil }
        if text.has(index, .outgoing, allowed) { return outgoing(index) }
        if text.has(index, .eve, allowed), let found = eve(index) { return found }
        if text.has(index, .after, [.and, .that]) || text.has(index, .before, [.and, .that]) { return around(index) }
        if text.isWord(index, DateReader.nights), text.sense(index + 1, [.the], { if case .weekday(7, _) = $0 { true } else { nil } }) != nil {
            var mention = mention(index, index + 2, today.next(.friday, including: true), "the evening before Shabbat")
            mention.part = .evening
            return mention
        }
        if let moon = newMoon(index) { return moon }
        guard let found = name(at: index, allowed),
            // Weeks, but for the preposition.
            found.name.words != DateReader.weeks || !found.prefix.isDisjoint(with: [.at, .to, .from])
        else { return nil }
        switch found.name.kind {
        case .holiday(let holiday): return feast(holiday, index, found)
        case .civil(let month, let day):
            guard let date = next(day: day, month: month)?.date else { return nil }
            return mention(index, found.end, date, "a holiday of the civil year")
        case .seder:
            guard let date = HolidayCalendar.next(.pesach, from: today, eve: true) else { return nil }
            var mention = mention(index, found.end, date, "the eve of Pesach")
            mention.part = .evening
            return mention
        case .anyHoliday:
            guard found.prefix.contains(.at), let next = HolidayCalendar.next(from: today, where: { $0.isDayOff }) else { return nil }
            var mention = mention(index, found.end, next.date, "the next holiday: \(next.holiday.rawValue)")
            mention.confidence = 0.4
            return mention
        case .intermediate:
            guard let next = HolidayCalendar.next(from: today, where: { $0.holiday.character == .intermediate }) else { return nil }
            return feast(next.holiday, index, found)
        }
    }

    func mention(_ start: Int, _ end: Int, _ date: CivilDate, _ why: String) -> DateMention {
        DateMention(start: start, end: end, shape: .holiday, date: date, confidence: 0.9, why: why)
    }

    /// First and last day of the one that goes on or comes next; feasts of a week are meant as a whole.
    private func days(of holiday: Holiday) -> (first: CivilDate, last: CivilDate)? {
        guard let hebrew = HebrewDate(today) else { return nil }
        let end: Holiday = holiday == .pesach ? .seventhOfPesach : holiday == .sukkot ? .simchatTorah : holiday
        for number in hebrew.year...hebrew.year + 3 {
            let days = (HolidayCalendar.year(number) ?? []).filter { ($0.holiday == holiday || $0.holiday == end) && !$0.isEve }
            if let first = days.first, let last = days.last, last.date >= today { return (first.date, last.date) }
        }
        return nil
    }

    private func feast(_ holiday: Holiday, _ index: Int, _ found: Found) -> DateMention? {
        guard let days = days(of: holiday) else { return nil }
        let first = max(days.first, today)
        var mention = mention(index, found.end, first, "a holiday: \(holiday.rawValue)")
        if days.last > first { (mention.through, mention.confidence) = (days.last, 0.7) }
        mention.prefix = found.prefix
        return mention
    }

    /// "ערב ראש השנה", "ערב חג", "ערב שבת".
    private func eve(_ index: Int) -> DateMention? {
        let prefix = text.sense(index, .any) { $0 == .keyword(.eve) ? true : nil }?.prefix ?? []
        if text.sense(index + 1, [.the], { if case .weekday(7, _) = $0 { true } else { nil } }) != nil {
            var mention = mention(index, index + 2, today.next(.friday, including: true), "the eve of Shabbat")
            mention.prefix = prefix
            return mention
        }
        guard let found = name(at: index + 1, [.the]) else { return nil }
        var mention: DateMention
        switch found.name.kind {
        case .holiday(let holiday):
            guard let days = days(of: holiday) else { return nil }
            // On the holiday itself its eve is that of next year.
            let eve = days.first.adding(days: -1)
            let date = eve >= today ? eve : HolidayCalendar.next(holiday, from: today.adding(days: 30))?.adding(days: -1) ?? eve
            mention = self.mention(index, found.end, date, "the eve of a holiday: \(holiday.rawValue)")
        case .anyHoliday:
            guard let next = HolidayCalendar.next(from: today, where: { $0.isEve && $0.holiday.character == .rest }) else { return nil }
            mention = self.mention(index, found.end, next.date, "the eve of the next holiday: \(next.holiday.rawValue)")
            mention.confidence = 0.6
            if let following = HolidayCalendar.next(from: next.date.adding(days: 1), where: { $0.isEve && $0.holiday.character == .rest }) {
                mention.alternatives = [following.date]
            }
        case .civil(let month, let day):
            guard let date = next(day: day, month: month)?.date else { return nil }
            mention = self.mention(index, found.end, date.adding(days: -1), "the eve of a civil holiday")
        case .seder, .intermediate: return nil
        }
        mention.prefix = prefix
        return mention
    }

    /// "מוצאי שבת", "מוצאי החג", "במוצ"ש".
    private func outgoing(_ index: Int) -> DateMention? {
        var end = index + 1
        var date = today.next(.saturday, including: true)
        var why = "the evening after Shabbat"
        if let found = name(at: end, [.the]) {
            let last: CivilDate? =
                switch found.name.kind {
                case .holiday(let holiday): days(of: holiday)?.last
                case .anyHoliday: HolidayCalendar.next(from: today) { $0.isDayOff }?.date
                default: nil
                }
            guard let last else { return nil }
            (date, why, end) = (last, "the evening after a holiday", found.end)
        } else if text.sense(end, [.the], { if case .weekday(7, _) = $0 { true } else { nil } }) != nil {
            end += 1
        } else if text[index].key.count == 5, text.isWord(index, DateReader.plainOutgoing) {
            return nil
        }
        if text.has(end, .coming, []) || text.has(end, .this, []) { end += 1 }
        if text.has(end, .next, []) { (date, end) = (today.startOfWeek.adding(days: 13), end + 1) }
        var mention = mention(index, end, date, why)
        mention.part = .evening
        mention.time = shabbat.exit(on: date)
        return mention
    }

    private static let weeks = [WordKey("שבועות")]
    private static let plainOutgoing = Lexicon.keys("מוצאי")
    private static let nights = Lexicon.keys("ליל בליל לליל")

    /// "אחרי החגים", "לפני פסח", "אחרי שבת".
    private func around(_ index: Int) -> DateMention? {
        let isAfter = text.has(index, .after, [.and, .that])
        if text.sense(index + 1, [.the], { if case .weekday(7, _) = $0 { true } else { nil } }) != nil {
            let sabbath = today.next(.saturday, including: true)
            var mention = mention(
                index, index + 2, sabbath.adding(days: isAfter ? 1 : -1), isAfter ? "the day after Shabbat" : "the day before Shabbat")
            (mention.confidence, mention.alternatives, mention.bound) = (0.6, isAfter ? [sabbath] : [], isAfter ? .from : .until)
            return mention
        }
        guard let found = name(at: index + 1, [.the]) else { return nil }
        var mention: DateMention
        switch found.name.kind {
        case .holiday(let holiday):
            guard let days = days(of: holiday) else { return nil }
            mention = self.mention(
                index, found.end, isAfter ? days.last.adding(days: 1) : days.first.adding(days: -1), "a day beside a holiday: \(holiday.rawValue)")
            mention.confidence = 0.7
        case .anyHoliday where found.name.isPlural:
            // Those of autumn for most of the year; in spring Pesach is near.
            let autumn = days(of: .simchatTorah), spring = days(of: .seventhOfPesach)
            let ends = [autumn?.last, spring?.last].compactMap { $0 }.sorted()
            let starts = [days(of: .roshHashana)?.first, days(of: .pesach)?.first].compactMap { $0 }.sorted()
            guard let first = isAfter ? ends.first : starts.first else { return nil }
            mention = self.mention(index, found.end, first.adding(days: isAfter ? 1 : -1), "a day beside the holidays, of spring or of autumn")
            mention.alternatives = (isAfter ? ends : starts).dropFirst().map { $0.adding(days: isAfter ? 1 : -1) }
            mention.confidence = 0.4
        case .anyHoliday:
            guard let next = HolidayCalendar.next(from: today, where: { $0.isDayOff }) else { return nil }
            mention = self.mention(
                index, found.end, next.date.adding(days: isAfter ? 1 : -1), "a day beside the next holiday: \(next.holiday.rawValue)")
            mention.confidence = 0.5
        case .civil(let month, let day):
            guard let date = self.next(day: day, month: month)?.date else { return nil }
            mention = self.mention(index, found.end, date.adding(days: isAfter ? 1 : -1), "a day beside a civil holiday")
        case .seder, .intermediate: return nil
        }
        mention.bound = isAfter ? .from : .until
        return mention
    }

    /// "ראש חודש", "ר"ח אייר".
    private func newMoon(_ index: Int) -> DateMention? {
        var end = index + 1
        if text.isWord(index, DateReader.heads), let unit = text.timeUnit(end, [.the]), unit.unit == .month, unit.count == 1 {
            end += 1
        } else if !text.has(index, .newMoonHead, [.at, .to, .and]) {
            return nil
        }
        if let month = text.sense(end, [.the], { if case .hebrewMonth(let month) = $0 { month } else { nil } })?.value, let now = HebrewDate(today) {
            guard
                let date = (now.year...now.year + 1).lazy.compactMap({ HebrewDate(year: $0, month: month, day: 1)?.civil }).first(where: {
                    $0 >= today
                })
            else { return nil }
            // After a month of thirty days its last day counts too.
            var mention = mention(index, end + 1, date, "the first day of a Hebrew month")
            if HebrewDate(date.adding(days: -1))?.day == 30 { mention.alternatives = [date.adding(days: -1)] }
            return mention
        }
        let days = HolidayCalendar.newMoon(after: today)
        guard let first = days.first else { return nil }
        var mention = mention(index, end, first, "the first day of the next Hebrew month")
        mention.alternatives = Array(days.dropFirst())
        if days.count > 1 { mention.confidence = 0.7 }
        return mention
    }

    private static let heads = Lexicon.keys("ראש בראש לראש")

    // MARK: - Names

    struct Found {
        let name: HolidayName
        let end: Int
        let prefix: Prefix
    }

    private func name(at index: Int, _ allowed: Prefix) -> Found? {
        guard index < text.count, text[index].kind == .word else { return nil }
        let key = text[index].key
        var prefix: Prefix = []
        var rest = key
        while true {
            // The longest name wins: "ראש השנה האזרחית" before "ראש השנה".
            for name in HolidayName.byFirstWord[rest] ?? [] {
                let tail = name.words.dropFirst()
                guard tail.indices.allSatisfy({ index + $0 < text.count && matches(text[index + $0].key, name.words[$0]) }) else { continue }
                return Found(name: name, end: index + name.words.count, prefix: prefix)
            }
            guard rest.count > 2, let letter = Prefix(letter: rest.first), allowed.contains(letter), prefix.allows(letter) else { return nil }
            prefix.insert(letter)
            rest = rest.dropFirst(1)
        }
    }

    private func matches(_ key: WordKey, _ wanted: WordKey) -> Bool { key == wanted || (key.endsWithGeresh && key.dropLast == wanted) }
}

/// How a holiday is called.
struct HolidayName: Sendable {
    enum Kind: Sendable {
        case holiday(Holiday)
        case civil(month: Int, day: Int)
        case seder, anyHoliday, intermediate
    }

    let words: [WordKey]
    let kind: Kind
    var isPlural = false

    static let byFirstWord: [WordKey: [HolidayName]] = {
        var table: [WordKey: [HolidayName]] = [:]
        for (names, kind) in entries {
            for name in names.split(separator: ",") {
                let words = name.split(separator: " ").map { WordKey($0) }
                guard let first = words.first else { continue }
                table[first, default: []].append(HolidayName(words: words, kind: kind, isPlural: name.hasSuffix("חגים")))
            }
        }
        return table.mapValues { $0.sorted { $0.words.count > $1.words.count } }
    }()

    private static let entries: [(String, Kind)] = [
        ("ראש השנה,חג ראש השנה,ראש השנה היהודי", .holiday(.roshHashana)), ("צום גדליה", .holiday(.fastOfGedaliah)),
        ("יום כיפור,יום כפור,יום הכיפורים,יום הכפורים,כיפור", .holiday(.yomKippur)), ("סוכות,חג הסוכות,חג סוכות", .holiday(.sukkot)),
        ("חול המועד סוכות,חול המועד של סוכות,חוהמ סוכות,חוה\"מ סוכות", .holiday(.sukkotIntermediate)),
        ("הושענא רבה,הושענה רבה", .holiday(.hoshanaRabba)),
        ("שמחת תורה,חג שמחת תורה,שמיני עצרת,חג שני של סוכות,חג שני סוכות", .holiday(.simchatTorah)), ("סיגד,חג הסיגד", .holiday(.sigd)),
        ("חנוכה,חג החנוכה,חג חנוכה", .holiday(.chanukah)), ("צום עשרה בטבת,עשרה בטבת", .holiday(.fastOfTevet)),
        ("טו בשבט,ט\"ו בשבט", .holiday(.tuBishvat)), ("יום המשפחה,יום האם", .holiday(.familyDay)), ("תענית אסתר,צום אסתר", .holiday(.fastOfEsther)),
        ("פורים,חג פורים,חג הפורים", .holiday(.purim)), ("שושן פורים", .holiday(.shushanPurim)),
        ("פסח,חג פסח,חג הפסח,חג ראשון של פסח", .holiday(.pesach)),
        ("חול המועד פסח,חול המועד של פסח,חוהמ פסח,חוה\"מ פסח", .holiday(.pesachIntermediate)),
        ("שביעי של פסח,שביעי פסח,חג שני של פסח,חג שני פסח", .holiday(.seventhOfPesach)), ("מימונה", .holiday(.mimouna)),
        ("יום השואה,יום הזיכרון לשואה", .holiday(.holocaustDay)), ("יום הזיכרון,יום הזכרון,יום הזיכרון לחללי צהל", .holiday(.memorialDay)),
        ("יום העצמאות,עצמאות,יום עצמאות", .holiday(.independenceDay)), ("לג בעומר,ל\"ג בעומר,לג לעומר", .holiday(.lagBaOmer)),
        ("יום ירושלים", .holiday(.jerusalemDay)), ("חג השבועות,חג שבועות,שבועות,חג מתן תורה", .holiday(.shavuot)),
        ("צום יז בתמוז,יז בתמוז,י\"ז בתמוז", .holiday(.fastOfTammuz)), ("תשעה באב,ט באב,ט' באב,צום תשעה באב", .holiday(.fastOfAv)),
        ("טו באב,ט\"ו באב,חג האהבה", .holiday(.tuBAv)), ("ליל הסדר,סדר פסח,ליל סדר,סדר ליל פסח", .seder),
        ("חול המועד,חוהמ,חוה\"מ", .intermediate), ("חג,חגים", .anyHoliday),
        ("ראש השנה האזרחית,ראש השנה הלועזית,שנה אזרחית חדשה", .civil(month: 1, day: 1)), ("סילבסטר,הסילבסטר,נובי גוד", .civil(month: 12, day: 31)),
        ("חג המולד,כריסמס", .civil(month: 12, day: 25)), ("ולנטיין,יום ולנטיין,ולנטיינס", .civil(month: 2, day: 14)),
        ("יום האישה,יום האישה הבינלאומי", .civil(month: 3, day: 8)),
    ]
}
