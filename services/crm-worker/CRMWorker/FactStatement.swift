import BusContract
import CallVocabulary
import Foundation

/// One parameterised statement. Parameters travel apart from the text, so no value can become SQL.
struct SQLStatement: Sendable, Equatable {
    let sql: String
    let parameters: [String?]
}

extension AddressedFact {
    /// Facts about voice messages have numbers from here on (the gateway's `RecordingEntry`). What a message adds to a lead is added: a gateway
    /// that was restarted meanwhile may not know what the conversation has brought.
    private static let messages: Int64 = 4_000_000_000_000

    /// Exact for every Int64, where `to_timestamp` would go through a double.
    private static func moment(_ parameter: String) -> String { "timestamptz 'epoch' + \(parameter)::bigint * interval '1 millisecond'" }

    var ensureBusiness: SQLStatement {
        SQLStatement(sql: "insert into businesses (id) values ($1) on conflict (id) do nothing", parameters: [business.rawValue])
    }

    /// Makes the call's row if a fact overtook the call's start. No conflict target: the table has two unique keys on the id, and when two
    /// workers make the row at once either of them may be the one that notices. Naming one turned the race into a refused fact.
    var ensureCall: SQLStatement {
        SQLStatement(
            sql: "insert into calls (id, business_id) values ($1, $2) on conflict do nothing", parameters: [call.rawValue, business.rawValue])
    }

    /// Locks the call's row until the commit, so that two workers cannot apply facts of one call at once, and returns whose it is.
    var lockCall: SQLStatement {
        SQLStatement(sql: "select business_id from calls where id = $1 for no key update", parameters: [call.rawValue])
    }

    /// Returns a row only at the first delivery.
    var claim: SQLStatement {
        SQLStatement(
            sql: "insert into facts_applied (event_id, business_id, kind) values ($1, $2, $3) on conflict (event_id) do nothing returning event_id",
            parameters: [fact.id, business.rawValue, fact.kind])
    }

