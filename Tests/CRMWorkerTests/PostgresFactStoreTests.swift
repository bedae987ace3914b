import BusContract
import CRMWorker
import CallVocabulary
import Postgres
import Testing

extension DatabaseSuite {
    @Suite struct PostgresFactStoreTests {
        @Test func everyKindOfFactBecomesRows() async throws {
            let call = try Samples.call(1)
            try await TestDatabase.with { database in
                let store = try await database.store()
                for fact in Samples.wholeCall(call) { #expect(await store.apply(try Samples.addressed(fact, call)) == .stored) }
                await store.close()
                #expect(
                    try await database.column(
                        """
                        select concat_ws('|', business_id, from_number, to_number, direction, to_char(started_at, 'YYYY-MM-DD HH24:MI:SS.MS'),
                                         to_char(ended_at, 'HH24:MI:SS.MS'), outcome, duration_ms, summary) from calls
                        """)
                        == [
                            "tel-aviv-estates|+972501234567|+97231234567|inbound|2026-11-22 10:00:00.250|10:00:07.250|served|63211|מבקש דירה בתל אביב, 3 חדרים."
                        ])
                #expect(
                    try await database.column(
                        """
                        select concat_ws('|', turn, heard_kind, coalesce(heard, '-'), coalesce(confidence::text, '-'), coalesce(understood::text, '-'), said,
                                         coalesce(recogniser, '-'), coalesce(dialog, '-'), coalesce(state, '-'), stages) from turns order by turn
                        """)
                        == [
                            #"0|opening|-|-|-|["שלום, הגעתם לנדל\"ן תל אביב.", "במה אפשר לעזור?"]|-|local|need|{}"#,
                            #"1|speech|אני מחפש דירה|0.875|true|["באיזו עיר?"]|pocketsphinx|local|city|{"spoken": 5430000, "endpoint": 5200000, "preemption": "hit"}"#,
                            "2|silence|-|-|-|[]|-|-|-|{}", "3|digits|12#|-|-|[]|-|-|-|{}",
                        ])
                #expect(
                    try await database.column(
                        """
                        select concat_ws('|', business_id, caller, fields ->> 'need', fields ->> 'city', fields ->> 'rooms',
                                         to_char(created_at, 'SS.MS'), to_char(updated_at, 'SS.MS')) from leads
                        """) == ["tel-aviv-estates|+972501234567|rent|תל אביב|3|03.250|06.250"])
                #expect(
                    try await database.column("select kind from facts_applied order by event_id")
                        == ["call_started", "turn", "turn", "lead", "turn", "turn", "lead", "call_ended", "summary"])
            }
        }

        @Test func redeliveryAndOrderChangeNothing() async throws {
            let call = try Samples.call(1)
            // Two facts of one kind with different numbers: the later one must win, whichever comes last.
            var facts = Samples.wholeCall(call)
            facts.append(Fact(id: "\(call).9", at: Samples.start + 9000, body: .summary("הסיכום החדש")))
            facts.append(
                Fact(
                    id: "\(call).10", at: Samples.start + 10_000,
                    body: .turn(TurnRecord(entry: TurnEntry(turn: TurnID(2), heard: .silence, said: ["שומעים אותי?"]), stages: TurnStages()))))
            facts.append(Fact(id: "\(call).11", at: Samples.start + 11_000, body: .lead(fields: ["city": "חיפה"], caller: nil)))
            var expected: [String?]?
            for round in 0..<6 {
                let order = round == 0 ? facts + facts + facts : round == 1 ? facts.reversed() : (facts + facts + facts).shuffled()
                try await TestDatabase.with { database in
                    let store = try await database.store()
                    for fact in order { #expect(await store.apply(try Samples.addressed(fact, call)) == .stored) }
                    await store.close()
                    let contents = try await database.contents()
                    #expect(contents.count == 1 + 1 + 4 + 1 + facts.count)
                    #expect(contents == expected ?? contents, "order \(order.map(\.id))")
                    expected = expected ?? contents
                    #expect(try await database.column("select fields::text || coalesce(caller, '') from leads") == [#"{"city": "חיפה"}"#])
                    #expect(try await database.column("select summary from calls") == ["הסיכום החדש"])
                }
            }
        }

        /// A gateway that was restarted between the conversation and its message does not know the conversation's lead.
        @Test func aMessageAddsToTheLeadInAnyOrder() async throws {
            let call = try Samples.call(1)
            let facts = [
                Fact(id: "\(call).6", at: Samples.start, body: .lead(fields: ["city": "חיפה"], caller: "+972501234567")),
                Fact(id: "\(call).4000000000017", at: Samples.start, body: .lead(fields: ["callback": "promised"], caller: nil)),
                Fact(id: "\(call).4000000000018", at: Samples.start, body: .lead(fields: ["callback": "promised", "message": "שלום"], caller: nil)),
            ]
            for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
                try await TestDatabase.with { database in
                    let store = try await database.store()
                    for index in order { #expect(await store.apply(try Samples.addressed(facts[index], call)) == .stored) }
                    await store.close()
                    #expect(
                        try await database.column("select fields::text || caller from leads")
                            == [#"{"city": "חיפה", "message": "שלום", "callback": "promised"}+972501234567"#])
                }
            }
        }

        @Test func aRecordingBecomesOneRowInAnyOrder() async throws {
            let call = try Samples.call(1)
            let facts = Samples.recording(call)
            var expected: [String?]?
            for order in [facts, facts.reversed(), facts + facts, facts.reversed() + facts] {
                try await TestDatabase.with { database in
                    let store = try await database.store()
                    for fact in order { #expect(await store.apply(try Samples.addressed(fact, call)) == .stored) }
                    await store.close()
                    #expect(
                        try await database.column(
                            "select concat_ws('|', sid, call_id, business_id, seconds, file, words, coalesce(failure, '-'), to_char(recorded_at, 'MI:SS')) from recordings"
                        ) == [
                            "\(Samples.sid(1))|\(call)|tel-aviv-estates|4|recordings/\(Samples.sid(1)).wav|תחזרו אליי|-|01:10"
                        ])
                    let contents = try await database.contents()
                    #expect(contents == expected ?? contents)
                    expected = expected ?? contents
                    #expect(try await database.column("select kind from facts_applied") == ["recording", "recording"])
                }
            }
        }

        @Test func aRecordingStaysWithItsCallAndItsBusiness() async throws {
            let (mine, other) = (try Samples.call(1), try Samples.call(2))
            try await TestDatabase.with { database in
                let store = try await database.store()
                for fact in Samples.recording(mine) { #expect(await store.apply(try Samples.addressed(fact, mine)) == .stored) }
                let before = try await database.contents()
                // The same recording under another call, of this business and of another one; and this call under another business.
                for business in [Samples.business, Samples.otherBusiness] {
                    let forged = Samples.recording(other)[1]
                    let outcome = await store.apply(try Samples.addressed(forged, other, business: business))
                    #expect(outcome == .refused("the recording belongs to another call"))
                }
                let forged = Fact(id: "\(mine).5000000000000", at: 0, body: Samples.recording(mine)[1].body)
                #expect(
                    await store.apply(try Samples.addressed(forged, mine, business: Samples.otherBusiness))
                        == .refused("the call belongs to another business"))
                #expect(try await database.contents() == before)
                for bad in ["RE1", "", "CA" + String(repeating: "0", count: 32), "../../x"] {
                    let fact = Fact(id: "\(mine).9", at: 0, body: .recording(RecordingRecord(sid: bad, seconds: 1)))
                    guard case .refused(let reason) = await store.apply(try Samples.addressed(fact, mine)) else {
                        Issue.record("not refused: \(bad)")
                        continue
                    }
                    #expect(reason.contains("23514"))
                }
                await store.close()
                // Even a program with a fault cannot: the schema forbids it.
                await #expect(throws: (any Error).self) {
                    try await database.admin.query(
                        "insert into recordings (sid, call_id, business_id, fact, recorded_at, seconds) values ($1, $2, $3, 1, now(), 1)",
                        [Samples.sid(9), mine.rawValue, Samples.otherBusiness.rawValue])
                }
            }
        }

        @Test func theReasonOfAnEndIsKept() async throws {
            let call = try Samples.call(1)
            func end(_ number: Int, _ reason: String?) -> Fact {
                Fact(id: "\(call).\(number)", at: Samples.start, body: .callEnded(outcome: .fallback, milliseconds: 9, reason: reason))
            }
            try await TestDatabase.with { database in
                let store = try await database.store()
                for fact in [end(3, "no media"), end(2, "no start")] {
                    #expect(await store.apply(try Samples.addressed(fact, call)) == .stored)
                    #expect(try await database.column("select outcome || '|' || end_reason from calls") == ["fallback|no media"])
                }
                await store.close()
            }
        }

        @Test func aTurnBeforeTheCallMakesTheCall() async throws {
            let call = try Samples.call(1)
            let facts = Samples.wholeCall(call)
            try await TestDatabase.with { database in
                let store = try await database.store()
                #expect(await store.apply(try Samples.addressed(facts[2], call)) == .stored)
                #expect(try await database.column("select coalesce(started_at::text, from_number, 'unknown') from calls") == ["unknown"])
                #expect(await store.apply(try Samples.addressed(facts[0], call)) == .stored)
                #expect(try await database.column("select from_number from calls where started_at is not null") == ["+972501234567"])
                await store.close()
            }
        }

        @Test func businessesNeverMix() async throws {
            let (mine, theirs) = (try Samples.call(1), try Samples.call(2))
            try await TestDatabase.with { database in
                let store = try await database.store()
                for (one, other) in zip(Samples.wholeCall(mine), Samples.wholeCall(theirs)) {
                    #expect(await store.apply(try Samples.addressed(one, mine)) == .stored)
                    #expect(await store.apply(try Samples.addressed(other, theirs, business: Samples.otherBusiness)) == .stored)
                }
                let before = try await database.contents()
                for body in Samples.wholeCall(mine).map(\.body) {
                    let forged = Fact(id: "\(mine).100", at: Samples.start + 100_000, body: body)
                    let outcome = await store.apply(try Samples.addressed(forged, mine, business: Samples.otherBusiness))
                    #expect(outcome == .refused("the call belongs to another business"))
                }
                // A business that nobody has heard of leaves no trace either.
                let stranger = Fact(id: "\(mine).0", at: 0, body: .summary("x"))
                #expect(await store.apply(try Samples.addressed(stranger, mine, business: BusinessID("stranger"))) != .stored)
                await store.close()
                #expect(try await database.contents() == before)
                for table in ["calls", "turns", "leads", "facts_applied"] {
                    let counts = try await database.column("select count(*)::text from \(table) group by business_id order by business_id")
                    #expect(counts.count == 2 && counts[0] == counts[1], "\(table)")
                }
                // Even a program with a fault cannot: the schema forbids it.
                await #expect(throws: (any Error).self) {
                    try await database.admin.query(
                        """
                        insert into turns (call_id, business_id, turn, heard_kind, recorded_at, fact)
                        values ($1, $2, 50, 'silence', now(), 1)
                        """, [mine.rawValue, Samples.otherBusiness.rawValue])
                }
            }
        }

        @Test func killedConnectionsLoseNothing() async throws {
            let call = try Samples.call(1)
            try await TestDatabase.with { database in
                let store = try await database.store()
                for fact in Samples.wholeCall(call) {
                    #expect(try await database.killConnections() == 1)
                    #expect(await store.apply(try Samples.addressed(fact, call)) == .stored)
                }
                await store.close()
                #expect(try await database.contents().count == 1 + 1 + 4 + 1 + 9)
            }
        }

        @Test func factsThatCanNeverBeStoredAreRefusedAndHoldUpNothing() async throws {
            let call = try Samples.call(1)
            func turn(_ number: Int) -> Fact.Body { .turn(TurnRecord(entry: TurnEntry(turn: TurnID(number), heard: .silence), stages: TurnStages())) }
            let bad: [(Fact, BusinessID, String)] = [
                (Fact(id: "\(call).1", at: 0, body: turn(1 << 40)), Samples.business, "22003"),
                (Fact(id: "\(call).1", at: 0, body: turn(-1)), Samples.business, "23514"),
                (Fact(id: "\(call).1", at: .max, body: turn(1)), Samples.business, "22008"),
                (Fact(id: "\(call).1", at: 0, body: turn(1)), BusinessID(String(repeating: "b", count: 129)), "23514"),
                (Fact(id: "\(call).1", at: 0, body: turn(1)), BusinessID(String(repeating: "b", count: 1 << 20)), "23514"),
            ]
            try await TestDatabase.with { database in
                let store = try await database.store()
                for (fact, business, state) in bad {
                    guard case .refused(let reason) = await store.apply(try Samples.addressed(fact, call, business: business)) else {
                        Issue.record("not refused: \(fact)")
                        continue
                    }
                    #expect(reason.contains(state))
                }
                #expect(try await database.contents() == [])
                #expect(await store.apply(try Samples.addressed(Fact(id: "\(call).1", at: 0, body: turn(1)), call)) == .stored)
                await store.close()
            }
        }

        @Test func whatIsNeitherTheFactsNorTheConnectionsFaultIsPutOff() async throws {
            let call = try Samples.call(1)
            let facts = Samples.wholeCall(call)
            try await TestDatabase.with { database in
                let store = try await database.store()
                try await database.admin.execute(script: "alter table leads rename to hidden")
                guard case .postponed = await store.apply(try Samples.addressed(facts[3], call)) else {
                    Issue.record("an answer was given")
                    return
                }
                #expect(await store.apply(try Samples.addressed(facts[2], call)) == .stored)
                try await database.admin.execute(script: "alter table hidden rename to leads")
                #expect(await store.apply(try Samples.addressed(facts[3], call)) == .stored)
                await store.close()
                #expect(try await database.column("select count(*)::text from leads") == ["1"])
            }
        }

        @Test(arguments: [
            "'; drop table calls; --", "$1 $2 \\ \\' \" \u{1} \u{7f} \r\n\t", "\u{202E}הפוך\u{202C} \u{2066}x\u{2069} \u{200F}",
            "\u{FEFF}שלום👩‍👩‍👧 \u{10FFFF} e\u{301}", "{\"a\": [1, null]}",
            "large",
        ])
        func hostileTextIsStoredAsText(_ sample: String) async throws {
            let call = try Samples.call(1)
            let text = sample == "large" ? String(repeating: "שלום'\"\\", count: 100_000) : sample
            let bodies: [Fact.Body] = [
                .callStarted(from: text, to: text), .summary(text), .lead(fields: [text: text], caller: text),
                .callEnded(outcome: .failed, milliseconds: 1, reason: text),
                .recording(RecordingRecord(sid: Samples.sid(1), seconds: 1, file: text, text: text, failure: text)),
                .turn(
                    TurnRecord(
                        entry: TurnEntry(
                            turn: TurnID(1), heard: .speech(Transcript(text: text, confidence: 1, understood: true)), said: [text, text]),
                        recogniser: text,
                        dialog: text, state: text, stages: TurnStages())),
            ]
            try await TestDatabase.with { database in
                let store = try await database.store()
                for (index, body) in bodies.enumerated() {
                    #expect(await store.apply(try Samples.addressed(Fact(id: "\(call).\(index)", at: 0, body: body), call)) == .stored)
                }
                await store.close()
                let stored = try await database.admin.query(
                    """
                    select from_number, to_number, summary, caller, key, value, heard, said ->> 0, said ->> 1, recogniser, dialog, turns.state,
                           end_reason, file, words, failure
                    from calls, leads, jsonb_each_text(fields), turns, recordings
                    """
                ).rows.first?.values
                // Byte for byte: Swift's == would take canonically equivalent texts for the same.
                #expect(stored?.map { $0.map { Array($0.utf8) } } == Array(repeating: Array(text.utf8), count: 16))
            }
        }
    }
}
