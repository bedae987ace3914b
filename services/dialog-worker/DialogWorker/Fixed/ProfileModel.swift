import BusContract
import Business
import CallVocabulary
import ServiceKit

/// The provider `profile`: says one of a few replies, as late as a language model elsewhere would (``ProviderProfile``). For benchmarks of what a
/// caller waits for.
package struct ProfileModel: LanguageModel {
    package let name = "profile"
    package let waitsForOthers = true
    private let profile: ProviderProfile

    /// A short first sentence, as a prompt for spoken replies asks for.
    static let replies = [
        ["בסדר גמור.", "אני רושמת את זה ומיד ממשיכה."],
        ["כן, בוודאי.", "אפשר לקבוע פגישה כבר השבוע."],
        ["תודה רבה לך.", "יש עוד משהו שחשוב לדעת?"],
        ["אני בודקת.", "יש לנו כמה אפשרויות שיכולות להתאים."],
    ]
    /// Letters that a token of Hebrew stands for: an assumption.
    private static let lettersPerToken = 2.2
    /// A reply is a few sentences.
    private static let bound = 16

    package init(_ profile: ProviderProfile) { self.profile = profile }

    package func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let plan = plan(request)
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: ModelEvent.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(Self.bound))
        let task = Task {
            do {
                let begin = ContinuousClock.now
                for (after, event) in plan {
                    try await Task.sleep(until: begin + .milliseconds(after), tolerance: .zero)
                    continuation.yield(event)
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// What comes of the reply, and when: milliseconds from the question on.
    package func plan(_ request: ModelRequest) -> [(after: Int, event: ModelEvent)] {
        let done = ModelEvent.done(ModelDone(lead: [:], ending: nil, state: name))
        // The greeting has been played: the opening needs no sentence.
        if request.turn.heard == .opening { return [(0, .expectations(.anything)), (0, done)] }
        let seed = DelayDistribution.seed(profile.seed, call: request.conversation?.rawValue ?? "", turn: request.turn.log.count)
        let sentences = Self.replies[Int(seed % UInt64(Self.replies.count))]
        var at = Double(profile.firstToken.sample(seed: seed))
        var plan: [(after: Int, event: ModelEvent)] = [(0, .expectations(.anything))]
        for (index, sentence) in sentences.enumerated() {
            at += Double(sentence.count) / Self.lettersPerToken / profile.tokensPerSecond * 1_000
            // What has been said is not said again.
            if index >= request.turn.said.count { plan.append((Int(at), .sentence(sentence))) }
        }
        return plan + [(Int(at), done)]
    }
}
