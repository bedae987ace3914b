/// Hebrew text as people say it: what every speech engine is given.
///
/// ```
/// HebrewSpeech.spoken("נפגש ב-15:30, הרצל 5/12, 2 דירות")
/// // נפגש בשלוש וחצי אחר הצהריים, הרצל חמש, דירה שתים עשרה, שתי דירות
/// ```
package enum HebrewSpeech {
    /// The text with everything in words: numbers by the gender of what they count, times, dates, money, telephone and other numbers,
    /// addresses, units, abbreviations, addresses of the web. Markdown, emoji and direction marks are dropped.
    ///
    /// Time and space are linear in the text. A text that is spoken form already comes back the same, but for white space and quotation marks.
    package static func spoken(_ text: String, options: SpokenOptions = SpokenOptions()) -> String {
        var reader = SpokenReader(SpeechScanner.tokens(of: SpokenCleaning.clean(text)), options: options)
        return reader.read()
    }

    /// Builds the tables, which takes about 20 ms, so that the first sentence of a call does not wait for them.
    package static func warmUp() { _ = spoken("3 חדרים, ד\"ר, 5 ק\"מ, 15:00, 1.2.2026, 50 ₪, a@b.co.il") }

    /// The sentences of a text as it is written, each to be spoken on its own; see ``SentenceSplitter``.
    package static func sentences(_ text: String) -> [String] {
        var splitter = SentenceSplitter(firstPiece: nil)
        return splitter.feed(text) + splitter.finish()
    }
}
