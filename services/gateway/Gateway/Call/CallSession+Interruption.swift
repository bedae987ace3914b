import BusContract
import CallVocabulary
import Hebrew

/// The caller's voice over the agent's: who wants the word gets it, who coughs, agrees or is our own echo does not.
extension CallSession {
    /// The recogniser says what it hears while the agent speaks.
    /// - Parameter isFinal: these are all the words; else more may come, and a recogniser that guesses from a list is not believed yet.
    mutating func heardOverReply(_ text: String, isFinal: Bool, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live, playback.isSounding, isFinal || policy.trustsInterims, wantsTheWord(text, isFinal: isFinal, at: now) else { return }
        if isFinal || isCertain(text) { return bargeIn(at: now, &actions) }
        fallSilent(at: now, &actions)
    }

    /// More than a sound with a word read into it.
    private func isCertain(_ text: String) -> Bool {
        endpointer.voicedMilliseconds >= policy.bargeInCertain && Self.words(text).count >= policy.bargeInWords
    }

    // MARK: - In doubt

    /// Stops speaking without giving up the word: the voice may be nothing, and then the sentence goes on from where it was cut.
    private mutating func fallSilent(at now: CallTime, _ actions: inout [CallAction]) {
        // What is said between the replies is too short to be taken up again.
        guard let turn = turns.current?.turn, playback.isReplySounding(turn) else { return bargeIn(at: now, &actions) }
        guard !playback.isPaused else { return }
        playback.pause(at: now)
        actions.append(.clear)
        deadlines[.mark] = nil
        deadlines[.doubt] = now.adding(milliseconds: policy.doubt)
        actions.append(.log(CallLog(.paused, turn: turn)))
        actions.append(tap(.paused, turn: turn, at: now))
    }

    /// The caller speaks on, or the recogniser is late: words were heard, and whoever has words is not spoken over.
    mutating func doubtIsOver(at now: CallTime, _ actions: inout [CallAction]) {
        guard playback.isPaused else { return }
        guard let text = turns.listening.last?.interim?.text, wantsTheWord(text, isFinal: true, at: now) else { return goOn(at: now, &actions) }
        bargeIn(at: now, &actions)
    }

    /// It was no interruption.
    mutating func goOn(at now: CallTime, _ actions: inout [CallAction]) {
        guard playback.isPaused else { return }
        deadlines[.doubt] = nil
        playback.resume(at: now)
        actions.append(.log(CallLog(.unpaused, turn: turns.current?.turn)))
        actions.append(tap(.unpaused, turn: turns.current?.turn, at: now))
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
        guard !heard.isEmpty else { return false }
        let own = Set((turns.current.map { Array($0.texts.values) } ?? lastSaid).flatMap(Self.words))
        return heard.count { own.contains($0) } * 10 >= heard.count * 7
    }

    private static func words(_ text: String) -> [String] { text.split { !$0.isLetter && !$0.isNumber }.map(String.init) }
}
