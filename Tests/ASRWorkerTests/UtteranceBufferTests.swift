import CallVocabulary
import Testing

@testable import ASRWorker

/// SplitMix64: the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func frame(_ sequence: UInt32) -> AudioFrame { AudioFrame(sequence: sequence, payload: [UInt8(truncatingIfNeeded: sequence)]) }
func frames(_ range: ClosedRange<UInt32>) -> [AudioFrame] { range.map(frame) }

/// What a recogniser would have got.
private struct Listener {
    var heard: [TurnID: [UInt32]] = [:]
    var complete: [TurnID] = []
    var abandoned: [TurnID] = []
    var missing: [ClosedRange<UInt32>] = []

    mutating func take(_ changes: [UtteranceBuffer.Change]) {
        for change in changes {
            switch change {
            case .more(let turn, let frames):
                #expect(!complete.contains(turn), "audio after the end of \(turn)")
                heard[turn, default: []] += frames.map(\.sequence)
            case .complete(let turn, let through):
                complete.append(turn)
                heard[turn, default: []].removeAll { $0 > through }
            case .abandoned(let turn): abandoned.append(turn)
            case .missing(let from, let through):
                #expect(from <= through)
                #expect(through - from < UInt32(UtteranceBuffer.longestRequest))
                missing.append(from...through)
            }
        }
    }
}

@Suite struct UtteranceBufferTests {
    private let first = TurnID(1)

    /// Frames late, doubled, in another order, dropped and sent again; marks early and late. Every utterance comes out whole, in order, once.
    @Test(arguments: UInt64(1)...150) func everyUtteranceComesOutWholeAndOnce(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bases: [UInt32] = [0, 1, 70_000, 4_294_960_000]
        let base = bases[Int.random(in: 0..<4, using: &random)]
        let knowsStart = Bool.random(using: &random)
        var utterances: [(turn: TurnID, from: UInt32, through: UInt32)] = []
        var position = base + 20
        for number in 1...6 {
            let from = position + UInt32.random(in: 0...40, using: &random)
            let through = from + UInt32.random(in: 10...150, using: &random)
            utterances.append((TurnID(number), from, through))
            // Lead-in of the next may reach back into this one.
            position = through > 12 && Bool.random(using: &random) ? through - 8 : through + 1
        }
        let last = position + 200

        // What arrives when, in frame times from the start.
        enum Event { case frame(UInt32), begin(Int), end(Int) }
        var schedule: [(time: Int, event: Event)] = []
        for sequence in base...last {
            let time = Int(sequence - base)
            let isQuiet = sequence > position + 20
            let isLost = !isQuiet && Int.random(in: 0..<100, using: &random) < 6
            if !isLost { schedule.append((time + (Int.random(in: 0..<20, using: &random) == 0 ? 3 : 0), .frame(sequence))) }
            if Int.random(in: 0..<30, using: &random) == 0 { schedule.append((time + 5, .frame(sequence))) }
        }
        var mark = 0
        for (index, utterance) in utterances.enumerated() {
            // Marks come after what they name, or before it when the audio is late; always in their own order.
            mark = max(mark, Int(utterance.from - base) + Int.random(in: 0...20, using: &random))
            schedule.append((mark, .begin(index)))
            mark = max(mark, Int(utterance.through - base) + Int.random(in: -5...40, using: &random))
            schedule.append((mark, .end(index)))
            if Bool.random(using: &random) { schedule.append((mark, .end(index))) }
            if Bool.random(using: &random) { schedule.append((mark, .begin(index))) }
        }
        // Marks of one time keep their order: the sort is made stable by the position.
        var queue = schedule.enumerated().map { (time: $1.time, order: $0, event: $1.event) }
        var buffer = UtteranceBuffer(from: knowsStart ? base : nil)
        var listener = Listener()
        var refused = Set<UInt32>()
        var time = 0
        var order = queue.count
        var isSorted = false
        while !queue.isEmpty {
            // Soonest last.
            if !isSorted { queue.sort { ($0.time, $0.order) > ($1.time, $1.order) } }
            isSorted = true
            let next = queue.removeLast()
            time = max(time, next.time)
            let asked = listener.missing.count
            switch next.event {
            case .frame(let sequence): listener.take(buffer.hear([frame(sequence)], at: time * 20))
            case .begin(let index): listener.take(buffer.begin(utterances[index].turn, from: utterances[index].from, at: time * 20))
            case .end(let index): listener.take(buffer.end(utterances[index].turn, through: utterances[index].through))
            }
            for gap in listener.missing.dropFirst(asked) {
                // One resend in three is lost too; a second request for any of it is answered.
                if refused.isDisjoint(with: gap), Int.random(in: 0..<3, using: &random) == 0 {
                    refused.formUnion(gap)
                    continue
                }
                let delay = Int.random(in: 1...8, using: &random)
                for sequence in gap where sequence <= last {
                    queue.append((time + delay, order, .frame(sequence)))
                    order += 1
                    isSorted = false
                }
            }
        }
        #expect(listener.complete == utterances.map(\.turn))
        for utterance in utterances {
            let isWhole = listener.heard[utterance.turn] == Array(utterance.from...utterance.through)
            #expect(isWhole, "turn \(utterance.turn)")
        }
        #expect(listener.abandoned.isEmpty)
        #expect(buffer.lost == 0)
    }

