import TwilioSimulatorKit
import Yams

extension Conversation {
    /// Reads a conversation.
    /// - Throws: ``SimulatorFailure`` whose message begins with file and line and names the field.
    package static func parse(_ yaml: String, file: String) throws -> Conversation { try ConversationParser(file: file).conversation(yaml) }
}

/// Reads the YAML node by node, because every complaint names its line.
struct ConversationParser {
    let file: String

    func conversation(_ yaml: String) throws -> Conversation {
        let root: Node?
        do { root = try Yams.compose(yaml: yaml) } catch { throw SimulatorFailure(.badScript, "\(file): this is no YAML: \(error)", cause: error) }
        guard let root else { throw SimulatorFailure(.badScript, "\(file):1: the file is empty; see the other conversations") }
        var conversation = Conversation(file: file, name: "")
        for (key, value) in try members(root, "the file") {
            switch key {
            case "name": conversation.name = try text(value, key)
            case "about": conversation.about = try text(value, key)
            case "category": conversation.category = try text(value, key)
            case "voices": conversation.voices = try list(value, key).map { try text($0, key) }
            case "seconds": conversation.seconds = try number(value, key, 10...600)
            case "line": conversation.line = try line(value)
            case "caller": conversation.steps = try list(value, key).map(step)
            default: throw unknown(value, key)
            }
        }
        for (key, value) in [("name", conversation.name), ("about", conversation.about), ("category", conversation.category)] where value.isEmpty {
            throw fail(root, "'\(key)' is missing")
        }
        guard !conversation.utterances.isEmpty else { throw fail(root, "'caller' is missing; write what the caller says") }
        try check(conversation, root)
        return conversation
    }

    private func check(_ conversation: Conversation, _ root: Node) throws {
        var before: Conversation.Utterance?
        for utterance in conversation.utterances {
            if utterance.turn == .same || utterance.turn == .either, before == nil || before?.turn == Conversation.Turn.none {
                throw fail(root, "'turn: \(utterance.turn)' needs a turn before it")
            }
            if before == nil, utterance.cue != .agentFinished { throw fail(root, "the first step of 'caller' can be neither 'over' nor 'after'") }
            before = utterance
        }
    }

    // MARK: - The line

    private func line(_ node: Node) throws -> Conversation.Line {
        var line = Conversation.Line()
        for (key, value) in try members(node, "line") {
            switch key {
            case "noise":
                guard let noise = Conversation.Noise(rawValue: try text(value, key)) else {
                    throw fail(value, "'noise' is one of \(names(Conversation.Noise.allCases))")
                }
                line.noise = noise
            case "snr_db": line.snr = try decimal(value, key, -10...60)
            case "echo_db": line.echo = try decimal(value, key, -60...0)
            case "echo_ms": line.echoDelay = try number(value, key, 0...1_000)
            case "level_db": line.level = try decimal(value, key, -50 ... -10)
            default: throw unknown(value, key)
            }
        }
        return line
    }

    // MARK: - The caller

    private func step(_ node: Node) throws -> Conversation.Step {
        let members = try members(node, "a step of 'caller'")
        guard let first = members.first else { throw fail(node, "a step of 'caller' is empty") }
        switch first.key {
        case "keys", "wait":
            if let second = members.dropFirst().first { throw unknown(second.value, second.key) }
            guard first.key == "keys" else { return .wait(try number(first.value, first.key, 0...60_000)) }
            let keys = try text(first.value, first.key)
            guard !keys.isEmpty, keys.allSatisfy({ "123456789*#".contains($0) }) else {
                throw fail(first.value, "'keys' holds keys other than 0, which calls a person: keys: \"5\"")
            }
            return .keys(keys)
        default: return .utter(try utterance(node, members))
        }
    }

