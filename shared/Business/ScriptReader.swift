import CallVocabulary
import Yams

/// Reads the `receptionist` part of a business's file.
struct ScriptReader {
    let log: FaultLog

    func read(_ file: YAMLSection) -> ReceptionistScript {
        let section = file.section(
            "receptionist", "receptionist", fields: ["first", "subject", "callback", "promise", "silence", "repeat", "phrase_lists", "states"])
        let lists = phraseLists(section)
        var checks = ScriptChecks(log: log)
        let states = states(section, lists: lists, checks: &checks)
        let quiet = section.section("silence", "silence", fields: ["prompts", "goodbye", "goodbye_hidden"])
        let prompts = quiet.requiredTexts("prompts")
        if prompts.count == 1 {
            log.add(
                .missing, quiet.line(of: "prompts"), "the silence has one prompt only",
                "Write at least two: nobody is hung up on before being asked twice")
        }
        let goodbye = quiet.requiredTexts("goodbye")
        let goodbyeHidden = quiet.requiredTexts("goodbye_hidden")
        checks.templates += (prompts + goodbye + goodbyeHidden).map { .init(state: nil, sentence: $0) }
        let silence = ReceptionistScript.Silence(
            prompts: prompts.map { [$0.value] }, goodbye: goodbye.map(\.value), goodbyeHidden: goodbyeHidden.map(\.value))
        let first = section.requiredText("first")
        let callback = section.requiredText("callback")
        let promise = section.requiredText("promise")
        let subject = section.requiredText("subject")
        let repeats = expand(section.requiredTexts("repeat"), lists: lists)
        let script = ReceptionistScript(
            first: first.value, subject: subject.value, callback: callback.value, promise: promise.value, silence: silence,
            repeatPhrases: repeats, repeatForms: repeats.map(PhraseForm.words), states: states)
        for target in [first, callback, promise] where !target.value.isEmpty {
            checks.targets.append(.init(state: nil, name: target))
        }
        if file.node("transfer") == nil {
            for state in states where state.ending == .transfer {
                log.add(
                    .missing, checks.stateLines[state.name], "the state `\(state.name)` hands the call over and there is no `transfer`",
                    "Add `transfer:` with the `number` of a person to the business")
            }
        }
        checks.run(script, subject: subject)
        return script
    }

    // MARK: - Phrases

    private func phraseLists(_ section: YAMLSection) -> [String: [String]] {
        guard section.node("phrase_lists") != nil else { return [:] }
        let lists = section.section("phrase_lists", "phrase_lists", fields: nil)
        return Dictionary(uniqueKeysWithValues: lists.keys.map { key in (key.value, lists.texts(key.value).map(\.value)) })
    }

    /// `$yes` puts in the list of that name.
    private func expand(_ phrases: [Located<String>], lists: [String: [String]]) -> [String] {
        var result: [String] = []
        for phrase in phrases {
            guard phrase.value.hasPrefix("$") else {
                result.append(phrase.value)
                continue
            }
            if let list = lists[String(phrase.value.dropFirst())] {
                result += list
            } else {
                log.add(.noPhrases, phrase.line, "there is no phrase list `\(phrase.value)`", "Write it under `phrase_lists`, without the `$`")
            }
        }
        return result
    }

    // MARK: - States

    private static let stateFields = [
        "field", "title", "store", "kind", "prompt", "prompt_hidden", "reprompt", "acknowledge", "patterns", "answers", "next", "otherwise", "come_back_to",
        "ending",
    ]

    private func states(_ section: YAMLSection, lists: [String: [String]], checks: inout ScriptChecks) -> [ReceptionistScript.State] {
        let all = section.section("states", "states", fields: nil)
        var states: [ReceptionistScript.State] = []
        for key in all.keys {
            let state = YAMLSection(all.node(key.value), what: "the state `\(key.value)`", fields: Self.stateFields, log: log, line: key.line)
            if key.value == ReceptionistScript.back {
                log.add(.wrongValue, key.line, "`back` cannot be the name of a state", "It means: back to the state that was interrupted")
            }
            states.append(read(state, name: key, lists: lists, checks: &checks))
        }
        return states
    }

    private func read(_ state: YAMLSection, name: Located<String>, lists: [String: [String]], checks: inout ScriptChecks) -> ReceptionistScript.State
    {
        func spoken(_ key: String) -> [String] {
            let sentences = state.texts(key)
            checks.templates += sentences.map { .init(state: name.value, sentence: $0, afterAnswer: key == "acknowledge") }
            return sentences.map(\.value)
        }
        func target(_ key: String) -> String? {
            guard let target = state.text(key) else { return nil }
            checks.targets.append(.init(state: name.value, name: target))
            return target.value
        }
        let ending = state.text("ending").flatMap { text -> DialogEnding? in
            let ending = DialogEnding(rawValue: text.value)
            if ending == nil {
                log.add(.wrongValue, text.line, "there is no ending `\(text.value)`", "Endings: goodbye, callback, unserved, transfer")
            }
            return ending
        }
        checks.stateLines[name.value] = name.line
        if state.node("prompt") == nil { state.missing("prompt") }
        let next = target("next")
        let answers = answers(state, name: name.value, lists: lists, checks: &checks)
        let result = ReceptionistScript.State(
            name: name.value, field: field(state), prompt: spoken("prompt"), promptHidden: spoken("prompt_hidden"), reprompt: spoken("reprompt"),
            acknowledge: spoken("acknowledge"), answers: answers, next: next, otherwise: target("otherwise"), comeBackTo: target("come_back_to"),
            ending: ending)
        checkShape(of: result, state)
        return result
    }

