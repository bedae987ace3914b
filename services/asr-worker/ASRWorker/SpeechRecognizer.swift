import CallVocabulary

/// A provider of speech recognition. Each lives in a folder of its own; nothing outside that folder knows how it hears.
package protocol SpeechRecognizer: Sendable {
    /// Name of the provider, as in the configuration.
    var name: String { get }

    /// The provider's own threads, for the heartbeat. A provider elsewhere has none: what waits for its answer is not stuck here.
    var meters: [WorkMeter] { get }

    /// Begins to listen to a call. The same conversation may be open twice while it moves between gateways.
    /// - Parameters:
    ///   - business: whose vocabulary and whose order of providers count; nil: the installation's.
    ///   - report: called from any thread, in order for one turn.
    func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream

    /// What hears whole recordings; nil when this provider cannot.
    var transcriber: (any SpeechTranscriber)? { get }

    /// Makes the first call as fast as the others: loads models, opens connections.
    /// - Throws: when the provider cannot work; the error names the remedy.
    func warm() async throws
}

extension SpeechRecognizer {
    package var meters: [WorkMeter] { [] }
    package var transcriber: (any SpeechTranscriber)? { nil }
}

/// One call's utterances on their way to words. None of these waits: replayed audio comes many times faster than it was spoken.
package protocol RecognitionStream: Sendable {
    /// What the caller is expected to say from the next utterance on.
    func expect(_ expectations: Expectations)
    /// More of an utterance: in order, without repetitions, a lost frame left out. The first begins the utterance.
    func hear(_ frames: [AudioFrame], of turn: TurnID)
    /// The utterance is complete: exactly one final is due, also if nothing was heard of it. Frames beyond `through` do not belong to it.
    func finish(_ turn: TurnID, through: UInt32)
    func discard(_ turn: TurnID)
    func close()
}

package enum RecogniserReport: Sendable, Equatable {
    /// `by`: the provider that heard it; nil: the recogniser itself.
    case interim(TurnID, String, by: String? = nil)
    case final(TurnID, Transcript, by: String? = nil)
}
