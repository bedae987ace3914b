import CallVocabulary

/// A provider of speech recognition. Each lives in a folder of its own; nothing outside that folder knows how it hears.
package protocol SpeechRecognizer: Sendable {
    /// Name of the provider, as in the configuration.
    var name: String { get }

    /// Begins to listen to a call.
    /// - Parameter report: called from any thread, in order for one turn.
    func open(_ conversation: ConversationID, report: @escaping @Sendable (RecogniserReport) -> Void) -> any RecognitionStream

    /// Makes the first call as fast as the others: loads models, opens connections.
    /// - Throws: when the provider cannot work; the error names the remedy.
    func warm() async throws
}

/// One call's audio on its way to words. None of these waits.
package protocol RecognitionStream: Sendable {
    /// What the caller is expected to say from the next utterance on.
    func expect(_ expectations: Expectations)
    /// All of the call's audio, in order, between utterances too.
    func hear(_ frames: [AudioFrame])
    /// The gateway heard the caller begin; `from` may name frames that were heard before.
    func begin(_ turn: TurnID, from: UInt32)
    /// The gateway decided that the caller has finished. A final is due once the frames up to `through` have come.
    func end(_ turn: TurnID, through: UInt32)
    func discard(_ turn: TurnID)
    func close()
}

package enum RecogniserReport: Sendable, Equatable {
    case interim(TurnID, String)
    case final(TurnID, Transcript)
}

/// An utterance as the gateway cut it, put together from frames and marks that come by different lanes. A value for providers that decode utterances.
package struct UtteranceBuffer: Sendable {
    package enum Change: Sendable, Equatable {
        /// More of the utterance, in order.
        case more([AudioFrame])
        case complete(TurnID)
    }

    /// Frames kept from before an utterance: the lead-in, and what came while the mark was on its way. Two seconds.
    private static let kept = 100

    private var recent: [AudioFrame] = []
    private var turn: TurnID?
    private var next: UInt32 = 0
    private var through: UInt32?

    package init() {}

    package mutating func hear(_ frames: [AudioFrame]) -> [Change] {
        recent += frames
        if recent.count > 2 * Self.kept { recent.removeFirst(recent.count - Self.kept) }
        return advance()
    }

    package mutating func begin(_ turn: TurnID, from: UInt32) -> [Change] {
        self.turn = turn
        next = from
        through = nil
        return advance()
    }

    package mutating func end(_ turn: TurnID, through: UInt32) -> [Change] {
        guard self.turn == turn else { return [] }
        self.through = through
        return advance()
    }

    package mutating func discard(_ turn: TurnID) {
        if self.turn == turn { self.turn = nil }
    }

    private mutating func advance() -> [Change] {
        guard let turn else { return [] }
        let limit = through ?? .max
        let more = recent.filter { $0.sequence >= next && $0.sequence <= limit }
        var changes: [Change] = []
        if let last = more.last {
            next = last.sequence &+ 1
            changes.append(.more(more))
        }
        // Frames travel on a lane that may drop: one beyond the end says that the end has passed.
        if let through, let newest = recent.last?.sequence, newest >= through {
            self.turn = nil
            changes.append(.complete(turn))
        }
        return changes
    }
}