    /// Writes the fact's content. An older fact never overwrites what a newer one wrote.
    func content() throws -> SQLStatement {
        let owner: [String?] = [call.rawValue, business.rawValue, String(number), String(fact.at)]
        switch fact.body {
        case .callStarted(let from, let to):
            return SQLStatement(
                sql: """
                    update calls set from_number = $5, to_number = $6, started_at = \(Self.moment("$4")), start_fact = $3::bigint
                    where id = $1 and business_id = $2 and start_fact < $3::bigint
                    """,
                parameters: owner + [from, to])
        case .callEnded(let outcome, let milliseconds, let reason):
            return SQLStatement(
                sql: """
                    update calls set outcome = $5, duration_ms = $6::bigint, end_reason = $7, ended_at = \(Self.moment("$4")), end_fact = $3::bigint
                    where id = $1 and business_id = $2 and end_fact < $3::bigint
                    """,
                parameters: owner + [outcome.rawValue, String(milliseconds), reason])
        case .summary(let text):
            // The time of a summary is of no interest; the fourth parameter is named so that every case has the same four.
            return SQLStatement(
                sql: """
                    update calls set summary = $5, summary_fact = $3::bigint
                    where id = $1 and business_id = $2 and summary_fact < $3::bigint and $4::bigint is not null
                    """,
                parameters: owner + [text])
        case .recording(let recording):
            return SQLStatement(
                sql: """
                    insert into recordings (sid, call_id, business_id, fact, recorded_at, seconds, file, words, failure)
                    values ($5, $1, $2, $3::bigint, \(Self.moment("$4")), $6::integer, $7, $8, $9)
                    on conflict (sid) do update set
                        fact = greatest(recordings.fact, excluded.fact), recorded_at = least(recordings.recorded_at, excluded.recorded_at),
                        seconds = case when excluded.fact > recordings.fact then excluded.seconds else recordings.seconds end,
                        file = case when excluded.fact > recordings.fact then excluded.file else recordings.file end,
                        words = case when excluded.fact > recordings.fact then excluded.words else recordings.words end,
                        failure = case when excluded.fact > recordings.fact then excluded.failure else recordings.failure end
                    where recordings.call_id = excluded.call_id
                    returning sid
                    """,
                parameters: owner + [recording.sid, String(recording.seconds), recording.file, recording.text, recording.failure])
        case .lead(let fields, let caller):
            return SQLStatement(
                sql: """
                    insert into leads (call_id, business_id, fact, created_at, updated_at, caller, fields)
                    values ($1, $2, $3::bigint, \(Self.moment("$4")), \(Self.moment("$4")), $5, $6::jsonb)
                    on conflict (call_id) do update set
                        caller = case
                            when greatest(excluded.fact, leads.fact) >= \(Self.messages) then coalesce(excluded.caller, leads.caller)
                            when excluded.fact > leads.fact then excluded.caller else leads.caller end,
                        fields = case
                            when greatest(excluded.fact, leads.fact) < \(Self.messages) then
                                case when excluded.fact > leads.fact then excluded.fields else leads.fields end
                            when excluded.fact > leads.fact then leads.fields || excluded.fields
                            else excluded.fields || leads.fields end,
                        updated_at = case when excluded.fact > leads.fact then excluded.updated_at else leads.updated_at end,
                        created_at = least(leads.created_at, excluded.created_at),
                        fact = greatest(leads.fact, excluded.fact)
                    """,
                parameters: owner + [caller, try Self.json(fields)])
        case .turn(let record):
            let heard = HeardColumns(record.entry.heard)
            return SQLStatement(
                sql: """
                    insert into turns (call_id, business_id, fact, recorded_at, turn, heard_kind, heard, confidence, understood,
                                       said, recogniser, dialog, state, stages)
                    values ($1, $2, $3::bigint, \(Self.moment("$4")), $5::integer, $6, $7, $8::double precision, $9::boolean,
                            $10::jsonb, $11, $12, $13, $14::jsonb)
                    on conflict (call_id, turn) do update set
                        fact = excluded.fact, recorded_at = excluded.recorded_at, heard_kind = excluded.heard_kind, heard = excluded.heard,
                        confidence = excluded.confidence, understood = excluded.understood, said = excluded.said,
                        recogniser = excluded.recogniser, dialog = excluded.dialog, state = excluded.state, stages = excluded.stages
                    where turns.fact < excluded.fact
                    """,
                parameters: owner + [
                    String(record.entry.turn.number), heard.kind, heard.text, heard.confidence.map { String($0) },
                    heard.understood.map { $0 ? "true" : "false" }, try Self.json(record.entry.said), record.recogniser, record.dialog,
                    record.state, try Self.json(StoredStages(record)),
                ])
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// What was heard, as four columns.
private struct HeardColumns {
    let kind: String
    var text: String?
    var confidence: Double?
    var understood: Bool?

    init(_ heard: Heard) {
        switch heard {
        case .opening: kind = "opening"
        case .silence: kind = "silence"
        case .interrupted: kind = "interrupted"
        case .digits(let digits):
            kind = "digits"
            text = digits
        case .speech(let transcript):
            kind = "speech"
            text = transcript.text
            confidence = transcript.confidence
            understood = transcript.understood
        }
    }
}

/// What the column `stages` holds: the moments, and beside them what else the record says about how the turn was made.
private struct StoredStages: Encodable {
    private enum Key: String, CodingKey { case endpointReason, voice, epochs, preemption, attempts, gapMilliseconds }
    private let record: TurnRecord

    init(_ record: TurnRecord) { self.record = record }

    func encode(to encoder: any Encoder) throws {
        try record.stages.encode(to: encoder)
        var more = encoder.container(keyedBy: Key.self)
        try more.encodeIfPresent(record.endpoint, forKey: .endpointReason)
        try more.encodeIfPresent(record.voice, forKey: .voice)
        try more.encodeIfPresent(record.epochs, forKey: .epochs)
        try more.encodeIfPresent(record.preemption, forKey: .preemption)
        try more.encodeIfPresent(record.attempts, forKey: .attempts)
        try more.encodeIfPresent(record.gapMilliseconds, forKey: .gapMilliseconds)
    }
}
