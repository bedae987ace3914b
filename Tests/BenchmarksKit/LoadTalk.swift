import CallVocabulary

/// Something that a caller says.
package struct LoadUtterance: Sendable, Equatable {
    /// Its words and how long each is spoken, in milliseconds; a voice without words has none.
    package let words: [(text: String, milliseconds: Int)]
    package let frames: Int

    /// A voice, for recognisers that hear no words.
    package init(milliseconds: Int) {
        words = []
        frames = milliseconds / AudioFrame.milliseconds
    }

    /// 60 ms for each letter and 100 for each word, which is the pace of ordinary speech.
    package init(_ sentence: String) {
        words = sentence.split(separator: " ").map { (String($0), 100 + 60 * $0.count) }
        frames = words.reduce(0) { $0 + $1.milliseconds } / AudioFrame.milliseconds
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.frames == right.frames && left.words.elementsEqual(right.words) { $0.text == $1.text && $0.milliseconds == $1.milliseconds }
    }

    /// A line of the file that the recogniser `scripted` reads.
    package func script(fromFrame frame: Int) -> String {
        var start = 0
        let parts = words.map { word in
            defer { start += word.milliseconds }
            return #"{"word":"\#(word.text)","start":\#(start),"end":\#(start + word.milliseconds)}"#
        }
        return #"{"frame":\#(frame),"words":[\#(parts.joined(separator: ","))]}"# + "\n"
    }

    /// What the callers of the provider-like bench say: whole sentences, questions and short answers.
    package static let sentences = [
        "אני מחפש דירה גדולה", "כמה זה עולה", "כן", "אפשר לקבוע פגישה", "אני רוצה לדבר עם מישהו", "תודה רבה", "מתי אתם פתוחים", "לא",
        "הדירה צריכה להיות קרובה לים",
    ].map { LoadUtterance($0) }
}

/// One caller of a load test: says something, waits for the answer, hears it to its end, pauses, and goes on. A value; times are microseconds.
package struct LoadTalk: Sendable {
    package struct Plan: Sendable {
        package var utterances: [LoadUtterance]
        /// Milliseconds between an answer's end and the next utterance.
        package var pause: ClosedRange<Int>
        /// An answer that has not begun so long after the last voiced frame is lost. Milliseconds.
        package var patience: Int
        package init(utterances: [LoadUtterance], pause: ClosedRange<Int>, patience: Int) {
            self.utterances = utterances
            self.pause = pause
            self.patience = patience
        }
    }

    private enum State: Sendable {
        case quiet(until: Int64)
        case speaking(left: Int)
        case waiting
        case hearing
    }

    private let plan: Plan
    private var state: State
    private var random: UInt64
    /// No utterance begins after this.
    private var end = Int64.max
    /// What began before ``measure(until:)`` is said and heard, and not counted.
    private var isMeasuring = false
    private var isCounted = false
    private var buffer = LineBuffer()
    /// When the last voiced frame of an utterance without answer was sent.
    private var open: Int64?
    private var hasSounded = false
    /// The turn whose reply answered the last utterance.
    private var replied: TurnID?
    /// When the sentence being received is first heard, and how long the caller waited for it after the one before.
    private var sentence: (heard: Int64?, gap: Int64)?

    package private(set) var asked = 0
    /// Answers that did not come, or not to their end.
    package private(set) var lost = 0
    /// Replies that nobody had asked for.
    package private(set) var doubled = 0
    /// The agent spoke while the caller did.
    package private(set) var overlaps = 0
    /// From the last voiced frame to the first sound, and to the first sound of the reply itself, fillers left out.
    package private(set) var sounds: [Int64] = []
    package private(set) var replies: [Int64] = []
    /// Silences between the sentences of one reply.
    package private(set) var gaps: [Int64] = []
    package private(set) var underruns: [Int64] = []

    /// - Parameter first: when the first utterance begins.
    package init(_ plan: Plan, first: Int64, seed: UInt64) {
        self.plan = plan
        state = .quiet(until: first)
        random = seed
    }

    /// What begins from now on is counted, and from then on nothing begins.
    package mutating func measure(until end: Int64) {
        isMeasuring = true
        self.end = end
    }

    /// Waits for the first sound of an answer.
    package var isWaiting: Bool { if case .waiting = state { true } else { false } }
    package var isQuiet: Bool { if case .quiet = state { true } else { false } }

    /// Twenty milliseconds more.
    /// - Returns: whether they are voiced, and the utterance that they begin.
    package mutating func tick(at now: Int64) -> (isVoiced: Bool, begins: LoadUtterance?) {
        let patience = Int64(plan.patience) * 1_000
        switch state {
        case .quiet(let until):
            guard now >= until, now < end, !plan.utterances.isEmpty else { return (false, nil) }
            let utterance = plan.utterances[Int(next() % UInt64(plan.utterances.count))]
            isCounted = isMeasuring
            if isCounted { asked += 1 }
            (open, hasSounded, replied, sentence) = (nil, false, nil, nil)
            voiced(left: utterance.frames - 1, at: now)
            return (true, utterance)
        case .speaking(let left):
            voiced(left: left - 1, at: now)
            return (true, nil)
        case .waiting:
            if let open, now - open > patience { giveUp(at: now) }
        case .hearing:
            if buffer.isEmpty(at: now) {
                // After a filler the answer is still to come.
                if open != nil { state = .waiting } else { rest(at: now) }
            } else if now - buffer.dry > patience {
                giveUp(at: now)
            }
        }
        return (false, nil)
    }

    private mutating func voiced(left: Int, at now: Int64) {
        guard left <= 0 else { return state = .speaking(left: left) }
        open = now
        state = .waiting
    }

    private mutating func giveUp(at now: Int64) {
        if isCounted { lost += 1 }
        open = nil
        rest(at: now)
    }

    private mutating func rest(at now: Int64) {
        let range = UInt64(plan.pause.upperBound - plan.pause.lowerBound + 1)
        state = .quiet(until: now + Int64(plan.pause.lowerBound + Int(next() % range)) * 1_000)
    }

    /// Audio from the agent.
    /// - Parameters:
    ///   - audible: microseconds from its beginning to the first sound in it; nil: it is silent.
    package mutating func media(lasting duration: Int64, audible: Int64?, at now: Int64) {
        let before = buffer.dry
        let (start, underrun) = buffer.media(lasting: duration, at: now)
        if isCounted, underrun > 0 { underruns.append(underrun) }
        var current = sentence ?? (heard: nil, gap: max(0, start - before))
        if current.heard == nil, let audible { current.heard = start + audible }
        sentence = current
        if let open, let heard = current.heard, !hasSounded {
            hasSounded = true
            if isCounted { sounds.append(heard - open) }
        }
        if case .speaking = state { overlaps += isCounted ? 1 : 0 } else { state = .hearing }
    }

    /// The end of a sentence.
    package mutating func mark(_ name: String, at now: Int64) {
        buffer.mark(name, at: now)
        defer { sentence = nil }
        // Canned lines between the turns have negative numbers.
        guard let id = SpeechID(markName: name), id.piece >= 0, let current = sentence, let heard = current.heard else { return }
        if let open {
            if isCounted { replies.append(heard - open) }
            replied = id.turn
            self.open = nil
        } else if replied != id.turn {
            doubled += isCounted ? 1 : 0
        } else if current.gap > 0, isCounted {
            gaps.append(current.gap)
        }
    }

    package mutating func clear(at now: Int64) {
        buffer.clear(at: now)
        sentence = nil
    }

    package mutating func returning(at now: Int64) -> [String] { buffer.returning(at: now) }

    private mutating func next() -> UInt64 {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
