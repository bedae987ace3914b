import BusContract
import CallVocabulary

/// A call as a conversation: what the customer really said beside what was heard, what the agent answered, and the milliseconds of each stage.
package struct ConversationReport: Codable, Sendable, Equatable {
    package struct Turn: Codable, Sendable, Equatable {
        package var turn: Int
        /// What the customer said; nil when nothing was said (the opening, silence).
        package var reference: String?
        /// What the recogniser heard; nil when it heard nothing.
        package var heard: String?
        package var understood: Bool?
        package var confidence: Double?
        package var said: [String]
        package var stages: Stages
    }

    /// Milliseconds from one stage to the next; nil for what did not happen.
    package struct Stages: Codable, Sendable, Equatable {
        /// Last voiced frame → the endpointer's decision: the silence rule.
        package var endpoint: Double?
        /// → the final transcript.
        package var final: Double?
        /// → the first sentence of the reply.
        package var reply: Double?
        /// → its first audio.
        package var audio: Double?
        /// The caller's last voiced frame → the first frame of the reply.
        package var voiceToVoice: Double?
        /// The dialogue was asked this long before the final: its thinking was hidden.
        package var askedBefore: Double?
        /// End-of-speech rule → first audio on the line: what the fleet adds to the caller's wait.
        package var firstAudio: Double?
    }

    package var callSid: String
    package var script: String
    package var voice: String
    package var outcome: String
    package var turns: [Turn]
    package var summary: String?
    /// Who served the call, by pool; more than one where a worker was lost or left.
    package var workers: [String: [String]] = [:]

    /// - Parameter events: all that the fleet said about the call.
    package init(_ report: CallReport, voice: String, events: [TapEvent]) {
        callSid = report.callSid
        script = report.script
        self.voice = voice
        outcome = events.last { $0.name == .callEnded }?.detail ?? report.outcome.kind
        summary = events.last { $0.name == .summary }?.text
        // The fleet's clock begins with the stream, the simulator's with the webhook.
        let offset = report.timeline.first { $0.kind == "stream-started" }?.ms ?? 0
        for event in events where event.name == .assigned {
            let parts = (event.detail ?? "").split(separator: " ").map(String.init)
            if parts.count == 2 { workers[parts[0], default: []].append(parts[1]) }
        }
        var turns: [Int: Turn] = [:]
        for event in events {
            guard let number = event.turn?.number else { continue }
            var turn = turns[number] ?? Turn(turn: number, said: [], stages: Stages())
            switch event.name {
            case .heard where event.detail != "silence":
                turn.heard = event.text
                turn.understood = event.understood
                turn.confidence = event.confidence.map { ($0 * 100).rounded() / 100 }
                turn.reference = Self.reference(at: event.at.milliseconds + offset, in: report)
            case .said: if let text = event.text { turn.said.append(text) }
            case .turn: if let stages = event.stages { turn.stages = Stages(stages) }
            default: break
            }
            turns[number] = turn
        }
        self.turns = turns.keys.sorted().compactMap { turns[$0] }
    }

    /// The utterance that had just ended when a transcript came.
    private static func reference(at milliseconds: Int, in report: CallReport) -> String? {
        report.customerUtterances.last { $0.voiceStartMs < milliseconds }?.text
    }

    /// For people: reference and heard side by side, errors included.
    package var transcript: String {
        var text = "\(callSid)  script \(script), voice \(voice), outcome \(outcome)\n\n"
        for turn in turns {
            if let reference = turn.reference {
                text += "customer said   \(reference)\n"
                text += "was heard as    \(Self.heard(turn))\n"
            }
            for sentence in turn.said { text += "agent said      \(sentence)\n" }
            text += "                \(turn.stages.line)\n\n"
        }
        if let summary { text += "summary: \(summary)\n" }
        return text + servedBy + "\n"
    }

    /// One line for people: `served by asr-1, dialog-2, tts-1`.
    package var servedBy: String {
        "served by " + workers.sorted { $0.key < $1.key }.map { $0.value.joined(separator: " then ") }.joined(separator: ", ")
    }

    private static func heard(_ turn: Turn) -> String {
        let confidence = turn.confidence.map { "  (\(Int(($0 * 100).rounded())) %)" } ?? ""
        guard turn.understood == true, let heard = turn.heard else { return "(not understood)\(confidence)" }
        return heard + confidence + (heard == turn.reference ? "" : "  ≠")
    }
}

extension ConversationReport.Stages {
    package init(_ stages: TurnStages) {
        func between(_ from: CallTime?, _ to: CallTime?) -> Double? {
            guard let from, let to else { return nil }
            return (to.milliseconds(since: from) * 10).rounded() / 10
        }
        self.init(
            endpoint: between(stages.voiceEnd, stages.endpoint), final: between(stages.endpoint, stages.final),
            reply: between(stages.asked ?? stages.final, stages.reply), audio: between(stages.reply, stages.audio),
            voiceToVoice: between(stages.voiceEnd, stages.spoken), askedBefore: between(stages.asked, stages.final).flatMap { $0 > 0 ? $0 : nil },
            firstAudio: between(stages.endpoint, stages.spoken))
    }

    /// One line for people.
    package var line: String {
        func part(_ name: String, _ value: Double?) -> String? { value.map { "\(name) \($0) ms" } }
        let parts = [
            part("silence rule", endpoint), part("final", final), part("reply", reply), part("voice", audio), part("first audio after", firstAudio),
        ]
        return parts.compactMap { $0 }.joined(separator: " · ")
    }
}