    @Test func whatNeverComesIsAskedForTwiceAndThenPassed() {
        var buffer = UtteranceBuffer(from: 100)
        var listener = Listener()
        listener.take(buffer.begin(first, from: 110, at: 0))
        listener.take(buffer.hear(frames(100...119), at: 400))
        var requests: [Int] = []
        for sequence in UInt32(125)...200 {
            let now = Int(sequence - 100) * 20
            let before = listener.missing.count
            listener.take(buffer.hear([frame(sequence)], at: now))
            if listener.missing.count > before { requests.append(Int(sequence)) }
            if sequence == 130 { listener.take(buffer.end(first, through: 128)) }
            // Silence until the gap is given up.
            #expect(listener.complete.isEmpty == (sequence < 175), "\(sequence)")
        }
        #expect(requests == [125, 150])
        #expect(listener.missing == [120...124, 120...124])
        #expect(listener.heard[first] == Array(110...119) + Array(125...128))
        #expect(buffer.lost == 5)
    }

    /// Replayed audio comes in no time: fifty frames later is not half a second later.
    @Test func aResendHasTimeToComeDuringAReplay() {
        var buffer = UtteranceBuffer(from: 0)
        var listener = Listener()
        listener.take(buffer.begin(first, from: 10, at: 0))
        listener.take(buffer.end(first, through: 40))
        listener.take(buffer.hear(frames(0...19), at: 1))
        listener.take(buffer.hear(frames(30...900), at: 2))
        #expect(listener.missing == [20...29])
        listener.take(buffer.hear(frames(20...29), at: 60))
        #expect(listener.heard[first] == Array(10...40))
        #expect(listener.complete == [first])
    }

    /// The topic lane may be ahead of the control lane: frames before the assignment are lost to the worker, and the announced start says so.
    @Test func framesBeforeTheAssignmentAreAskedFor() {
        var buffer = UtteranceBuffer(from: 500)
        var listener = Listener()
        listener.take(buffer.hear(frames(520...530), at: 0))
        #expect(listener.missing == [500...519])
        listener.take(buffer.begin(first, from: 505, at: 10))
        #expect(listener.missing.count == 1)
        listener.take(buffer.hear(frames(500...519), at: 20))
        listener.take(buffer.end(first, through: 525))
        #expect(listener.heard[first] == Array(505...525))
    }

    @Test func anUtteranceOlderThanAllThatCameIsAskedFor() {
        var buffer = UtteranceBuffer()
        var listener = Listener()
        listener.take(buffer.hear(frames(520...530), at: 0))
        #expect(listener.missing.isEmpty)
        listener.take(buffer.begin(first, from: 508, at: 10))
        #expect(listener.missing == [508...519])
        listener.take(buffer.hear(frames(508...519), at: 20))
        listener.take(buffer.end(first, through: 530))
        #expect(listener.heard[first] == Array(508...530))
        #expect(listener.complete == [first])

        var other = UtteranceBuffer()
        var later = Listener()
        later.take(other.begin(first, from: 90, at: 0))
        later.take(other.hear(frames(100...110), at: 10))
        #expect(later.missing == [90...99])
    }

    @Test func repeatedMarksChangeNothing() {
        var buffer = UtteranceBuffer(from: 0)
        var listener = Listener()
        listener.take(buffer.hear(frames(0...60), at: 0))
        for _ in 0..<3 { listener.take(buffer.begin(first, from: 10, at: 0)) }
        for through: UInt32 in [20, 20, 40] { listener.take(buffer.end(first, through: through)) }
        listener.take(buffer.begin(first, from: 10, at: 0))
        listener.take(buffer.end(first, through: 20))
        #expect(listener.heard[first] == Array(10...20))
        #expect(listener.complete == [first])
    }

