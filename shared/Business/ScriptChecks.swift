import CallVocabulary

/// What can only be judged when the whole dialogue is known: targets, templates, phrases that mean two things.
struct ScriptChecks {
    struct Target {
        /// The state that names it; nil for the receptionist's own settings.
        let state: String?
        let name: Located<String>
    }
    struct SpokenTemplate {
        let state: String?
        let sentence: Located<String>
        /// The state's own field is already known when this is said.
        var afterAnswer = false
    }
    struct AnswerPlace {
        let state: String
        let answer: ReceptionistScript.Answer
        let line: Int?
    }
    let log: FaultLog
    var targets: [Target] = []
    var templates: [SpokenTemplate] = []
    var answers: [AnswerPlace] = []
    var stateLines: [String: Int] = [:]

    init(log: FaultLog) { self.log = log }

    func run(_ script: ReceptionistScript, subject: Located<String>) {
        checkTargets(script)
        checkPhrases(script)
        checkTemplates(script)
        if !subject.value.isEmpty, !script.fields.contains(where: { $0.name == subject.value }) {
            log.add(.unknownField, subject.line, "no state fills the field `\(subject.value)`", "Name the `field` of one of the states")
        }
        if let offer = script.state(script.callback), offer.ending != nil {
            log.add(
                .wrongValue, stateLines[offer.name], "the state `\(offer.name)` offers to call back and ends the call",
                "Let it ask, and lead to `promise`")
        }
        if let promise = script.state(script.promise), promise.ending != .callback {
            log.add(.missing, stateLines[promise.name], "the state `\(promise.name)` does not end the call", "Add `ending: callback`")
        }
    }

    private func checkTargets(_ script: ReceptionistScript) {
        var reached: Set<String> = []
        for target in targets {
            let name = target.name.value
            reached.insert(name)
            if name == ReceptionistScript.back {
                if target.state != script.callback {
                    log.add(.unknownState, target.name.line, "`back` stands in another state than `callback`", "Name the state that comes next")
                }
            } else if script.state(name) == nil {
                log.add(
                    .unknownState, target.name.line, "there is no state `\(name)`",
                    "States: \(script.states.map(\.name).joined(separator: ", "))")
            }
        }
        for state in script.states where !reached.contains(state.name) {
            log.add(.unknownState, stateLines[state.name], "nothing leads to the state `\(state.name)`", "Name it in a `next`, or remove it")
        }
    }

    private func checkPhrases(_ script: ReceptionistScript) {
        var meanings: [String: [[String]: String]] = [:]
        var values: [String: Set<String>] = [:]
        let repeats = Set(script.repeatForms)
        for place in answers {
            if !values[place.state, default: []].insert(place.answer.value).inserted || place.answer.value == ReceptionistScript.repeatValue {
                log.add(
                    .duplicate, place.line, "the value `\(place.answer.value)` is taken in the state `\(place.state)`",
                    "Give each answer its own value")
            }
            for (phrase, words) in zip(place.answer.phrases, place.answer.forms) {
                if words.isEmpty {
                    log.add(.noPhrases, place.line, "the phrase `\(phrase)` has no words", "Write it in words or remove it")
                } else if repeats.contains(words) {
                    log.add(.duplicate, place.line, "the phrase `\(phrase)` also asks to repeat", "Remove it here or from `repeat`")
                } else if let other = meanings[place.state]?[words], other != place.answer.value {
                    log.add(
                        .duplicate, place.line, "the phrase `\(phrase)` also means `\(other)` in the state `\(place.state)`",
                        "Leave it with one answer")
                }
                meanings[place.state, default: [:]][words] = place.answer.value
            }
        }
    }

    private func checkTemplates(_ script: ReceptionistScript) {
        let names = Set(script.fields.map(\.name))
        let known = KnownFields(script)
        for template in templates {
            for field in Template.fields(in: template.sentence.value) {
                if !names.contains(field) {
                    log.add(
                        .unknownField, template.sentence.line, "`{\(field)}` is filled by no state",
                        "Fields: \(script.fields.map(\.name).joined(separator: ", "))")
                } else if !known.contains(field, in: template) {
                    log.add(
                        .missing, template.sentence.line, "`{\(field)}` may not be known yet when this is said",
                        "Say it only after the state that asks for it, on every way")
                }
            }
        }
    }
}

/// Which fields have certainly been filled when a state is entered, on whatever way.
private struct KnownFields {
    private var entering: [String: Set<String>] = [:]
    private var own: [String: String] = [:]

    init(_ script: ReceptionistScript) {
        let all = Set(script.fields.map(\.name))
        for state in script.states {
            entering[state.name] = all
            own[state.name] = state.field?.name
        }
        // The offer to call back and the promise may come at any moment.
        for anytime in [script.first, script.callback, script.promise] { entering[anytime] = [] }
        var changed = true
        while changed {
            changed = false
            for state in script.states where state.name != script.callback {
                let here = entering[state.name] ?? []
                let answered = here.union(state.field.map { [$0.name] } ?? [])
                var edges = (state.answers.compactMap(\.next) + [state.next].compactMap { $0 }).map { ($0, answered) }
                if let otherwise = state.otherwise { edges.append((otherwise, here)) }
                // What was known when a correction began stays known when it comes back.
                if let back = state.comeBackTo { edges.append((back, here)) }
                for (target, fields) in edges {
                    guard let before = entering[target] else { continue }
                    let after = before.intersection(fields)
                    if after != before {
                        entering[target] = after
                        changed = true
                    }
                }
            }
        }
    }

    func contains(_ field: String, in template: ScriptChecks.SpokenTemplate) -> Bool {
        guard let state = template.state else { return false }
        return entering[state]?.contains(field) == true || (template.afterAnswer && own[state] == field)
    }
}
