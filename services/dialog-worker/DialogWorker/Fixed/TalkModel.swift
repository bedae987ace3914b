import BusContract
import Business
import CallVocabulary

/// The provider `talk`: takes up the caller's first words in a short sentence, so that each reply shows what it answers. Asked to elaborate
/// (``elaborate``), it goes on for some twelve seconds, so that there is something to interrupt. For tests of turns and interruptions.
package struct TalkModel: LanguageModel {
    /// Whoever says this word gets the long answer.
    package static let elaborate = "לפרט"
    package let name = "talk"

    /// Words of the caller's that a reply takes up: more would make its length depend on the caller's.
    private static let taken = 3
    private static let details = [
        "אנחנו פותחים בשעה תשע בבוקר ונשארים פתוחים עד שבע בערב בכל ימות השבוע.",
        "המשרד נמצא ברחוב הראשי ליד הכיכר הגדולה ויש חניה מאחורי הבניין.",
        "אפשר לקבוע פגישה מראש או פשוט להגיע ולחכות כמה דקות בתור.",
    ]

    package init() {}

    package func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let done = ModelEvent.done(ModelDone(lead: [:], ending: nil, state: name))
        let sentences: [String]
        switch request.turn.heard {
        // The greeting has been played: the opening needs no sentence.
        case .opening: sentences = []
        case .speech(let transcript) where transcript.understood:
            let words = transcript.text.split(separator: " ")
            let answer = "הבנתי, \(words.prefix(Self.taken).joined(separator: " "))."
            sentences = [answer] + (words.contains { $0 == Self.elaborate } ? Self.details : [])
        case .speech: sentences = ["לא הצלחתי לשמוע."]
        case .interrupted, .digits: sentences = ["אפשר להמשיך."]
        case .silence: sentences = ["אני עדיין על הקו."]
        }
        return .known([.expectations(.anything)] + sentences.map { .sentence($0) } + [done])
    }
}
