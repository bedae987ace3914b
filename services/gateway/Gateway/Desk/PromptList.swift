import Business
import CallEngine
import CallVocabulary

/// Which prompts a set of businesses needs, and what they are called.
package enum PromptList {
    package enum Kind: String, Sendable { case greeting, fallback, busy, sorry, moment, resumed }

    /// Spoken when nobody's number was called.
    package static let refusal = "refusal_he"

    /// The first business's prompts carry the plain names (`greeting_he`), those of others their id.
    package static func name(_ kind: Kind, of business: BusinessID, in directory: BusinessDirectory) -> String {
        business == directory.first?.id ? "\(kind.rawValue)_he" : "\(kind.rawValue)_he-\(business.rawValue)"
    }

    package static func prompts(for directory: BusinessDirectory) -> [PromptLibrary.Prompt] {
        var prompts: [PromptLibrary.Prompt] = []
        for business in directory.businesses {
            let voice = "\(business.voice.variant)/\(business.voice.rate)/\(business.voice.pitch)"
            let texts: [(Kind, String)] = [
                (.greeting, business.greeting), (.fallback, business.lines.fallback), (.busy, business.lines.busy), (.sorry, business.lines.sorry),
                (.moment, business.lines.moment), (.resumed, business.lines.resumed),
            ]
            for (kind, text) in texts {
                prompts.append(.init(name: name(kind, of: business.id, in: directory), text: text, business: business.id, voice: voice))
            }
        }
        let first = directory.first.map { "\($0.voice.variant)/\($0.voice.rate)/\($0.voice.pitch)" } ?? ""
        prompts.append(.init(name: refusal, text: GlobalLines.unknownNumber, business: nil, voice: first))
        return prompts
    }
}
