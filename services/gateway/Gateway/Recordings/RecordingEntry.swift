import BusContract
import CallVocabulary

/// What is known about a recording on its way, as it lies on disk.
package struct RecordingEntry: Codable, Sendable, Equatable {
    /// What is to be done next.
    package enum Step: String, Codable, Sendable { case fetch, transcribe, report }

    package let sid: String
    package let call: CallID
    /// 1 for the call's first recording.
    package let ordinal: Int
    /// When it was announced: Unix milliseconds.
    package let at: Int64
    package var step: Step
    package var url: String?
    package var seconds: Int
    package var business: BusinessID?
    package var caller: String?
    /// The lead as the session knew it when the recording was announced: after a restart nobody may know it any more.
    package var lead: [String: String]
    /// Set when the file is there: its path under the state directory.
    package var file: String?
    package var text: String?
    package var failure: String?

    /// Takes over what another notice about the same recording says and this one did not know.
    mutating func learn(_ notice: RecordingNotice) {
        url = notice.url ?? url
        if let seconds = notice.seconds, seconds > 0 { self.seconds = seconds }
        business = business ?? notice.business
        caller = caller ?? notice.caller
    }

    mutating func learn(_ known: KnownCall) {
        business = business ?? known.business
        caller = caller ?? known.caller
        lead.merge(known.lead) { _, newer in newer }
    }
}

// MARK: - Facts

extension RecordingEntry {
    /// Facts of a session are numbered from `boot * 1,000,000`; the gateway starts two million times before that reaches this. A recording's
    /// facts are therefore the newest of their call, and its lead stays.
    private static let firstNumber: Int64 = 4_000_000_000_000
    /// Turns of a session stay below: 30 minutes have no 900,000 of them.
    private static let firstTurn = 900_000
    /// What people will be told in the lists of leads.
    package static let callbackField = (name: "callback", value: "promised")

    /// Places of one recording's facts. A later stage has the higher number and replaces the earlier.
    private enum Rank: Int64 {
        case announced = 0, announcedLead = 1
        case lost = 4, lostLead = 5
        case kept = 8, keptTurn = 9, keptLead = 10
    }

    /// The same for the same recording, whoever reports it and however often. The ordinal puts a call's recordings in order; the sid's hash keeps
    /// apart two that two gateways have each taken for the first.
    private func id(_ rank: Rank) -> String {
        let hash = sid.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return "\(call.rawValue).\(Self.firstNumber + Int64(ordinal) << 24 + Int64(hash & 0xF_FFFF) << 4 + rank.rawValue)"
    }

    /// What is said at once: there is a message, and somebody will call back, whatever becomes of the file.
    func announcement() -> [Fact] {
        [
            Fact(id: id(.announced), at: at, body: .recording(RecordingRecord(sid: sid, seconds: seconds))),
            Fact(id: id(.announcedLead), at: at, body: .lead(fields: promised(with: [:]), caller: caller)),
        ]
    }

    /// What came of it.
    /// - Parameters:
    ///   - now: Unix milliseconds.
    ///   - earlier: words of the call's earlier recordings.
    func report(at now: Int64, earlier: String? = nil) -> [Fact] {
        let record = RecordingRecord(sid: sid, seconds: seconds, file: file, text: text, failure: failure)
        guard let file else {
            return [
                Fact(id: id(.lost), at: now, body: .recording(record)),
                Fact(id: id(.lostLead), at: now, body: .lead(fields: promised(with: [:]), caller: caller)),
            ]
        }
        var facts = [Fact(id: id(.kept), at: now, body: .recording(record))]
        var fields = ["recording": file]
        if let text {
            // How sure the recogniser was is not told in a job's answer.
            let heard = Heard.speech(Transcript(text: text, confidence: 0, understood: true))
            let turn = TurnEntry(turn: TurnID(Self.firstTurn + ordinal), heard: heard)
            facts.append(Fact(id: id(.keptTurn), at: now, body: .turn(TurnRecord(entry: turn, state: "recording", stages: TurnStages()))))
            fields = ["message": (earlier.map { "\($0)\n" } ?? "") + text]
        }
        facts.append(Fact(id: id(.keptLead), at: now, body: .lead(fields: promised(with: fields), caller: caller)))
        return facts
    }

    private func promised(with fields: [String: String]) -> [String: String] {
        lead.merging(fields) { _, new in new }.merging([Self.callbackField.name: Self.callbackField.value]) { _, new in new }
    }
}
