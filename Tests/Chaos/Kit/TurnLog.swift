import Postgres

/// Reads what PostgreSQL holds of a run's calls.
package struct TurnLog: Sendable {
    private let connection: PostgresConnection

    package init(url: String) async throws {
        connection = try await PostgresConnection(configuration: PostgresConfiguration(connectionString: url), name: "chaos-postgres")
        try await connection.connect()
    }

    package func close() async { await connection.close() }

    /// Waits until nothing more is written: all these calls have ended and nothing came for `quietSeconds`; or until the limit.
    package func settle(calls: Int, quietSeconds: Int = 3, limitSeconds: Int = 60) async throws {
        var last = ""
        var quiet = 0
        for _ in 0..<limitSeconds {
            let row = try await connection.query(
                """
                select (select count(*) from facts_applied) as facts, (select count(*) from calls) as calls,
                       (select count(*) from calls where ended_at is not null and summary is not null) as ended
                """
            ).rows.first
            let now = "\(row?["facts"] ?? "") \(row?["calls"] ?? "") \(row?["ended"] ?? "")"
            quiet = now == last ? quiet + 1 : 0
            last = now
            let ended = row?["ended"].flatMap { Int($0) } ?? 0
            // Calls that are lost never end in the log: then quiet must do, for longer, because a fact is repeated every two seconds.
            if quiet >= quietSeconds, ended >= calls || quiet >= quietSeconds * 5 { return }
            try await Task.sleep(for: .seconds(1))
        }
    }

    package func read() async throws -> [WrittenCall] {
        var calls: [String: WrittenCall] = [:]
        let rows = try await connection.query(
            """
            select c.id, c.from_number, c.started_at is not null as started, c.ended_at is not null as ended, c.outcome,
                   c.summary is not null as summarised, l.fields ->> 'number' as lead
            from calls c left join leads l on l.call_id = c.id
            """, timeout: .seconds(60)
        ).rows
        for row in rows {
            var call = WrittenCall(sid: try row.decode("id"))
            call.from = row["from_number"]
            call.hasStart = try row.decode("started")
            call.hasEnd = try row.decode("ended")
            call.hasSummary = try row.decode("summarised")
            call.outcome = row["outcome"]
            call.lead = row["lead"]
            calls[call.sid] = call
        }
        let turns = try await connection.query(
            "select call_id, turn, heard_kind, heard, understood from turns order by call_id, turn", timeout: .seconds(60)
        ).rows
        for row in turns {
            calls[try row.decode("call_id")]?.turns.append(
                .init(
                    turn: try row.decode("turn"), kind: try row.decode("heard_kind"), heard: row["heard"],
                    understood: try row.decodeIfPresent("understood")))
        }
        let facts = try await connection.query("select event_id, kind from facts_applied order by event_id", timeout: .seconds(60)).rows
        for row in facts {
            let id: String = try row.decode("event_id")
            let sid = String(id.prefix { $0 != "." })
            calls[sid]?.facts.append(.init(id: id, kind: try row.decode("kind")))
        }
        return calls.values.sorted { $0.sid < $1.sid }
    }
}
