import CallVocabulary
import ProviderKit

/// A provider elsewhere that hears one call's audio as a stream. Each lives in a folder of its own and knows the vendor's wire and nothing
/// of turns, failover or stream limits: `StreamingSession` decides about those.
package protocol StreamingProvider: Sendable {
    /// As in `ASR_PROVIDERS`.
    var name: String { get }
    var traits: StreamTraits { get }

    /// Opens a connection and returns at once; audio may be sent at once and is kept until the connection stands.
    /// - Parameter report: called later (never from inside this call or a method of the connection), from any thread, in order.
    func connect(_ hints: RecognitionHints, report: @escaping @Sendable (ConnectionEvent) -> Void) -> any RecognizerConnection

    /// What hears whole recordings; nil when this provider cannot.
    var transcriber: (any SpeechTranscriber)? { get }

    /// Makes the first connection as fast as the others: fetches tokens, looks names up, opens what can be shared.
    /// - Throws: `ProviderFailure` when the provider cannot work; a worker starts all the same and says so.
    func warm() async throws
}

extension StreamingProvider {
    package var transcriber: (any SpeechTranscriber)? { nil }
    package func warm() async throws {}
}

/// One connection of one call to its provider. None of these waits; what cannot be sent is bounded by the provider and then ends the
/// connection with a failure.
package protocol RecognizerConnection: Sendable {
    /// Mu-law, 8 kHz, mono; any length.
    func send(_ audio: [UInt8])
    /// The utterance is over: report what was heard so far as final, then `.finalized`. Providers that have no such request ignore it.
    func finalize()
    /// Nothing is said now and nothing is sent: keeps the connection alive. Called about every `StreamTraits.keepAliveMilliseconds`.
    func keepAlive()
    /// No more audio comes. What was sent is still reported, then `.ended(.closed)`. It keeps itself alive until then.
    func close()
    /// Ends it at once; nothing more is reported.
    func cancel()
}

/// What a connection reports.
package enum ConnectionEvent: Sendable, Equatable {
    /// The provider has accepted it. Optional: the first result says the same.
    case ready
    /// A hypothesis for all audio since the last final; each replaces the one before.
    case interim(HeardText)
    /// Will not change any more. The finals of a connection, in order, are its transcript.
    case final(HeardText)
    /// Everything that was sent before `finalize` has been reported.
    case finalized
    /// The last event.
    case ended(ConnectionEnd)
}

package struct HeardText: Sendable, Equatable {
    package var text: String
    /// Where the last word ends, in milliseconds of the audio sent on this connection; nil when the provider does not say.
    package var endMilliseconds: Int?
    /// 0…1; nil when the provider does not say.
    package var confidence: Double?
    package init(_ text: String, endMilliseconds: Int? = nil, confidence: Double? = nil) {
        self.text = text
        self.endMilliseconds = endMilliseconds
        self.confidence = confidence
    }
}

package enum ConnectionEnd: Sendable, Equatable {
    /// After `close`.
    case closed
    /// The provider's longest stream is over. Routine: the next connection takes over.
    case limit
    /// The provider heard nothing for too long. Routine.
    case idle
    case failed(ProviderFailure)
}

/// What a provider's streams are like.
package struct StreamTraits: Sendable, Equatable {
    package enum Silence: Sendable, Equatable {
        /// Between utterances silence is sent in real time: the provider's clock and endpointing go on.
        case sent
        /// Nothing is sent but `keepAlive`.
        case keepAlive
    }
    package var silence: Silence
    /// Audio is handed over in pieces of about this length. Fewer messages cost less, and each waits for its piece to fill.
    package var chunkMilliseconds: Int
    package var keepAliveMilliseconds: Int
    /// Answers `finalize` with `.finalized`.
    package var finalizes: Bool
    /// For providers without such a request: the end of an utterance closes its connection, whose last final comes at once, and the next
    /// utterance has a connection of its own.
    package var closesToFinalize: Bool
    /// Reports interims while somebody speaks; without one for a while it counts as deaf.
    package var hasInterims: Bool
    /// From this age on the next connection is opened and the first chance to move over is taken; nil: no limit is known.
    package var renewAfterMilliseconds: Int?
    /// At this age the move is made at once.
    package var renewByMilliseconds: Int?
    /// How long the final of a finished utterance may take before another provider is asked.
    package var finalTimeoutMilliseconds: Int

    package init(
        silence: Silence, chunkMilliseconds: Int = 40, keepAliveMilliseconds: Int = 4_000, finalizes: Bool,
        closesToFinalize: Bool = false, hasInterims: Bool = true,
        renewAfterMilliseconds: Int? = nil, renewByMilliseconds: Int? = nil, finalTimeoutMilliseconds: Int = 1_200
    ) {
        self.silence = silence
        self.chunkMilliseconds = chunkMilliseconds
        self.keepAliveMilliseconds = keepAliveMilliseconds
        self.finalizes = finalizes
        self.closesToFinalize = closesToFinalize
        self.hasInterims = hasInterims
        self.renewAfterMilliseconds = renewAfterMilliseconds
        self.renewByMilliseconds = renewByMilliseconds
        self.finalTimeoutMilliseconds = finalTimeoutMilliseconds
    }
}

/// What a provider is told of a business before it hears a call.
package struct RecognitionHints: Sendable, Equatable {
    /// Words and phrases that callers are likely to say, the most important first; providers take as many as they can.
    package var phrases: [String]
    package init(phrases: [String] = []) { self.phrases = phrases }
}
