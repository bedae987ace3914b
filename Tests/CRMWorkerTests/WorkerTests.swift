import BusContract
import CRMWorker
import CallVocabulary
import EventThread
import Foundation
import Postgres
import Testing

extension DatabaseSuite {
    /// Logic, queue and store together, as the executable wires them.
    @Suite struct WorkerTests {
        /// Runs one worker while `body` plays the gateway; it stops as the executable does.
        private func withWorker(_ database: TestDatabase, _ body: (CRMWorkerLogic, CollectingPort) async throws -> Void) async throws {
            let (port, queue) = (CollectingPort(), FactQueue(logger: Samples.logger))
            let store = try await database.store()
            async let running: Void = queue.run(store)
            do {
                try await body(CRMWorkerLogic(port: port, queue: queue, logger: Samples.logger), port)
            } catch {
                queue.finish()
                await running
                throw error
            }
            queue.finish()
            await running
        }

        @Test func twoWorkersKilledConnectionsAndRepetitions() async throws {
            let calls = try (1...4).map { try Samples.call($0) }
            var facts: [(Fact, CallID)] = []
            for call in calls { facts += Samples.wholeCall(call).map { ($0, call) } }
            let all = facts
            try await TestDatabase.with { database in
                try await withWorker(database) { first, firstPort in
                    try await withWorker(database) { second, secondPort in
                        let (left, right) = ((all + all + all).shuffled(), (all + all + all).shuffled())
                        var killed = 0
                        for (index, (one, other)) in zip(left, right).enumerated() {
                            for (worker, (fact, call)) in [(first, one), (second, other)] {
                                let wire = try EnvelopeCodec.encode(Samples.envelope(fact, call))
                                worker.handle(try EnvelopeCodec.decode(wire), attachment: [])
                            }
                            // Both workers are at it now: they lose their connections wherever in a transaction they are.
                            if index % 5 == 0 { killed += try await database.killConnections() }
                            await firstPort.wait(for: 1)
                            await secondPort.wait(for: 1)
                        }
                        #expect(killed >= 20)
                        #expect(firstPort.answers == left.map { FactStored(id: $0.0.id) })
                        #expect(secondPort.answers == right.map { FactStored(id: $0.0.id) })
                    }
                }
                #expect(try await database.contents().count == 1 + 4 + 16 + 4 + all.count)
                let shuffled = try await database.contents()
                // The same calls in order, undisturbed, in a database of their own.
                try await TestDatabase.with { quiet in
                    let store = try await quiet.store()
                    for (fact, call) in all { #expect(await store.apply(try Samples.addressed(fact, call)) == .stored) }
                    await store.close()
                    #expect(try await quiet.contents() == shuffled)
                }
            }
        }

        /// Four workers make the row of one new call at the same moment: a lock on the table is the starting gate.
        @Test func theFirstFactsOfACallMayRace() async throws {
            let (workers, rounds) = (4, 10)
            try await TestDatabase.with { database in
                // The business exists already: on a new one three would wait for the fourth, and not at the gate.
                let store = try await database.store()
                #expect(await store.apply(try Samples.addressed(Samples.wholeCall(try Samples.call(99))[0], try Samples.call(99))) == .stored)
                await store.close()
                for round in 0..<rounds {
                    let call = try Samples.call(round)
                    try await withThrowingTaskGroup(of: FactOutcome.self) { group in
                        try await database.admin.withTransaction { gate in
                            try await gate.query("lock table calls in share mode")
                            for worker in 0..<workers {
                                let fact = try Samples.addressed(Samples.wholeCall(call)[worker], call)
                                group.addTask {
                                    let store = try await database.store()
                                    let outcome = await store.apply(fact)
                                    await store.close()
                                    return outcome
                                }
                            }
                            let waiting =
                                "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'relation'"
                            while try await gate.query(waiting).rows.count < workers {
                                // The activity is a snapshot for the length of a transaction unless told otherwise.
                                try await gate.query("select pg_stat_clear_snapshot()")
                            }
                        }
                        for try await outcome in group { #expect(outcome == .stored) }
                    }
                }
                let rows = try await database.contents().count
                #expect(rows == 3 + rounds * (1 + 2 + 1 + workers))
            }
        }

        @Test func theReportIsReadable() async throws {
            let call = try Samples.call(1)
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "deploy/scripts/show-call.sql").path()
            try await TestDatabase.with { database in
                let store = try await database.store()
                for fact in Samples.wholeCall(call) { #expect(await store.apply(try Samples.addressed(fact, call)) == .stored) }
                await store.close()
                let (connection, worker) = (database.url.text, try await WorkerThread(name: "psql"))
                let (status, text) = try await worker.run { _ in try Self.psql(connection, script) }
                await worker.stop()
                #expect(status == 0)
                for expected in [call.rawValue, "│ city   │ תל אביב", "מבקש דירה בתל אביב, 3 חדרים.", "אני מחפש דירה", "│   230", "(silence)"] {
                    #expect(text.contains(expected), "\(expected) is not in\n\(text)")
                }
            }
        }

        /// Blocks its thread.
        private static func psql(_ connection: String, _ script: String) throws -> (Int32, String) {
            let psql = Process()
            psql.executableURL = URL(filePath: "/usr/bin/env")
            psql.arguments = ["psql", "-X", "-q", "-d", connection, "-f", script]
            let output = Pipe()
            psql.standardOutput = output
            try psql.run()
            let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
            psql.waitUntilExit()
            return (psql.terminationStatus, String(decoding: bytes, as: UTF8.self))
        }
    }
}
