import BusContract
import CallVocabulary
import Hebrew

/// The caller's voice over the agent's: who wants the word gets it, who coughs, agrees or is our own echo does not.
extension CallSession {
    /// The recogniser says what it hears while the agent speaks.
    /// - Parameter isFinal: these are all the words; else more may come, and a recogniser that guesses from a list is not believed yet.
    mutating func heardOverReply(_ text: String, isFinal: Bool, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live, playback.isSounding, isFinal || policy.trustsInterims, wantsTheWord(text, isFinal: isFinal, at: now) else { return }
        bargeIn(at: now, &actions)
    }

    private func wantsTheWord(_ text: String, isFinal: Bool, at now: CallTime) -> Bool {
        guard !UtteranceShape(text).isNoInterruption, !isOwnVoice(text) else { return false }
        if isFinal { return true }
        guard endpointer.voicedMilliseconds >= policy.bargeInVoice else { return false }
        // Both begin at once: who hears the other stops, and in the first moment that is the caller.
        guard let spoken = turns.current?.stages.spoken else { return true }
        return now >= spoken.adding(milliseconds: policy.protectedStart)
    }

    /// Mostly words of what is being said: the line brings us back to ourselves.
    func isOwnVoice(_ text: String) -> Bool {
        let heard = Self.words(text)
        guard !heard.isEmpty, let current = turns.current else { return false }
        let own = Set(current.texts.values.flatMap(Self.words))
        return heard.count { own.contains($0) } * 10 >= heard.count * 7
    }

    private static func words(_ text: String) -> [String] { text.split { !$0.isLetter && !$0.isNumber }.map(String.init) }
}
