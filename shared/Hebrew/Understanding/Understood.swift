import Foundation

/// What a reader found in a sentence. The sentence itself is never rewritten.
package struct Understood<Value: Sendable & Hashable>: Sendable, Hashable {
    package let value: Value
    /// The end of a span of time or money that begins with `value`; nil for a single one.
    package let through: Value?
    /// Where it stands: offsets into the sentence's UTF-8.
    package let span: Range<Int>
    /// 0 to 1. From 0.9 on nothing else is likely; below 0.5 ask again.
    package let confidence: Double
    /// One short English sentence that says by which rule.
    package let why: String
    /// Other readings, the likeliest first.
    package let alternatives: [Value]
    package let bound: UnderstoodBound

    package init(
        _ value: Value, through: Value? = nil, span: Range<Int>, confidence: Double, why: String, alternatives: [Value] = [],
        bound: UnderstoodBound = .exact
    ) {
        (self.value, self.through, self.span, self.why, self.bound) = (value, through, span, why, bound)
        self.confidence = min(max(confidence, 0), 1)
        var seen: Set<Value> = [value]
        self.alternatives = alternatives.filter { seen.insert($0).inserted }
    }
}

/// How a value was meant: "at five", "about five", "after five", "till five".
package enum UnderstoodBound: String, Sendable, Hashable { case exact, about, from, until }

/// What a sentence is understood against.
package struct UnderstandingContext: Sendable {
    /// The moment at which it is said.
    package var now: Date
    package var clock: CivilClock
    /// If given, of two readings of an hour the one within opening hours is taken.
    package var hours: OpeningHours?
    package var shabbat: ShabbatTimes

    package init(now: Date, clock: CivilClock = .jerusalem, hours: OpeningHours? = nil, shabbat: ShabbatTimes = .jerusalem) {
        (self.now, self.clock, self.hours, self.shabbat) = (now, clock, hours, shabbat)
    }

    /// What the clocks show at that moment.
    package var local: CivilDateTime { clock.local(now) }
    package var today: CivilDate { local.date }
}
