import CallVocabulary

/// One call's audio on its way to utterances. Frames and marks come by different lanes, frames in any order, doubled or not at all.
/// Out come the frames of one utterance after another, strictly in sequence and each once, and what must be asked for again.
/// A value; time is a parameter. Positions are `Int`, so that no sequence on the wire can overflow.
package struct UtteranceBuffer: Sendable {
    package enum Change: Sendable, Equatable {
        /// More of an utterance, in order. Its first is its beginning.
        case more(TurnID, [AudioFrame])
        /// All frames of the utterance have come or were given up. Frames beyond `through` that were handed out earlier do not belong to it.
        case complete(TurnID, through: UInt32)
        /// The utterance's end will not come any more.
        case abandoned(TurnID)
        /// These frames have not come: ask for them.
        case missing(from: UInt32, through: UInt32)
    }

    /// Frames that are asked for at most, and that wait for a missing one at most: the 30 s that the gateway keeps.
    package static let longestRequest = 1_500
    /// Frames after which a gap is asked for again, and after as many more given up: half a second of live audio.
    package static let patience = 25
    /// Replayed audio comes many times faster than it was spoken: a resend needs this long, however many frames have passed meanwhile.
    package static let patienceMilliseconds = 250
    /// Frames kept behind the last one for an utterance whose mark is on its way: its lead-in and two seconds of delay.
    static let kept = 100
    /// Frames kept for a call that is new here: its replayed audio may overtake the marks. 35 s.
    static let keptAtStart = 1_750
    /// Utterances that are open at once: one is spoken, and a few wait for frames.
    private static let openLimit = 8

    private struct Utterance: Sendable {
        let turn: TurnID
        var next: Int
        var through: Int?
    }

    private struct Gap: Sendable {
        enum Standing: Sendable { case asked, askedAgain, givenUp }
        let range: ClosedRange<Int>
        var standing: Standing
        var arrivals: Int
        var at: Int
    }

    /// Received, in sequence, below `frontier`.
    private var settled: [AudioFrame] = []
    /// Received, above a gap.
    private var ahead: [Int: AudioFrame] = [:]
    private var gaps: [Gap] = []
    /// The first frame that is accounted for, nil until it is known.
    private var start: Int?
    /// All frames from `start` up to here have come or were given up.
    private var frontier = 0
    private var newest = -1
    private var heardAny = false
    private var arrivals = 0
    private var strays = 0
    private var utterances: [Utterance] = []
    private var begun: TurnID?
    /// Frames that never came.
    package private(set) var lost = 0

    /// - Parameter from: the first frame that will be published; nil when that is not known.
    package init(from: UInt32? = nil) {
        guard let from else { return }
        start = Int(from)
        frontier = Int(from)
        newest = Int(from) - 1
    }

    /// Frames held, for the bound on memory.
    package var held: Int { settled.count + ahead.count }

    // MARK: - Frames

    /// - Parameter now: monotonic milliseconds.
    package mutating func hear(_ frames: [AudioFrame], at now: Int) -> [Change] {
        var changes: [Change] = []
        for frame in frames { take(frame, at: now, &changes) }
        chase(at: now, &changes)
        emit(&changes)
        trim()
        return changes
    }

    private mutating func take(_ frame: AudioFrame, at now: Int, _ changes: inout [Change]) {
        let position = Int(frame.sequence)
        if !heardAny {
            heardAny = true
            // A first frame below the announced one: the announcement was wrong.
            if start == nil || position < frontier { anchor(at: position) }
            backfill(at: now, &changes)
        }
        if position < frontier {
            // Late or doubled. Many that are far behind mean that a single wild number has led astray.
            guard frontier - position > Self.keptAtStart else { return }
            strays += 1
            guard strays >= Self.patience else { return }
            anchor(at: position)
        }
        strays = 0
        guard ahead[position] == nil else { return }
        arrivals += 1
        if position - frontier > Self.longestRequest { pass(to: position - Self.longestRequest) }
        if position > newest + 1, position > frontier { ask(for: max(newest + 1, frontier)...(position - 1), at: now, &changes) }
        newest = max(newest, position)
        guard position == frontier else {
            ahead[position] = frame
            return
        }
        settled.append(frame)
        frontier += 1
        advance()
    }

    private mutating func anchor(at position: Int) {
        settled = []
        ahead = [:]
        gaps = []
        start = position
        frontier = position
        newest = position - 1
        strays = 0
    }

    /// Whatever lies behind the frontier without a hole moves over; holes that were given up are stepped over.
    private mutating func advance() {
        guard !ahead.isEmpty || !gaps.isEmpty else { return }
        while true {
            if let frame = ahead.removeValue(forKey: frontier) {
                settled.append(frame)
            } else if gaps.contains(where: { $0.standing == .givenUp && $0.range.contains(frontier) }) {
                lost += 1
            } else {
                break
            }
            frontier += 1
        }
        gaps.removeAll { $0.range.upperBound < frontier }
    }

    /// Gives up everything below.
    private mutating func pass(to position: Int) {
        let reached = ahead.keys.filter { $0 < position }.sorted()
        for key in reached { if let frame = ahead.removeValue(forKey: key) { settled.append(frame) } }
        lost += position - frontier - reached.count
        frontier = position
        newest = max(newest, position - 1)
        gaps.removeAll { $0.range.upperBound < frontier }
        advance()
    }

    // MARK: - Gaps

    private mutating func ask(for range: ClosedRange<Int>, at now: Int, _ changes: inout [Change]) {
        gaps.append(Gap(range: range, standing: .asked, arrivals: arrivals, at: now))
        changes.append(.missing(from: UInt32(clamping: range.lowerBound), through: UInt32(clamping: range.upperBound)))
    }

    /// Asks once more for what has not come, and gives up what has not come then.
    private mutating func chase(at now: Int, _ changes: inout [Change]) {
        guard !gaps.isEmpty else { return }
        var gaveUp = false
        for index in gaps.indices where gaps[index].standing != .givenUp {
            let gap = gaps[index]
            guard arrivals - gap.arrivals >= Self.patience, now - gap.at >= Self.patienceMilliseconds else { continue }
            if gap.standing == .askedAgain {
                gaps[index].standing = .givenUp
                gaveUp = true
                continue
            }
            let missing = gap.range.filter { $0 >= frontier && ahead[$0] == nil }
            guard let first = missing.first, let last = missing.last else { continue }
            gaps[index].standing = .askedAgain
            gaps[index].arrivals = arrivals
            gaps[index].at = now
            changes.append(.missing(from: UInt32(clamping: first), through: UInt32(clamping: last)))
        }
        if gaveUp { advance() }
    }

    /// An utterance that began before the first frame that has come: what lies between was lost on the way, or published before the call was known here.
    private mutating func backfill(at now: Int, _ changes: inout [Change]) {
        guard let start, let wanted = utterances.map(\.next).min() else { return }
        let low = max(wanted, newest + 1 - Self.longestRequest, 0)
        guard low < start else { return }
        // The order is decided anew; what was given up stays so.
        if start < frontier { gaps.append(Gap(range: start...(frontier - 1), standing: .givenUp, arrivals: arrivals, at: now)) }
        for frame in settled { ahead[Int(frame.sequence)] = frame }
        settled = []
        self.start = low
        frontier = low
        ask(for: low...(start - 1), at: now, &changes)
    }

    // MARK: - Marks

    /// A turn begins once: repetitions are ignored.
    package mutating func begin(_ turn: TurnID, from: UInt32, at now: Int) -> [Change] {
        if let begun, turn <= begun { return [] }
        begun = turn
        // Marks keep their order: whoever begins anew sends no end for what was open before.
        var changes = utterances.filter { $0.through == nil }.map { Change.abandoned($0.turn) }
        utterances.removeAll { $0.through == nil }
        if utterances.count >= Self.openLimit { changes.append(.abandoned(utterances.removeFirst().turn)) }
        utterances.append(Utterance(turn: turn, next: Int(from)))
        backfill(at: now, &changes)
        emit(&changes)
        return changes
    }

    /// The first end of a turn counts.
    package mutating func end(_ turn: TurnID, through: UInt32) -> [Change] {
        guard let index = utterances.firstIndex(where: { $0.turn == turn && $0.through == nil }) else { return [] }
        utterances[index].through = Int(through)
        var changes: [Change] = []
        emit(&changes)
        return changes
    }

    package mutating func discard(_ turn: TurnID) -> [Change] {
        utterances.removeAll { $0.turn == turn }
        var changes: [Change] = []
        emit(&changes)
        return changes
    }

    private mutating func emit(_ changes: inout [Change]) {
        while let utterance = utterances.first {
            let last = min(utterance.through ?? .max, frontier - 1)
            if utterance.next <= last {
                let frames = settled[index(of: utterance.next)..<index(of: last + 1)]
                if !frames.isEmpty { changes.append(.more(utterance.turn, Array(frames))) }
                utterances[0].next = last + 1
            }
            guard let through = utterance.through, start != nil, through < frontier else { return }
            utterances.removeFirst()
            changes.append(.complete(utterance.turn, through: UInt32(clamping: through)))
        }
    }

    /// Where the frame of this position, or the next one that came, stands in `settled`.
    private func index(of position: Int) -> Int {
        var (low, high) = (0, settled.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(settled[middle].sequence) < position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func trim() {
        let limit = begun == nil ? Self.keptAtStart : Self.kept
        guard settled.count > limit + Self.kept else { return }
        var surplus = settled.count - limit
        // What an open utterance has not taken yet must not go.
        if let needed = utterances.map(\.next).min() { surplus = min(surplus, index(of: needed)) }
        surplus = max(surplus, settled.count - Self.keptAtStart)
        settled.removeFirst(surplus)
    }
}
