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
        /// More of an utterance, in order. Its first is its beginning.
        case more(TurnID, [AudioFrame])
        case complete(TurnID)
    }

    /// Frames kept from before an utterance: the lead-in, and what came while the mark was on its way. Two seconds.
    private static let kept = 100

    private struct Utterance: Sendable {
        let turn: TurnID
        var next: UInt32
        var through: UInt32?
    }

    private var recent: [AudioFrame] = []
    /// Oldest first: marks may overtake the frames that they speak of, so the next utterance may begin before the last frames of this one are here.
    private var utterances: [Utterance] = []

    package init() {}

    package mutating func hear(_ frames: [AudioFrame]) -> [Change] {
        recent += frames
        let changes = advance()
        // After advancing: what an open utterance has not taken yet must not be trimmed.
        if recent.count > 2 * Self.kept { recent.removeFirst(recent.count - Self.kept) }
        return changes
    }

    package mutating func begin(_ turn: TurnID, from: UInt32) -> [Change] {
        utterances.append(Utterance(turn: turn, next: from))
        return advance()
    }

    package mutating func end(_ turn: TurnID, through: UInt32) -> [Change] {
        guard let index = utterances.firstIndex(where: { $0.turn == turn }) else { return [] }
        utterances[index].through = through
        return advance()
    }

    package mutating func discard(_ turn: TurnID) { utterances.removeAll { $0.turn == turn } }

    private mutating func advance() -> [Change] {
        var changes: [Change] = []
        while var utterance = utterances.first {
            let limit = utterance.through ?? .max
            let more = recent.filter { $0.sequence >= utterance.next && $0.sequence <= limit }
            if let last = more.last {
                utterance.next = last.sequence &+ 1
                utterances[0] = utterance
                changes.append(.more(utterance.turn, more))
            }
            // Frames travel on a lane that may drop: one beyond the end says that the end has passed.
            guard let through = utterance.through, let newest = recent.last?.sequence, newest >= through else { return changes }
            utterances.removeFirst()
            changes.append(.complete(utterance.turn))
        }
        return changes
    }
}
