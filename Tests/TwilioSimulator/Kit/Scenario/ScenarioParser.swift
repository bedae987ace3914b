import Yams

extension Scenario {
    /// Reads a scenario.
    /// - Throws: ``SimulatorFailure`` whose message begins with file and line.
    package static func parse(_ yaml: String, file: String) throws -> Scenario { try ScenarioParser(file: file).scenario(yaml) }
}

/// Reads the YAML node by node, because every complaint names its line.
struct ScenarioParser {
    let file: String

    func scenario(_ yaml: String) throws -> Scenario {
        let root: Node?
        do { root = try Yams.compose(yaml: yaml) } catch let error as YamlError {
            throw SimulatorFailure(.badScript, "\(file)\(Self.place(error)): this is no YAML: \(error)", cause: error)
        }
        guard let root else { throw SimulatorFailure(.badScript, "\(file):1: the file is empty; see the other scenarios") }
        var scenario = Scenario(file: file, name: "")
        for (key, value) in try members(root) {
            switch key.text {
            case "name": scenario.name = try text(value)
            case "about": scenario.about = try text(value)
            case "scar": scenario.scar = try text(value)
            case "needs": scenario.needs = try members(value).map { FormField($0.key.text, try text($0.value)) }
            case "from": scenario.from = try text(value)
            case "to": scenario.to = try text(value)
            case "seconds": scenario.maximumSeconds = try number(value)
            case "earlier": scenario.earlier = try number(value)
            case "background": scenario.background = try number(value)
            case "recording_ready_ms": scenario.recordingReadyMs = try number(value)
            case "fallback": scenario.fallbackPath = try text(value) == "none" ? nil : try text(value)
            case "settle_seconds": scenario.settleSeconds = try number(value)
            case "caller": scenario.steps = CallerSteps(try list(value).map(step))
            case "faults": scenario.faults = try list(value).map(fault)
            case "dial": scenario.dials = try list(value).map(dial)
            case "twilio": scenario.habits = try habits(value)
            case "expect": scenario.expect = try expectations(value)
            default: throw unknown(key)
            }
        }
        guard !scenario.name.isEmpty else { throw fail(root, "there is no 'name'") }
        guard !scenario.steps.steps.isEmpty else { throw fail(root, "there is no 'caller'; say what the caller does") }
        return scenario
    }

    // MARK: The caller

    private func step(_ node: Node) throws -> CallerSteps.Step {
        if node.scalar != nil {
            guard try text(node) == "hang_up" else { throw fail(node, "the step \(try text(node)) is unknown or wants a value") }
            return .hangUp
        }
        let all = try members(node)
        guard let (key, value) = all.first else { throw fail(node, "an empty step") }
        let others = Dictionary(uniqueKeysWithValues: all.dropFirst().map { ($0.key.text, $0) })
        func within(_ seconds: Int) throws -> Int {
            if let wrong = others.values.first(where: { $0.key.text != "within" }) { throw unknown(wrong.key) }
            return try others["within"].map { try milliseconds($0.value) } ?? seconds * 1000
        }
        switch key.text {
        case "say": return .say(try utterance(value))
        case "say_text": return .sayText(try text(value))
        case "hear":
            let names = ["words": SpokenRecord.words, "again": SpokenRecord.again, "person": Call.ActiveDial.person]
            return .hear(try names[text(value)] ?? number(value), withinMs: try within(20))
        case "wait":
            guard let condition = CallerSteps.Condition(rawValue: try text(value)) else {
                throw fail(value, "nothing called \(try text(value)) can be waited for; known: \(names(CallerSteps.Condition.allCases))")
            }
            return .wait(condition, withinMs: try within(30))
        case "silence": return .silence(ms: try milliseconds(value))
        case "keys":
            let keys = try text(value)
            guard !keys.isEmpty, keys.allSatisfy({ "0123456789*#ABCD".contains($0) }) else {
                throw fail(value, "\(keys) are no keys; write keys: \"0\"")
            }
            return .keys(keys)
        case "rounds": return .rounds(try rounds(value))
        case "do": return .external(try text(value))
        default: throw unknown(key)
        }
    }

