import Business

extension BusinessProfile {
    /// What is said to callers in the same words every time, the most urgent first: the greeting, the lines outside of the dialogue, then the
    /// dialogue's own sentences as far as they quote no answer.
    var fixedSentences: [String] {
        var sentences = [
            greeting, lines.sorry, lines.fallback, lines.busy, lines.moment, lines.resumed, lines.thanks, lines.recorded, lines.handover,
            lines.nobody, lines.warning, lines.timeUp, GlobalLines.unknownNumber,
        ]
        for state in receptionist.states { sentences += state.prompt + state.promptHidden + state.reprompt + state.acknowledge }
        sentences += receptionist.silence.prompts.flatMap { $0 } + receptionist.silence.goodbye + receptionist.silence.goodbyeHidden
        var seen: Set<String> = []
        return sentences.filter { !$0.contains("{") && seen.insert($0).inserted }
    }
}
