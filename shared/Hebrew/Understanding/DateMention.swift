/// A date as it was said, already reckoned from today.
struct DateMention: Sendable {
    enum Shape: Sendable, Hashable {
        /// With a month, or a whole date.
        case full
        case dayOfMonth
        case weekday(Weekday)
        /// Today, tomorrow, yesterday.
        case dayWord
        /// So many days or months from now; what a weekday beside it then falls near.
        case offset
        /// A whole week, by its Sunday.
        case week
        case holiday
        /// A month, an end of a month, a weekend.
        case period
    }

    var start: Int
    var end: Int
    var shape: Shape
    var date: CivilDate
    /// The last day when several are meant.
    var through: CivilDate?
    var alternatives: [CivilDate] = []
    var confidence: Double
    var why: String
    var bound: UnderstoodBound = .exact
    /// הערב is a date and a part of the day; so is the end of Shabbat.
    var part: DayPart?
    /// A time that belongs to the date itself, such as the end of Shabbat.
    var time: CivilTime?
    /// What the digits are if they are a time after all.
    var clock: CivilTime?
    /// In the past by its words.
    var isPast = false
    /// Prefix of the first word: מ begins a span.
    var prefix: Prefix = []
    /// Next week's, this week's: nothing more is to be added.
    var isPlaced = false
}