    private func rounds(_ node: Node) throws -> CallerSteps.Rounds {
        if node.scalar != nil { return CallerSteps.Rounds(count: try number(node)) }
        var rounds = CallerSteps.Rounds(count: 0)
        for (key, value) in try members(node) {
            switch key.text {
            case "count": rounds.count = try number(value)
            case "first": rounds.first = try utterance(value)
            case "attempts": rounds.attempts = try number(value)
            case "over_play_every": rounds.overPlayEvery = max(1, try number(value))
            case "within": rounds.withinMs = try milliseconds(value)
            default: throw unknown(key)
            }
        }
        guard rounds.count > 0 else { throw fail(node, "rounds want a 'count'") }
        return rounds
    }

    private func utterance(_ node: Node) throws -> Int {
        let number = try number(node)
        guard (0..<SpokenRecord.numbers).contains(number) else { throw fail(node, "\(number) is no utterance; use 0 to \(SpokenRecord.numbers - 1)") }
        return number
    }

    // MARK: The platform

    private func fault(_ node: Node) throws -> Fault {
        let all = try members(node)
        guard let first = all.first, first.key.text == "fault" else { throw fail(node, "a fault begins with 'fault: KIND'") }
        guard let kind = Fault.Kind(rawValue: try text(first.value)) else {
            throw fail(first.value, "the fault \(try text(first.value)) is unknown; known: \(names(Fault.Kind.allCases))")
        }
        var fault = Fault(kind)
        for (key, value) in all.dropFirst() {
            switch key.text {
            case "streams":
                guard let range = CountRange(try text(value)) else { throw fail(value, "streams are written 1, 2-3 or 2-") }
                fault.streams = range.range
            case "from_second": fault.fromSecond = try decimal(value)
            case "until_second": fault.untilSecond = try decimal(value)
            case "from_utterance": fault.fromUtterance = try number(value)
            case "ms": fault.ms = try number(value)
            case "frames": fault.frames = try number(value)
            case "times": fault.times = try number(value)
            case "status": fault.status = try number(value)
            case "code": fault.code = try number(value)
            case "target": fault.target = try text(value)
            case "lost": fault.lost = try truth(value)
            case "done": fault.done = try truth(value)
            default: throw unknown(key)
            }
        }
        if kind == .mediaHole, fault.fromSecond == nil { throw fail(node, "media-hole wants 'from_second'") }
        return fault
    }

    private func dial(_ node: Node) throws -> DialPlan {
        func status(_ node: Node) throws -> DialPlan.Status {
            guard let status = DialPlan.Status(rawValue: try text(node)) else {
                throw fail(node, "a dialled call is one of \(names(DialPlan.Status.allCases))")
            }
            return status
        }
        if node.scalar != nil { return DialPlan(try status(node)) }
        var plan = DialPlan(.answered)
        for (key, value) in try members(node) {
            switch key.text {
            case "status": plan.status = try status(value)
            case "after_ms": plan.afterMs = try number(value)
            case "talk_ms": plan.talkMs = try number(value)
            default: throw unknown(key)
            }
        }
        return plan
    }

    private func habits(_ node: Node) throws -> TwilioHabits {
        var habits = TwilioHabits()
        for (key, value) in try members(node) {
            switch key.text {
            case "connect_action_after_hang_up": habits.connectActionAfterHangUp = try truth(value)
            case "connect_action_after_update": habits.connectActionAfterUpdate = try truth(value)
            case "dial_action_before_update": habits.dialActionBeforeUpdate = try truth(value)
            default: throw unknown(key)
            }
        }
        return habits
    }

    // MARK: Expectations

