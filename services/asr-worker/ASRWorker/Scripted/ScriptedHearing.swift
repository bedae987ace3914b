import CallVocabulary

/// What one caller says, in audio time, and what has been heard of it. A value; time is a parameter, in milliseconds.
///
/// A word belongs to the utterance that holds its middle. What was not sent as part of an utterance is not heard.
struct ScriptedHearing: Sendable {
    struct Word: Sendable, Equatable {
        let text: String
        /// Milliseconds of audio since the line's first frame.
        let start: Int
        let end: Int
        var middle: Int { (start + end) / 2 }
    }

    private struct Utterance: Sendable {
        let turn: TurnID
        /// Audio time of its first sample, and of the first one that has not come.
        let from: Int
        var heard: Int
        var shown = ""
    }

    private struct Due: Sendable {
        let turn: TurnID
        let at: Int
        let transcript: Transcript
    }

    private let settings: ScriptedSettings
    private let seed: UInt64
    private var words: [Word] = []
    private var open: Utterance?
    private var due: [Due] = []

    init(settings: ScriptedSettings, seed: UInt64) {
        self.settings = settings
        self.seed = seed
    }

    /// The caller is about to say these.
    mutating func expect(_ words: [Word]) { self.words += words }

    /// When the next final is to be given.
    var next: Int? { due.map(\.at).min() }

    /// - Parameters:
    ///   - first: number of a frame, as `last`.
    /// - Returns: an interim, when there are more words than before.
    mutating func hear(first: UInt32, last: UInt32, of turn: TurnID) -> RecogniserReport? {
        if open?.turn != turn { open = Utterance(turn: turn, from: Self.start(first), heard: Self.start(first)) }
        guard var utterance = open else { return nil }
        utterance.heard = max(utterance.heard, Self.start(last) + AudioFrame.milliseconds)
        let text = text { $0.middle >= utterance.from && $0.end + settings.interimMilliseconds <= utterance.heard }
        let isNew = text != utterance.shown
        utterance.shown = text
        open = utterance
        return isNew ? .interim(turn, text) : nil
    }

    /// The utterance is complete; its final comes with ``finals(at:)``.
    mutating func finish(_ turn: TurnID, through: UInt32, at now: Int) {
        let end = Self.start(through) + AudioFrame.milliseconds
        let from = open?.turn == turn ? open?.from : nil
        let heard = from.map { from in words.filter { $0.middle >= from && $0.middle < end } } ?? []
        if open?.turn == turn { open = nil }
        let delay = settings.final.delay(afterSilence: end - (heard.last?.end ?? end), seed: seed ^ UInt64(bitPattern: Int64(turn.number)))
        due.append(
            Due(
                turn: turn, at: now + delay,
                transcript: Transcript(
                    text: heard.map(\.text).joined(separator: " "), confidence: heard.isEmpty ? 0 : 1, understood: !heard.isEmpty)))
    }

    mutating func discard(_ turn: TurnID) {
        if open?.turn == turn { open = nil }
        due.removeAll { $0.turn == turn }
    }

    /// The finals whose time has come.
    mutating func finals(at now: Int) -> [RecogniserReport] {
        let ready = due.filter { $0.at <= now }
        due.removeAll { $0.at <= now }
        return ready.map { .final($0.turn, $0.transcript) }
    }

    private func text(_ isHeard: (Word) -> Bool) -> String { words.filter(isHeard).map(\.text).joined(separator: " ") }

    private static func start(_ sequence: UInt32) -> Int { Int(sequence) * AudioFrame.milliseconds }
}
