import Hebrew

/// Chooses among the forms of a sentence that gender changes, when a business's file is read: whoever uses a sentence later finds one form.
struct SpokenForms {
    let log: FaultLog
    let agent: AgentGender
    let caller: CallerAddress

    func chosen(_ sentence: Located<String>) -> Located<String> {
        guard sentence.value.contains("|") else { return sentence }
        do throws(GenderedPhraseFault) {
            return Located(value: try GenderedPhrase(sentence.value).text(agent: agent, caller: caller), line: sentence.line)
        } catch {
            log.add(.wrongValue, sentence.line, "the sentence `\(sentence.value)` cannot be read: \(error.cause)", error.remedy)
            return sentence
        }
    }
}
