import CallVocabulary

/// The right to update the call. There is one for each call: it is lent to the voice for a reply, and comes back before an update of our own.
struct CallLease: Sendable, Equatable, Codable {
    struct Lent: Sendable, Equatable, Codable {
        let name: String
        /// Over by itself then, whoever has it.
        let until: CallTime
    }
    private(set) var lent: Lent?
    private var count = 0
    /// Until then an update that the voice has begun may come into effect, with a file of so many milliseconds: the stream's end says
    /// nothing about the caller.
    private(set) var doubtUntil = CallTime.zero
    private(set) var doubtMilliseconds = 0

    /// When it is over by itself, if it is out.
    func outUntil(at now: CallTime) -> CallTime? { lent.flatMap { now < $0.until ? $0.until : nil } }

    /// - Parameter evidence: how long an update may take to show after the lease is over, in milliseconds.
    mutating func lend(to name: (Int) -> String, until: CallTime, evidence: Int, file milliseconds: Int) -> String {
        count += 1
        let lent = Lent(name: name(count), until: until)
        self.lent = lent
        doubtUntil = until.adding(milliseconds: evidence)
        doubtMilliseconds = milliseconds
        return lent.name
    }

    /// - Returns: false when this is not the lease that is out.
    mutating func takeBack(_ name: String) -> Bool {
        guard lent?.name == name else { return false }
        lent = nil
        return true
    }

    /// Whoever had it is gone, or does not answer.
    mutating func writeOff() { lent = nil }

    /// What was begun under it is known.
    mutating func settle() { if lent == nil { doubtUntil = .zero } }
}
