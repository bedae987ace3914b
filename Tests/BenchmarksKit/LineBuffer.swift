/// What the agent has sent and the caller has not heard yet: Twilio's buffer, filled by media messages and emptied in real time.
/// A value; times are microseconds of any clock that is above 0.
package struct LineBuffer: Sendable {
    /// When all that was sent has been heard.
    package private(set) var dry: Int64 = 0
    /// Audio came, and the mark that ends its sentence has not.
    package private(set) var isInSentence = false
    private var marks: [(due: Int64, name: String)] = []

    package init() {}

    /// - Returns: when it begins to be heard, and for how long the buffer was empty before in the middle of its sentence.
    package mutating func media(lasting duration: Int64, at now: Int64) -> (start: Int64, underrun: Int64) {
        let underrun = isInSentence ? max(0, now - dry) : 0
        isInSentence = true
        let start = max(dry, now)
        dry = start + duration
        return (start, underrun)
    }

    package mutating func mark(_ name: String, at now: Int64) {
        isInSentence = false
        marks.append((max(dry, now), name))
    }

    /// Whatever waits is not heard, and its marks return at once.
    package mutating func clear(at now: Int64) {
        dry = min(dry, now)
        isInSentence = false
        marks = marks.map { (min($0.due, now), $0.name) }
    }

    /// The marks that return now, in order.
    package mutating func returning(at now: Int64) -> [String] {
        guard let first = marks.first, first.due <= now else { return [] }
        let due = marks.prefix { $0.due <= now }.map(\.name)
        marks.removeFirst(due.count)
        return due
    }

    /// All was heard, and all marks have returned.
    package func isEmpty(at now: Int64) -> Bool { !isInSentence && dry <= now && marks.isEmpty }
}
