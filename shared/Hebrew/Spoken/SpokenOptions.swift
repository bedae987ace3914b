/// How a text is spoken. The defaults are those of a receptionist.
package struct SpokenOptions: Sendable {
    package enum Clock: String, Sendable, CaseIterable {
        /// 15:45 is רבע לארבע אחר הצהריים, 15:50 is שלוש וחמישים אחר הצהריים.
        case natural
        /// As ``natural``, and 15:50 is עשר דקות לארבע אחר הצהריים.
        case countdown
        /// 15:45 is חמש עשרה ארבעים וחמש.
        case digital
    }

    package enum Latin: String, Sendable, CaseIterable {
        /// Words in other scripts stay as they are, for the engine.
        case leave
        /// Letter by letter, by the names that Hebrew speakers give them; well-known words in Hebrew letters.
        case spell
    }

    /// Of dates that are written in figures and have a year.
    package enum Calendar: String, Sendable, CaseIterable {
        case gregorian, hebrew
        /// The Gregorian date, then the Hebrew one.
        case both
    }

    package var clock: Clock
    /// Whether a time that is written with two digits for its hour gets its part of the day, where the text does not name it.
    package var namesDayPart: Bool
    package var latin: Latin
    package var calendar: Calendar
    /// Whether words keep the vowel points that they are written with. Engines differ in whether they read them.
    package var keepsPoints: Bool
    /// A business's own readings.
    package var lexicon: SpokenLexicon

    package init(
        clock: Clock = .natural, namesDayPart: Bool = true, latin: Latin = .leave, calendar: Calendar = .gregorian, keepsPoints: Bool = true,
        lexicon: SpokenLexicon = SpokenLexicon()
    ) {
        self.clock = clock
        self.namesDayPart = namesDayPart
        self.latin = latin
        self.calendar = calendar
        self.keepsPoints = keepsPoints
        self.lexicon = lexicon
    }
}

/// Words and short phrases that are said otherwise than they are written: with vowel points, in other letters, or in other words.
package struct SpokenLexicon: Sendable, Equatable {
    private var readings: [String: String] = [:]
    /// In words.
    private(set) var longest = 0

    package init() {}

    /// - Parameter entries: written form to spoken form. The written form is looked for without points and without regard to the kind of its
    ///   quotation marks or the case of Latin letters, also behind ו, ה, ב, ל, מ, ש and כ. The spoken form is put in as it is.
    package init(_ entries: [String: String]) {
        for (written, spoken) in entries {
            let words = Self.words(of: written)
            guard !words.isEmpty else { continue }
            readings[words.joined(separator: " ").lowercased()] = spoken
            longest = max(longest, words.count)
        }
    }

    /// The form in which a written word is looked for: two that share it are one entry.
    package static func form(of written: String) -> String { words(of: written).joined(separator: " ").lowercased() }

    private static func words(of written: String) -> [String] {
        SpeechScanner.tokens(of: SpokenCleaning.clean(written)).filter { $0.kind != .lineEnd }.map(\.text)
    }

    package var isEmpty: Bool { readings.isEmpty }

    func reading(_ written: String) -> String? { readings[written] }
}