    private func utterance(_ node: Node, _ members: [(key: String, value: Node)]) throws -> Conversation.Utterance {
        var utterance = Conversation.Utterance(parts: [])
        var turn: Conversation.Turn?
        for (key, value) in members {
            switch key {
            case "say": utterance.parts = try parts(value)
            case "sound": utterance.parts = [.sound(try sound(value))]
            case "over": utterance.cue = .overAgent(try number(value, key, 0...30_000))
            case "after": utterance.cue = .afterOwn(try number(value, key, 0...10_000))
            case "stops": utterance.stopsAgent = try truth(value, key)
            case "end_within": utterance.endWithin = try number(value, key, 100...10_000)
            case "turn":
                let known: [String: Conversation.Turn] = ["new": .new, "same": .same, "either": .either, "none": .none]
                guard let named = known[try text(value, key)] else { throw fail(value, "'turn' is one of new, same, either, none") }
                turn = named
            default: throw unknown(value, key)
            }
        }
        guard !utterance.parts.isEmpty else { throw fail(node, "a step has neither 'say', 'sound', 'keys' nor 'wait'") }
        if case .overAgent = utterance.cue {
            guard utterance.stopsAgent != nil else { throw fail(node, "'over' needs 'stops: true' or 'stops: false': must the agent stop?") }
        } else if utterance.stopsAgent != nil {
            throw fail(node, "'stops' needs 'over': when does the caller begin to speak over the agent?")
        }
        let hasWords = utterance.parts.contains { if case .words = $0 { true } else { false } }
        utterance.turn = turn ?? (hasWords && utterance.stopsAgent != false ? .new : .none)
        if !hasWords, utterance.turn != Conversation.Turn.none { throw fail(node, "a 'sound' without words is no 'turn'") }
        return utterance
    }

    /// Words, pauses in milliseconds and `{sound: cough}`.
    private func parts(_ node: Node) throws -> [Conversation.Part] {
        try (node.sequence.map(Array.init) ?? [node]).map { item in
            if item.mapping != nil {
                let members = try members(item, "say")
                guard members.count == 1, members[0].key == "sound" else {
                    throw fail(item, "'say' holds words, pauses in milliseconds, {sound: cough}")
                }
                return .sound(try sound(members[0].value))
            }
            let text = try text(item, "say")
            if let milliseconds = Int(text) {
                guard (20...5_000).contains(milliseconds) else { throw fail(item, "a pause in 'say' has 20 to 5000 milliseconds") }
                return .pause(milliseconds)
            }
            guard !text.isEmpty else { throw fail(item, "'say' holds an empty text") }
            return .words(text)
        }
    }

    private func sound(_ node: Node) throws -> Conversation.Sound {
        guard let sound = Conversation.Sound(rawValue: try text(node, "sound")) else {
            throw fail(node, "'sound' is one of \(names(Conversation.Sound.allCases))")
        }
        return sound
    }

    // MARK: - Nodes

    private func members(_ node: Node, _ field: String) throws -> [(key: String, value: Node)] {
        guard let mapping = node.mapping else { throw fail(node, "\(field): 'name: value' pairs are expected here") }
        return try mapping.map { (try text($0.key, field), $0.value) }
    }

    private func list(_ node: Node, _ field: String) throws -> [Node] {
        guard let sequence = node.sequence else { throw fail(node, "'\(field)' is a list") }
        return Array(sequence)
    }

    private func text(_ node: Node, _ field: String) throws -> String {
        guard let scalar = node.scalar else { throw fail(node, "'\(field)' is a single value") }
        return scalar.string
    }

    private func number(_ node: Node, _ field: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(try text(node, field)), range.contains(number) else {
            throw fail(node, "'\(field)' is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func decimal(_ node: Node, _ field: String, _ range: ClosedRange<Double>) throws -> Double {
        guard let number = Double(try text(node, field)), range.contains(number) else {
            throw fail(node, "'\(field)' is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func truth(_ node: Node, _ field: String) throws -> Bool {
        switch try text(node, field) {
        case "true": true
        case "false": false
        default: throw fail(node, "'\(field)' is true or false")
        }
    }

    private func names<T: RawRepresentable<String>>(_ all: [T]) -> String { all.map(\.rawValue).joined(separator: ", ") }

    private func unknown(_ node: Node, _ key: String) -> SimulatorFailure { fail(node, "'\(key)' is unknown here") }

    private func fail(_ node: Node, _ message: String) -> SimulatorFailure {
        SimulatorFailure(.badScript, "\(file):\(node.mark?.line ?? 1): \(message)")
    }
}
