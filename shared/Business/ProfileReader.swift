import CallVocabulary
import Foundation
import Yams

/// What could be read of one file. `profile` only counts when the log has no fault.
struct ProfileDraft {
    var id: Located<String>?
    var numbers: [Located<String>] = []
    var profile: BusinessProfile?
}

/// Reads one business's file.
struct ProfileReader {
    let log: FaultLog

    func read(_ text: String) -> ProfileDraft {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: text) else {
                log.add(.missing, nil, "the file is empty", "Describe the business in it, or remove it")
                return ProfileDraft()
            }
            root = node
        } catch let error as YamlError {
            addBroken(error)
            return ProfileDraft()
        } catch {
            log.add(.brokenYAML, nil, "the file is not YAML: \(error)", "Compare it with the example")
            return ProfileDraft()
        }
        return read(root)
    }

    private func read(_ root: Node) -> ProfileDraft {
        let file = YAMLSection(
            root, what: "the business",
            fields: [
                "id", "name", "numbers", "time_zone", "greeting", "greeting_mode", "lines", "voice", "transfer", "statuses", "prompt", "providers",
                "receptionist",
            ],
            log: log, line: 1)
        var draft = ProfileDraft()
        let id = file.requiredText("id")
        if !id.value.isEmpty {
            draft.id = id
            if !id.value.utf8.allSatisfy(Self.isIdentifier) {
                log.add(.wrongValue, id.line, "the id `\(id.value)` has other characters", "Use small letters, digits and `-`")
            }
        }
        let name = file.requiredText("name").value
        draft.numbers = numbers(file)
        let zone = file.requiredText("time_zone")
        if !zone.value.isEmpty, TimeZone(identifier: zone.value) == nil {
            log.add(.wrongValue, zone.line, "the time zone `\(zone.value)` is unknown", "Write an IANA name, for example Asia/Jerusalem")
        }
        let greeting = file.requiredText("greeting").value
        let greetingMode = greetingMode(file)
        let spoken = spokenLines(file)
        let voice = VoiceReader(log: log).read(file)
        let statuses = statuses(file)
        let transfer = transfer(file)
        let prompt = file.prose("prompt", longest: Self.longestPrompt)
        let providers = providers(file)
        let script = ScriptReader(log: log).read(file)
        draft.profile = BusinessProfile(
            id: BusinessID(id.value), name: name, numbers: draft.numbers.map(\.value), timeZone: zone.value, greeting: greeting,
            greetingMode: greetingMode, lines: spoken, voice: voice, transfer: transfer, statuses: statuses, prompt: prompt?.value,
            providers: providers, receptionist: script)
        return draft
    }

    /// Two or three pages. It is sent with every turn, and a model reads each time what it is given.
    private static let longestPrompt = 8_000

    private func providers(_ file: YAMLSection) -> ProviderOrders {
        guard file.node("providers") != nil else { return .standard }
        let section = file.section("providers", "providers", fields: ["asr", "dialog", "tts"])
        func order(_ stage: String) -> [String] {
            let names = section.texts(stage)
            var seen: Set<String> = []
            for name in names where !seen.insert(name.value).inserted {
                log.add(.duplicate, name.line, "`\(stage)` of providers names `\(name.value)` twice", "Leave it where it is asked first")
            }
            return names.map(\.value)
        }
        return ProviderOrders(asr: order("asr"), dialog: order("dialog"), tts: order("tts"))
    }

    private func greetingMode(_ file: YAMLSection) -> GreetingMode {
        guard let text = file.text("greeting_mode") else { return .play }
        guard let mode = GreetingMode(rawValue: text.value) else {
            log.add(.wrongValue, text.line, "`greeting_mode` is `\(text.value)`", "Write play or stream")
            return .play
        }
        return mode
    }

    private func spokenLines(_ file: YAMLSection) -> SpokenLines {
        let lines = file.section(
            "lines", "lines",
            fields: [
                "sorry", "fallback", "busy", "moment", "resumed", "thanks", "recorded", "handover", "nobody", "warning", "time_up",
            ])
        func optional(_ key: String, _ standard: String) -> String { lines.text(key)?.value ?? standard }
        return SpokenLines(
            sorry: lines.requiredText("sorry").value, fallback: lines.requiredText("fallback").value, busy: lines.requiredText("busy").value,
            moment: optional("moment", SpokenLines.standardMoment), resumed: optional("resumed", SpokenLines.standardResumed),
            thanks: optional("thanks", SpokenLines.standardThanks), recorded: optional("recorded", SpokenLines.standardRecorded),
            handover: optional("handover", SpokenLines.standardHandover), nobody: optional("nobody", SpokenLines.standardNobody),
            warning: optional("warning", SpokenLines.standardWarning), timeUp: optional("time_up", SpokenLines.standardTimeUp))
    }

    private func transfer(_ file: YAMLSection) -> TransferSettings? {
        guard file.node("transfer") != nil else { return nil }
        let section = file.section("transfer", "transfer", fields: ["number", "seconds"])
        let number = section.requiredText("number")
        // Its line would be answered by this very agent.
        if isNumber(number), file.texts("numbers").contains(where: { $0.value == number.value }) {
            log.add(
                .wrongValue, number.line, "`transfer` leads to `\(number.value)`, which is answered with this file",
                "Write the telephone number of a person")
        }
        let seconds =
            section.node("seconds") == nil ? TransferSettings.standardSeconds : section.integer("seconds", in: TransferSettings.allowedSeconds)
        return TransferSettings(number: number.value, seconds: seconds)
    }

    private func numbers(_ file: YAMLSection) -> [Located<String>] { file.requiredTexts("numbers").filter(isNumber) }

    private func isNumber(_ number: Located<String>) -> Bool {
        // Its absence has been named.
        guard !number.value.isEmpty else { return false }
        let digits = number.value.dropFirst()
        // E.164: a plus, a country code that does not begin with 0, at most fifteen digits.
        let valid =
            number.value.hasPrefix("+") && (8...15).contains(digits.utf8.count) && !digits.hasPrefix("0")
            && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if !valid {
            log.add(
                .wrongValue, number.line, "the number `\(number.value)` is not in E.164 form",
                "Write it in quotes with country code and without spaces, for example \"+97235550100\"")
        }
        return valid
    }

    private func statuses(_ file: YAMLSection) -> [CallStatus] {
        if file.node("statuses") == nil { file.missing("statuses") }
        var seen: Set<CallOutcome> = []
        return file.items("statuses").map { item in
            let status = YAMLSection(item, what: "a status", fields: ["name", "outcomes", "next_step"], log: log)
            let outcomes = status.texts("outcomes").compactMap { text -> CallOutcome? in
                guard let outcome = CallOutcome(rawValue: text.value) else {
                    log.add(
                        .wrongValue, text.line, "there is no outcome `\(text.value)`",
                        "Outcomes: served, callbackPromised, unserved, callerHungUp, maximumDuration, fallback, failed, transferred, busy")
                    return nil
                }
                if !seen.insert(outcome).inserted {
                    log.add(.duplicate, text.line, "the outcome `\(text.value)` has two statuses", "Leave it with one of them")
                }
                return outcome
            }
            return CallStatus(name: status.requiredText("name").value, outcomes: outcomes, nextStep: status.requiredText("next_step").value)
        }
    }

    private func addBroken(_ error: YamlError) {
        let found: (line: Int?, problem: String, remedy: String) =
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
                (mark.line, "this is not YAML: \(problem)", "Look at this line and the one before: indentation, quotes, colons")
            case .duplicatedKeysInMapping(let keys, let context):
                (context.mark.line, "here the field \(keys.joined(separator: ", ")) stands twice", "Leave one of them")
            case .reader(let problem, _, _, _):
                (nil, "the file has bytes that are no text: \(problem)", "Save it as UTF-8")
            default: (nil, "the file is not YAML: \(error)", "Compare it with the example")
            }
        log.add(.brokenYAML, found.line, found.problem, found.remedy)
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
}
