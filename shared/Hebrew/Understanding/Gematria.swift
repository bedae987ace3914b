/// Numbers in Hebrew letters, as the Hebrew calendar writes its days and years.
enum Gematria {
    /// 1 to 30: ט"ו, י"ד, כ"ג, ל', ה. With gershayim or without.
    static func day(_ key: WordKey, allowing prefix: Prefix = []) -> (day: Int, prefix: Prefix)? {
        if let day = bareDay(key) { return (day, []) }
        // One prefix letter at most: two would read whole words as dates.
        guard key.count >= 2, let letter = Prefix(letter: key.first), prefix.contains(letter), let day = bareDay(key.dropFirst(1)),
            // "של", "לה" and the like are words; of dates without gershayim only those of two letters are read behind a prefix.
            key.dropFirst(1).withoutMarks.count == 2 || key.endsWithGeresh
        else { return nil }
        return (day, letter)
    }

    private static func bareDay(_ key: WordKey) -> Int? {
        let bare = key.withoutMarks
        guard (1...2).contains(bare.count) else { return nil }
        guard bare.count == 2 else {
            guard let value = values[bare.first], value <= 30 else { return nil }
            return value
        }
        let (tens, units) = (values[bare.letter(0)] ?? 0, values[bare.letter(1)] ?? 0)
        // 15 and 16 avoid the name of God.
        if tens == 9, units == 6 || units == 7 { return 9 + units }
        guard tens == 10 || tens == 20, (1...9).contains(units) else { return nil }
        return tens + units
    }

    /// 5600 to 5999: תשפ"ו, ה'תשפ"ו, תשפו.
    static func year(_ key: WordKey) -> Int? {
        guard !key.isNone else { return nil }
        var bare = key
        // ה' stands for the thousands.
        if bare.first == 5, bare.count > 3 { bare = bare.dropFirst(bare.letter(1) == WordKey.geresh ? 2 : 1) }
        bare = bare.withoutMarks
        guard (2...5).contains(bare.count) else { return nil }
        var (sum, last) = (0, Int.max)
        for index in 0..<bare.count {
            guard let value = values[bare.letter(index)], value <= last else { return nil }
            // Only the hundreds may repeat, as in תת.
            if value == last, value != 400 { return nil }
            sum += value
            last = value
        }
        return (600...999).contains(sum) ? 5000 + sum : nil
    }

    private static let values: [UInt8: Int] = [
        1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10, 11: 20, 12: 30, 13: 40, 14: 50, 15: 60, 16: 70, 17: 80, 18: 90, 19: 100,
        20: 200,
        21: 300, 22: 400,
    ]
}
