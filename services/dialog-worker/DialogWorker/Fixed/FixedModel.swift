import BusContract
import Business
import CallVocabulary

/// The provider `fixed`: one sentence at once, whatever was heard. For benchmarks and tests of everything around the dialogue.
package struct FixedModel: LanguageModel {
    package static let defaultSentence = "בסדר גמור, רשמתי."
    package let name = "fixed"
    private let sentence: String
    package init(sentence: String = FixedModel.defaultSentence) { self.sentence = sentence }

    package func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let done = ModelEvent.done(ModelDone(lead: [:], ending: nil, state: "fixed"))
        // The greeting has been played: the opening needs no sentence.
        if request.turn.heard == .opening { return .known([.expectations(.anything), done]) }
        return .known([.expectations(.anything), .sentence(sentence), done])
    }
}