    @Test func aNewBeginningEndsWhatHadNoEnd() {
        var buffer = UtteranceBuffer(from: 0)
        var listener = Listener()
        listener.take(buffer.begin(first, from: 10, at: 0))
        listener.take(buffer.hear(frames(0...60), at: 0))
        listener.take(buffer.begin(TurnID(2), from: 40, at: 0))
        listener.take(buffer.end(TurnID(2), through: 55))
        #expect(listener.abandoned == [first])
        #expect(listener.complete == [TurnID(2)])
        #expect(listener.heard[TurnID(2)] == Array(40...55))
    }

    @Test func aDiscardedUtteranceMakesRoomForTheNext() {
        var buffer = UtteranceBuffer(from: 0)
        var listener = Listener()
        listener.take(buffer.begin(first, from: 10, at: 0))
        listener.take(buffer.end(first, through: 1_000))
        listener.take(buffer.begin(TurnID(2), from: 20, at: 0))
        listener.take(buffer.end(TurnID(2), through: 30))
        listener.take(buffer.hear(frames(0...60), at: 0))
        #expect(listener.complete.isEmpty)
        listener.take(buffer.discard(first))
        #expect(listener.complete == [TurnID(2)])
        #expect(listener.heard[TurnID(2)] == Array(20...30))
    }

    @Test(arguments: UInt64(1)...100) func hostileNumbersNeitherTrapNorGrow(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let wild: [UInt32] = [0, 1, 2, 1_500, 1_501, 1_750, 4_294_967_295, 4_294_967_294, 4_294_965_795, 2_147_483_648]
        func number() -> UInt32 {
            Int.random(in: 0..<3, using: &random) == 0
                ? UInt32.random(in: 0...UInt32.max, using: &random)
                : (wild.randomElement(using: &random) ?? 0) &+ UInt32.random(in: 0...3, using: &random)
        }
        var buffer = UtteranceBuffer(from: Bool.random(using: &random) ? number() : nil)
        var listener = Listener()
        var live = number()
        for step in 0..<800 {
            let turns: [Int] = [.min, .max, step, -step, 0]
            let turn = TurnID(turns[Int.random(in: 0..<turns.count, using: &random)])
            switch Int.random(in: 0..<10, using: &random) {
            case 0: listener.take(buffer.begin(turn, from: number(), at: step))
            case 1: listener.take(buffer.end(turn, through: number()))
            case 2: listener.take(buffer.discard(turn))
            case 3: listener.take(buffer.hear([frame(number())], at: step))
            default:
                let count = UInt32.random(in: 1...100, using: &random)
                listener.take(buffer.hear((0..<count).map { frame(live &+ $0) }, at: step))
                live &+= count
            }
            #expect(buffer.held <= UtteranceBuffer.keptAtStart + UtteranceBuffer.kept + UtteranceBuffer.longestRequest + 1)
        }
    }

    /// One wild frame must not make the call deaf.
    @Test func theCallIsHeardAgainAfterAWildFrame() {
        var buffer = UtteranceBuffer(from: 0)
        var listener = Listener()
        listener.take(buffer.hear(frames(0...50), at: 0))
        listener.take(buffer.hear([frame(4_000_000_000)], at: 0))
        for sequence in UInt32(51)...300 { listener.take(buffer.hear([frame(sequence)], at: Int(sequence) * 20)) }
        listener.take(buffer.begin(first, from: 200, at: 6_000))
        listener.take(buffer.end(first, through: 280))
        #expect(listener.heard[first] == Array(200...280))
    }

    @Test func aBeginningFarAwayWaitsAndCostsNothing() {
        var buffer = UtteranceBuffer(from: 0)
        #expect(buffer.begin(first, from: 4_294_967_295, at: 0).isEmpty)
        #expect(buffer.end(first, through: 0).isEmpty)
        for sequence in UInt32(0)...2_000 { _ = buffer.hear([frame(sequence)], at: Int(sequence) * 20) }
        #expect(buffer.held <= 2 * UtteranceBuffer.kept + 1)
        // And what comes next is heard.
        #expect(buffer.begin(TurnID(2), from: 1_990, at: 0) == [.more(TurnID(2), frames(1_990...2_000))])
    }
}
