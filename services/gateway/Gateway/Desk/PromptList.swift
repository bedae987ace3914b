import Business
import CallEngine
import CallVocabulary

/// Which prompts a set of businesses needs, and what they are called.
package enum PromptList {
    package enum Kind: String, Sendable, CaseIterable {
        case greeting, fallback, busy, sorry, moment, resumed, thanks, recorded, handover, nobody, warning
        case timeUp = "time_up"
    }

    /// Spoken when nobody's number was called.
    package static let refusal = "refusal_he"

    /// The first business's prompts carry the plain names (`greeting_he`), those of others their id.
    package static func name(_ kind: Kind, of business: BusinessID, in directory: BusinessDirectory) -> String {
        business == directory.first?.id ? "\(kind.rawValue)_he" : "\(kind.rawValue)_he-\(business.rawValue)"
    }

    package static func text(_ kind: Kind, of business: BusinessProfile) -> String {
        switch kind {
        case .greeting: business.greeting
        case .fallback: business.lines.fallback
        case .busy: business.lines.busy
        case .sorry: business.lines.sorry
        case .moment: business.lines.moment
        case .resumed: business.lines.resumed
        case .thanks: business.lines.thanks
        case .recorded: business.lines.recorded
        case .handover: business.lines.handover
        case .nobody: business.lines.nobody
        case .warning: business.lines.warning
        case .timeUp: business.lines.timeUp
        }
    }

    /// - Parameter providers: the voices of the installation in their order: with others the prompts are made anew.
    package static func prompts(for directory: BusinessDirectory, providers: [String] = []) -> [PromptLibrary.Prompt] {
        func voice(_ business: BusinessProfile?) -> String {
            let order = business?.providers.tts ?? []
            return ((order.isEmpty ? providers : order) + [business?.voice.fingerprint ?? ""]).joined(separator: " ")
        }
        var prompts: [PromptLibrary.Prompt] = []
        for business in directory.businesses {
            for kind in Kind.allCases {
                prompts.append(
                    .init(
                        name: name(kind, of: business.id, in: directory), text: text(kind, of: business), business: business.id,
                        voice: voice(business)))
            }
        }
        prompts.append(.init(name: refusal, text: GlobalLines.unknownNumber, business: nil, voice: voice(directory.first)))
        return prompts
    }
}