    private func checkShape(of state: ReceptionistScript.State, _ section: YAMLSection) {
        guard section.node("ending") == nil else {
            if section.node("answers") != nil || section.node("next") != nil || section.node("otherwise") != nil {
                log.add(
                    .wrongValue, section.line, "\(section.what) ends the call and leads on as well",
                    "Leave out `ending`, or `answers`, `next` and `otherwise`")
            }
            if state.ending == .callback, state.promptHidden.isEmpty {
                log.add(
                    .missing, section.line, "\(section.what) promises to call back and has no `prompt_hidden`",
                    "Say in it how to reach the business when the caller's number is hidden")
            }
            return
        }
        if state.answers.isEmpty {
            log.add(.noPhrases, section.line, "\(section.what) expects no answer", "Add `answers`, or `ending` if the call ends here")
        }
        if state.reprompt.isEmpty, state.otherwise == nil {
            section.missing("reprompt")
        }
    }

    private func field(_ state: YAMLSection) -> ReceptionistScript.Field? {
        guard let name = state.text("field") else { return nil }
        let stored = state.text("store").flatMap { text in
            let stored = ReceptionistScript.Field.Stored(rawValue: text.value)
            if stored == nil { log.add(.wrongValue, text.line, "`store` is `\(text.value)`", "Write value or label") }
            return stored
        }
        let kind = state.text("kind").flatMap { text in
            let kind = ReceptionistScript.Field.Kind(rawValue: text.value)
            if kind == nil {
                log.add(
                    .wrongValue, text.line, "`kind` is `\(text.value)`",
                    "Kinds: " + ReceptionistScript.Field.Kind.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return kind
        }
        return ReceptionistScript.Field(
            name: name.value, title: state.requiredText("title").value, stored: stored ?? .label, kind: kind ?? .text)
    }

    private func answers(_ state: YAMLSection, name: String, lists: [String: [String]], checks: inout ScriptChecks) -> [ReceptionistScript.Answer] {
        let patterns = state.texts("patterns")
        for pattern in patterns where pattern.value.split(separator: "{}", omittingEmptySubsequences: false).count != 2 {
            log.add(.wrongValue, pattern.line, "the pattern `\(pattern.value)` has no place for the answer", "Write `{}` once where it belongs")
        }
        var result: [ReceptionistScript.Answer] = []
        for item in state.items("answers") {
            let line = item.mark?.line
            if item.scalar != nil {
                // A bare text is value, label and word in one.
                guard let text = YAMLSection.text(item, "an answer of \(state.what)", log, line: line) else { continue }
                result.append(.init(value: text, label: text, phrases: fill(patterns, words: [text]), next: nil, acknowledge: nil))
            } else {
                let answer = YAMLSection(
                    item, what: "an answer of \(state.what)", fields: ["value", "label", "words", "phrases", "next", "acknowledge"], log: log)
                let label = answer.requiredText("label").value
                let words = answer.texts("words").map(\.value)
                let own = expand(answer.texts("phrases"), lists: lists)
                let usesPatterns = !patterns.isEmpty && (answer.node("words") != nil || answer.node("phrases") == nil)
                let phrases = (usesPatterns ? fill(patterns, words: words.isEmpty ? [label] : words) : words) + own
                if phrases.isEmpty {
                    log.add(.noPhrases, line, "the answer `\(label)` of \(state.what) has no phrases", "Add `phrases:` with ways of saying it")
                }
                let next = answer.text("next")
                if let next { checks.targets.append(.init(state: name, name: next)) }
                let acknowledge = answer.texts("acknowledge")
                checks.templates += acknowledge.map { .init(state: name, sentence: $0, afterAnswer: true) }
                result.append(
                    .init(
                        value: answer.text("value")?.value ?? label, label: label, phrases: phrases, next: next?.value,
                        acknowledge: answer.node("acknowledge") == nil ? nil : acknowledge.map(\.value)))
            }
            guard let answer = result.last else { continue }
            checks.answers.append(.init(state: name, answer: answer, line: line))
            if answer.next == nil, state.node("next") == nil {
                log.add(.missing, line, "the answer `\(answer.label)` of \(state.what) leads nowhere", "Add `next:` to it or to the state")
            }
        }
        return result
    }

    private func fill(_ patterns: [Located<String>], words: [String]) -> [String] {
        guard !patterns.isEmpty else { return words }
        return words.flatMap { word in
            patterns.map { pattern in
                let parts = pattern.value.split(separator: "{}", maxSplits: 1, omittingEmptySubsequences: false)
                return parts.count == 2 ? parts[0] + word + parts[1] : pattern.value
            }
        }
    }
}
