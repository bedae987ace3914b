import CallEngine
import CallVocabulary

extension CallBook {
    package struct Entry: Sendable, Equatable {
        package let call: CallID
        package let business: BusinessID
        package let caller: String?
        package let called: String
        /// Number of the stream that may come next, from 1.
        package var generation: Int
        package var tokenExpires: Int64
        /// The latest generation whose stream has come.
        package var opened: Int
        package var outcome: CallOutcome?
        package var touched: Int64
        /// Unix milliseconds of its arrival: the call's clock begins here, in every life of the gateway.
        package var arrivedMilliseconds: Int64
        /// Streams that broke while this gateway lived: those are the line's fault, not ours.
        package var breaks = 0
        /// Unix milliseconds of the last one.
        var brokenAt: Int64 = 0
        /// How often Twilio asked what to do after the stream of this generation, which has not come.
        package var unopened = 0
        /// Unix milliseconds at which the stream of this generation is missing.
        package var streamDue: Int64 = 0
        /// How often the watch has sent the call to the recording for want of this stream.
        package var redirects = 0
        /// The reply that is played before the stream of this generation.
        package var play: String?
        /// How long that takes.
        package var playMilliseconds = 0
        /// The call leaves its stream by our own will: whoever asks what comes next gets this.
        package var exit: LineExit?
        /// How often the call has come to the recording.
        package var landings = 0
        /// Of an earlier life of the gateway: Twilio should ask about it soon.
        package var isRestored = false
        /// The greeting is spoken in the stream.
        package var greetsInStream = false
        /// The lead as known now.
        package var lead: [String: String] = [:]
        /// The call's slot is its own until then. Whoever has it renews it, so a callback that never comes costs a slot for this long only.
        package var lease: Int64 = 0
        /// What Twilio was answered last.
        var answers: [Answer] = []

        /// An answer is as good as before while none of these has changed.
        var stage: Stage {
            Stage(generation: generation, opened: opened, outcome: outcome, exit: exit, landings: landings, play: play)
        }

        /// Whether the answer may be given once more.
        func isAsGood(_ answer: Answer) -> Bool {
            if answer.stage == stage { return true }
            guard outcome == nil, exit == nil else { return false }
            // Twilio has got it, for the call has gone on: a second copy of the request wants nothing new, and is no second break.
            return answer.webhook == .streamEnded || answer.webhook == .incomingCall && answer.stage.generation == generation
        }
    }

    struct Stage: Sendable, Equatable {
        let generation: Int
        let opened: Int
        let outcome: CallOutcome?
        let exit: LineExit?
        let landings: Int
        let play: String?
    }

    struct Answer: Sendable, Equatable {
        let webhook: DocumentWebhook
        let token: String
        let stage: Stage
        let reply: TwiMLReply
        /// Milliseconds until its stream was missing.
        let awaits: Int64
        var repetitions = 0
    }
}
