import CallVocabulary

// Bodies with several shapes: one flat object whose `kind` names the shape. Written by hand, because the compiler's form (`{"begin":{"_0":…}}`)
// is Swift's and nobody else's, and the wire is for workers in any language.

extension Listen: Codable {
    private enum Key: String, CodingKey { case kind, from, through }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .begin(let from):
            try container.encode("begin", forKey: .kind)
            try container.encode(from, forKey: .from)
        case .end(let through):
            try container.encode("end", forKey: .kind)
            try container.encode(through, forKey: .through)
        case .discard: try container.encode("discard", forKey: .kind)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "begin": self = .begin(from: try container.decode(UInt32.self, forKey: .from))
        case "end": self = .end(through: try container.decode(UInt32.self, forKey: .through))
        case "discard": self = .discard
        case let other: throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown mark \(other)")
        }
    }
}

extension Job: Codable {
    private enum Key: String, CodingKey { case id, kind, deadlineMilliseconds, name, text, log, lead, outcome, format }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(deadlineMilliseconds, forKey: .deadlineMilliseconds)
        switch work {
        case .prompt(let name, let text):
            try container.encode("prompt", forKey: .kind)
            try container.encode(name, forKey: .name)
            try container.encode(text, forKey: .text)
        case .summary(let log, let lead, let outcome):
            try container.encode("summary", forKey: .kind)
            try container.encode(log, forKey: .log)
            try container.encode(lead, forKey: .lead)
            try container.encode(outcome, forKey: .outcome)
        case .transcribe(let format):
            try container.encode("transcribe", forKey: .kind)
            try container.encode(format, forKey: .format)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let work: Work =
            switch try container.decode(String.self, forKey: .kind) {
            case "prompt": .prompt(name: try container.decode(String.self, forKey: .name), text: try container.decode(String.self, forKey: .text))
            case "summary":
                .summary(
                    log: try container.decode([TurnEntry].self, forKey: .log), lead: try container.decode([String: String].self, forKey: .lead),
                    outcome: try container.decode(CallOutcome.self, forKey: .outcome))
            case "transcribe": .transcribe(format: try container.decode(String.self, forKey: .format))
            case let other: throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown job \(other)")
            }
        self.init(
            id: try container.decode(String.self, forKey: .id), work: work,
            deadlineMilliseconds: try container.decode(Int.self, forKey: .deadlineMilliseconds))
    }
}

extension Fact: Codable {
    private enum Key: String, CodingKey { case id, at, kind, from, to, record, fields, caller, outcome, milliseconds, text, reason, recording }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(at, forKey: .at)
        switch body {
        case .callStarted(let from, let to):
            try container.encode("call_started", forKey: .kind)
            try container.encode(from, forKey: .from)
            try container.encode(to, forKey: .to)
        case .turn(let record):
            try container.encode("turn", forKey: .kind)
            try container.encode(record, forKey: .record)
        case .lead(let fields, let caller):
            try container.encode("lead", forKey: .kind)
            try container.encode(fields, forKey: .fields)
            try container.encodeIfPresent(caller, forKey: .caller)
        case .callEnded(let outcome, let milliseconds, let reason):
            try container.encode("call_ended", forKey: .kind)
            try container.encode(outcome, forKey: .outcome)
            try container.encode(milliseconds, forKey: .milliseconds)
            try container.encodeIfPresent(reason, forKey: .reason)
        case .recording(let recording):
            try container.encode("recording", forKey: .kind)
            try container.encode(recording, forKey: .recording)
        case .summary(let text):
            try container.encode("summary", forKey: .kind)
            try container.encode(text, forKey: .text)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let body: Body =
            switch try container.decode(String.self, forKey: .kind) {
            case "call_started":
                .callStarted(from: try container.decode(String.self, forKey: .from), to: try container.decode(String.self, forKey: .to))
            case "turn": .turn(try container.decode(TurnRecord.self, forKey: .record))
            case "lead":
                .lead(
                    fields: try container.decode([String: String].self, forKey: .fields),
                    caller: try container.decodeIfPresent(String.self, forKey: .caller))
            case "call_ended":
                .callEnded(
                    outcome: try container.decode(CallOutcome.self, forKey: .outcome),
                    milliseconds: try container.decode(Int.self, forKey: .milliseconds),
                    reason: try container.decodeIfPresent(String.self, forKey: .reason))
            case "recording": .recording(try container.decode(RecordingRecord.self, forKey: .recording))
            case "summary": .summary(try container.decode(String.self, forKey: .text))
            case let other: throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown fact \(other)")
            }
        self.init(id: try container.decode(String.self, forKey: .id), at: try container.decode(Int64.self, forKey: .at), body: body)
    }
}
