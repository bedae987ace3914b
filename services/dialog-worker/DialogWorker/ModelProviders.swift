import Business

/// The models that this build has, by the names of `DIALOG_PROVIDERS`.
package enum ModelProviders {
    package static let names = ["local", "fixed", "echo"]

    /// - Parameter names: in the order in which they are tried.
    /// - Throws: `ModelError.noSuchProvider`, naming every unknown one.
    package static func make(_ names: [String], fixedSentence: String = FixedModel.defaultSentence) throws(ModelError) -> [any LanguageModel] {
        let unknown = names.filter { !Self.names.contains($0) }
        guard unknown.isEmpty, !names.isEmpty else {
            throw ModelError(
                .noSuchProvider,
                "DIALOG_PROVIDERS: \(unknown.isEmpty ? "the list is empty" : "unknown: " + unknown.joined(separator: ", ")); known: \(Self.names.joined(separator: ", "))"
            )
        }
        return names.map { name in
            switch name {
            case "fixed": FixedModel(sentence: fixedSentence)
            case "echo": EchoModel()
            default: ReceptionistModel()
            }
        }
    }
}
