import Business
import HTTPFetch
import Logging
import ServiceKit

/// The models that this build has, by the names of `DIALOG_PROVIDERS`.
package enum ModelProviders {
    package static let names = ["local", "fixed", "echo", "talk", "profile", "openai", "compatible"]

    /// The settings of those that are reached over HTTP; faults are the reader's.
    package static func settings(_ names: [String], _ reader: SettingsReader) -> [ChatSettings] {
        names.compactMap { name in
            switch name {
            case "openai": .openAI(reader)
            case "compatible": .compatible(reader)
            default: nil
            }
        }
    }

    /// - Parameters:
    ///   - names: in the order in which they are tried.
    ///   - chats: for each name that is reached over HTTP.
    ///   - fetch: needed with `chats`.
    ///   - profile: of the model `profile`.
    /// - Throws: `ModelError.noSuchProvider`, naming every unknown one.
    package static func make(
        _ names: [String], chats: [ChatSettings] = [], fetch: HTTPFetch? = nil, logger: Logger = Logger(label: "dialog"),
        fixedSentence: String = FixedModel.defaultSentence, profile: ProviderProfile = .fast
    ) throws(ModelError) -> [any LanguageModel] {
        let unknown = names.filter { !Self.names.contains($0) }
        guard unknown.isEmpty, !names.isEmpty else {
            throw ModelError(
                .noSuchProvider,
                "DIALOG_PROVIDERS: \(unknown.isEmpty ? "the list is empty" : "unknown: " + unknown.joined(separator: ", ")); known: \(Self.names.joined(separator: ", "))"
            )
        }
        var models: [any LanguageModel] = []
        for name in names {
            switch name {
            case "fixed": models.append(FixedModel(sentence: fixedSentence))
            case "echo": models.append(EchoModel())
            case "talk": models.append(TalkModel())
            case "profile": models.append(ProfileModel(profile))
            case "local": models.append(ReceptionistModel())
            default:
                guard let settings = chats.first(where: { $0.name == name }), let fetch else {
                    throw ModelError(.noSuchProvider, "DIALOG_PROVIDERS: \(name) has no settings; read them first")
                }
                models.append(ChatModel(client: ChatClient(settings: settings, fetch: fetch, logger: logger), logger: logger))
            }
        }
        return models
    }
}
