import BusContract
import Business
import CallVocabulary

/// The provider `echo`: answers a number with numbers, so that a test can tell which reply belongs to which utterance.
///
/// With the recogniser `tones` a transcript is a number, and with the voice `tone` a number is heard as one: every word of a call can be
/// followed from the caller's mouth to the caller's ear. `Tests/Chaos` does that.
package struct EchoModel: LanguageModel {
    /// Added to the number heard for the second sentence: the two sentences of a reply can be told apart, and from every utterance.
    package static let second = 32_768
    /// "Say that again": what was heard is no number, or several.
    package static let again = 32_767
    package let name = "echo"
    package init() {}

    package func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        // A lead that changes with every turn: its last state shows whether a fact was lost.
        let known = request.turn.log.last { Self.number($0.heard) != nil }.flatMap { Self.number($0.heard) }
        let heard = Self.number(request.turn.heard)
        let lead = (heard ?? known).map { ["number": String($0)] } ?? [:]
        let done = ModelEvent.done(ModelDone(lead: lead, ending: nil, state: name))
        // The greeting has been played: the opening needs no sentence.
        if request.turn.heard == .opening { return .known([.expectations(.anything), done]) }
        let sentences = heard.map { [$0, $0 + Self.second] } ?? [Self.again]
        return .known([.expectations(.anything)] + sentences.map { .sentence(String($0)) } + [done])
    }

    private static func number(_ heard: Heard) -> Int? {
        guard case .speech(let transcript) = heard, transcript.understood, let number = Int(transcript.text), (0..<again).contains(number) else {
            return nil
        }
        return number
    }
}
