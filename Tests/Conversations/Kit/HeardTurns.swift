import BusContract
import CallVocabulary

/// What the application made of a call, turn by turn, on the run's clock; from what it tells whoever listens.
struct HeardTurns: Sendable {
    struct Turn: Sendable {
        var number: Int
        var text = ""
        var understood = false
        /// The end-of-turn decision, once the turn has told its times.
        var endpoint: Double?
        var heardAt: Double?
        var saidAt: Double?
        var heardCount = 0
        var closedCount = 0
    }

    private(set) var turns: [Turn] = []
    /// The decisions to stop the agent, or to have it fall silent until it is known what the voice wants.
    private(set) var bargeIns: [Double] = []
    /// The call's end.
    private(set) var ended = Double.infinity

    init(_ events: [TalkRecord.Event]) {
        // The event that took the shortest way tells best how far the two clocks are apart.
        guard let offset = events.map({ $0.received - Self.milliseconds($0.event.at) }).min() else { return }
        func time(_ time: CallTime) -> Double { Self.milliseconds(time) + offset }
        var found: [Int: Turn] = [:]
        for event in events.map(\.event) {
            if event.name == .callEnded { ended = time(event.at) }
            if event.name == .bargeIn || event.name == .paused { bargeIns.append(time(event.at)) }
            guard let number = event.turn?.number else { continue }
            var turn = found[number] ?? Turn(number: number)
            switch event.name {
            case .heard where event.detail != "silence":
                turn.text = event.text ?? ""
                turn.understood = event.understood ?? false
                turn.heardCount += 1
                turn.heardAt = turn.heardAt ?? time(event.at)
            case .said: turn.saidAt = turn.saidAt ?? time(event.at)
            case .turn:
                turn.closedCount += 1
                if let endpoint = event.stages?.endpoint { turn.endpoint = time(endpoint) }
            default: break
            }
            found[number] = turn
        }
        turns = found.values.sorted { $0.number < $1.number }
    }

    /// The turns in which somebody spoke, in order.
    var spoken: [Turn] { turns.filter { $0.heardCount > 0 } }

    private static func milliseconds(_ time: CallTime) -> Double { Double(time.microseconds) / 1_000 }
}

/// Which spoken words are in which turn. A value; words are told apart by when they were said.
struct WordMatch: Sendable {
    struct Word: Sendable {
        var text: String
        /// On the run's clock.
        var end: Double
        /// Which step said it.
        var step: Int
    }

    let words: [Word]
    /// For each word the number of the turn that has it.
    private(set) var turns: [Int?]
    /// Words in turns that nobody had said, or that another turn has already.
    private(set) var foreign = 0

    /// Times of words are estimates, and an endpoint may fall into the last one.
    private static let slack = 250.0

    init(words: [Word], turns heard: [HeardTurns.Turn]) {
        self.words = words
        turns = [Int?](repeating: nil, count: words.count)
        var free = 0
        for turn in heard {
            let texts = turn.text.split(separator: " ").map(String.init)
            guard !texts.isEmpty else { continue }
            let bound = (turn.endpoint ?? turn.heardAt ?? .infinity) + Self.slack
            // From its end backwards: what was not heard lies before.
            var position = words.lastIndex { $0.end <= bound } ?? -1
            var matched: [Int] = []
            for text in texts.reversed() {
                let before = words.indices.last { $0 <= position && $0 >= free && words[$0].text == text }
                // Said later than it was heard: then the times are wrong, and not the words.
                let after = words.indices.first { $0 >= max(free, position + 1) && words[$0].text == text && !matched.contains($0) }
                guard let index = before ?? after else {
                    foreign += 1
                    continue
                }
                matched.append(index)
                if before != nil { position = index - 1 }
            }
            for index in matched { turns[index] = turn.number }
            free = (matched.max() ?? free - 1) + 1
        }
    }

    /// The turns that have words of these steps, in the words' order, each once.
    func turns(of steps: Set<Int>) -> [Int] {
        var seen: [Int] = []
        for (index, word) in words.enumerated() where steps.contains(word.step) {
            if let turn = turns[index], !seen.contains(turn) { seen.append(turn) }
        }
        return seen
    }

    /// The turn that has the last word of these steps.
    func last(of steps: Set<Int>) -> Int? { words.indices.last { steps.contains(words[$0].step) }.flatMap { turns[$0] } }

    /// How many of these steps' words are in no turn.
    func unheard(of steps: Set<Int>) -> Int { words.indices.count { steps.contains(words[$0].step) && turns[$0] == nil } }

    /// Whether a turn has words of steps that are turns.
    func steps(in turn: Int) -> Set<Int> { Set(words.indices.filter { turns[$0] == turn }.map { words[$0].step }) }
}
