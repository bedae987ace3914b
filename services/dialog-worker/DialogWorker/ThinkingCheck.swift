import BusContract
import Business
import CallVocabulary
import ProviderKit

/// Asks a model one sentence of a caller's, and measures how long its first sentence takes.
package enum ThinkingCheck {
    /// Each model in turn, a line for each.
    /// - Returns: whether all of them work.
    package static func run(_ models: [any LanguageModel], business: BusinessProfile) async -> Bool {
        var allWork = true
        for model in models {
            let check = await run(model, business: business)
            print(check.text)
            allWork = allWork && check.works
        }
        return allWork
    }

    package static func run(
        _ model: any LanguageModel, business: BusinessProfile, patience: Duration = ProviderCheck.patience
    ) async -> ProviderCheck {
        await ProviderCheck.run(stage: "dialog", provider: model.name, patience: patience) {
            let heard = Heard.speech(Transcript(text: ProviderCheck.sentence, confidence: 1, understood: true))
            let request = ModelRequest(business: business, turn: DialogTurn(heard: heard, log: [], caller: "+972501234567"))
            let start = ContinuousClock.now
            var first: Int?
            var sentences: [String] = []
            for try await event in model.reply(to: request) {
                guard case .sentence(let text) = event else { continue }
                if first == nil { first = ProviderCheck.milliseconds(since: start) }
                sentences.append(text)
            }
            guard let first else { throw ProviderFailure(.empty, "a reply without a sentence") }
            return .works(milliseconds: first, what: "to the first sentence: \u{2067}\(sentences.joined(separator: " "))\u{2069}")
        }
    }
}