    private func expectations(_ node: Node) throws -> Scenario.Expectations {
        var expect = Scenario.Expectations()
        for (key, value) in try members(node) {
            switch key.text {
            case "documents": expect.documents = VerbPattern(try items(value))
            case "ended_by":
                expect.endedBy = try text(value)
                guard ["agent", "caller"].contains(try text(value)) else { throw fail(value, "a call is ended by the agent or the caller") }
            case "outcome": expect.outcome = try text(value)
            case "errors": expect.errors = try list(value).map(number)
            case "may_error": expect.mayError = try list(value).map(number)
            case "longest_silence_ms": expect.longestSilenceMs = try number(value)
            case "grace_ms": expect.graceMs = try number(value)
            case "within": expect.within = try list(value).map(interval)
            case "rounds": expect.rounds = try count(value)
            case "repeated": expect.repeated = try count(value)
            case "strays": expect.strays = try count(value)
            case "unheard": expect.unheard = try count(value)
            case "words": expect.words = try count(value)
            case "streams": expect.streams = try count(value)
            case "updates": expect.updates = try count(value)
            case "recordings": expect.recordings = try count(value)
            case "recording_ms": expect.recordingMs = try count(value)
            case "recordings_fetched": expect.recordingsFetched = try count(value)
            case "dials": expect.dials = try list(value).map(text)
            case "events": expect.events = try list(value).map(text)
            case "duplicates_agree": expect.duplicatesAgree = try truth(value)
            case "keys_unheard": expect.keysUnheard = try count(value)
            case "hears": expect.hears = try list(value).map(number)
            case "duration_ms": expect.durationMs = try count(value)
            default: throw unknown(key)
            }
        }
        return expect
    }

    /// Verbs, and `{repeat: 3, of: [play, stream]}`.
    private func items(_ node: Node) throws -> [String] {
        try list(node).flatMap { item -> [String] in
            if item.scalar != nil { return [try text(item)] }
            var (times, of) = (0, [String]())
            for (key, value) in try members(item) {
                switch key.text {
                case "repeat": times = try number(value)
                case "of": of = try items(value)
                default: throw unknown(key)
                }
            }
            guard times > 0, !of.isEmpty else { throw fail(item, "write {repeat: 3, of: [play, stream]}") }
            return (0..<times).flatMap { _ in of }
        }
    }

    private func interval(_ node: Node) throws -> Scenario.Interval {
        var interval = Scenario.Interval(after: nil, until: "", ms: -1)
        for (key, value) in try members(node) {
            switch key.text {
            case "after": interval.after = try text(value) == "start" ? nil : try text(value)
            case "until": interval.until = try text(value)
            case "ms": interval.ms = try number(value)
            default: throw unknown(key)
            }
        }
        guard !interval.until.isEmpty, interval.ms >= 0 else { throw fail(node, "write {after: VERB, until: VERB, ms: 1000}") }
        return interval
    }

    // MARK: Nodes

    private struct Key {
        let node: Node
        let text: String
    }

    private func members(_ node: Node) throws -> [(key: Key, value: Node)] {
        guard let mapping = node.mapping else { throw fail(node, "'name: value' pairs are expected here") }
        return try mapping.map { key, value in (Key(node: key, text: try text(key)), value) }
    }

    private func list(_ node: Node) throws -> [Node] {
        guard let sequence = node.sequence else { throw fail(node, "a list is expected here") }
        return Array(sequence)
    }

    private func text(_ node: Node) throws -> String {
        guard let scalar = node.scalar else { throw fail(node, "a single value is expected here") }
        return scalar.string
    }

    private func number(_ node: Node) throws -> Int {
        guard let number = Int(try text(node)), number >= 0 else { throw fail(node, "\(try text(node)) is not a whole number") }
        return number
    }

    private func decimal(_ node: Node) throws -> Double {
        guard let number = Double(try text(node)), number >= 0 else { throw fail(node, "\(try text(node)) is not a number") }
        return number
    }

    /// Written in seconds.
    private func milliseconds(_ node: Node) throws -> Int { Int((try decimal(node) * 1000).rounded()) }

    private func truth(_ node: Node) throws -> Bool {
        switch try text(node) {
        case "true": return true
        case "false": return false
        default: throw fail(node, "true or false is expected here")
        }
    }

    private func count(_ node: Node) throws -> CountRange {
        guard let range = CountRange(try text(node)) else { throw fail(node, "\(try text(node)) is no count; write 3, 2-5, \">=1\" or \"<=4\"") }
        return range
    }

    private func names<T: RawRepresentable<String>>(_ all: [T]) -> String { all.map(\.rawValue).joined(separator: ", ") }

    private func unknown(_ key: Key) -> SimulatorFailure { fail(key.node, "'\(key.text)' is unknown here") }

    private func fail(_ node: Node, _ message: String) -> SimulatorFailure {
        SimulatorFailure(.badScript, "\(file):\(node.mark?.line ?? 1): \(message)")
    }

    private static func place(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): ":\(mark.line)"
        default: ":1"
        }
    }
}
