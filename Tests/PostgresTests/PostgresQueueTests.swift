import Testing

@testable import Postgres

@Suite struct PostgresQueueTests {
    private let start = ContinuousClock.now

    private func operation(_ id: UInt64, _ kind: PostgresOperation.Kind = .script("x"), scope: UInt64? = nil, after: Duration = .seconds(1))
        -> PostgresOperation
    {
        PostgresOperation(id: id, kind: kind, scope: scope, deadline: start + after, completion: { _ in })
    }

    @Test func othersWaitForTheEndOfATransaction() {
        var queue = PostgresQueue()
        #expect(queue.append(operation(1, .begin("BEGIN"), scope: 9))?.id == nil)
        #expect(queue.append(operation(2))?.id == nil)
        #expect(queue.next()?.id == 1)
        #expect(queue.owner == 9)
        #expect(queue.next()?.id == nil)
        #expect(queue.append(operation(3, scope: 9))?.id == nil)
        #expect(queue.append(operation(4, .begin("BEGIN"), scope: 10))?.id == nil)
        #expect(queue.next()?.id == 3)
        #expect(queue.append(operation(5, .commit, scope: 9))?.id == nil)
        #expect(queue.append(operation(6, scope: 9))?.id == nil)
        #expect(queue.next()?.id == 5)
        #expect(queue.release().map(\.id) == [6])
        #expect(queue.next()?.id == 2)
        #expect(queue.next()?.id == 4)
        #expect(queue.owner == 10)
    }

    @Test func statementsOfADeadTransactionNeverRun() {
        var queue = PostgresQueue()
        #expect(queue.append(operation(1, scope: 9))?.id == 1)
        _ = queue.append(operation(2, .begin("BEGIN"), scope: 9))
        _ = queue.next()
        // The connection is lost.
        #expect(queue.removeAll().isEmpty)
        #expect(queue.append(operation(3, scope: 9))?.id == 3)
        #expect(queue.append(operation(4, .commit, scope: 9))?.id == 4)
    }

    @Test func waitingEndsAtTheDeadlineOrByCancellation() {
        var queue = PostgresQueue()
        _ = queue.append(operation(1, after: .seconds(2)))
        _ = queue.append(operation(2, after: .seconds(1)))
        _ = queue.append(operation(3, after: .seconds(3)))
        #expect(queue.nextDeadline == start + .seconds(1))
        #expect(queue.removeExpired(now: start + .seconds(2)).map(\.id) == [1, 2])
        #expect(queue.remove(id: 3)?.id == 3)
        #expect(queue.remove(id: 3)?.id == nil)
        #expect(queue.nextDeadline == nil)
    }
}
