import Testing

@testable import GoogleCloud

@Suite struct ConnectionSpreadTests {
    @Test func oneConnectionUntilItIsThreeQuartersFull() {
        var spread = ConnectionSpread(streamsPerConnection: 8, maximumConnections: 3)
        #expect(spread.prepare() == [1] && spread.prepare() == [])
        for _ in 0..<6 { #expect(spread.take() == .init(stream: 1)) }
        // One of eight is left: the next connection is opened before anybody needs it.
        #expect(spread.take() == .init(stream: 1, opened: [2]))
        #expect(spread.take() == .init(stream: 1))
        #expect(spread.take() == .init(stream: 2))
        #expect(spread.count == 2 && spread.streams == 9)
    }

    @Test func theFirstStreamOpensItsOwn() {
        var spread = ConnectionSpread(streamsPerConnection: 8, maximumConnections: 3)
        #expect(spread.take() == .init(stream: 1, opened: [1]))
    }

    @Test func atTheEndThereIsNone() {
        var spread = ConnectionSpread(streamsPerConnection: 2, maximumConnections: 2)
        for _ in 0..<4 { #expect(spread.take().stream != nil) }
        #expect(spread.take() == .init(stream: nil))
        _ = spread.give(1)
        #expect(spread.take().stream == 1)
    }

    @Test func whatRunsEmptyIsClosed() {
        var spread = ConnectionSpread(streamsPerConnection: 4, maximumConnections: 8)
        var taken = (0..<10).compactMap { _ in spread.take().stream }
        #expect(taken == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3])
        var closed: [Int] = []
        while let last = taken.popLast() { closed += spread.give(last).closed }
        #expect(spread.count == 1 && spread.streams == 0)
        #expect(Set(closed) == [2, 3])
    }

    @Test func oneCallMoreOrLessOpensNothing() {
        var spread = ConnectionSpread(streamsPerConnection: 4, maximumConnections: 8)
        for _ in 0..<4 { _ = spread.take() }
        #expect(spread.count == 2)
        for _ in 0..<20 {
            #expect(spread.give(1) == .init())
            #expect(spread.take() == .init(stream: 1))
        }
    }

    @Test func aSuspectGetsNoMoreAndGoesWithItsLast() {
        var spread = ConnectionSpread(streamsPerConnection: 8, maximumConnections: 8)
        _ = [spread.take(), spread.take()]
        let change = spread.give(1, isSuspect: true)
        #expect(change.opened == [2] && change.closed == [])
        #expect(spread.take() == .init(stream: 2))
        // Its other stream goes wrong too; nothing more is opened for that.
        #expect(spread.give(1, isSuspect: true) == .init(closed: [1]))
        #expect(spread.count == 1)
    }

    @Test func whatIsDeadWithoutAStreamIsReplaced() {
        var spread = ConnectionSpread(streamsPerConnection: 8, maximumConnections: 8)
        #expect(spread.prepare() == [1])
        #expect(spread.retire(1) == .init(opened: [2], closed: [1]))
        #expect(spread.retire(1) == .init())
        #expect(spread.take() == .init(stream: 2))
    }

    /// Thousands of random calls: never more than allowed, never a stream on a connection that is not there.
    @Test func atRandom() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var spread = ConnectionSpread(streamsPerConnection: 5, maximumConnections: 6)
            var open: Set<Int> = Set(spread.prepare())
            var streams: [Int] = []
            for _ in 0..<400 {
                if Bool.random(using: &random) || streams.isEmpty {
                    let choice = spread.take()
                    open.formUnion(choice.opened)
                    if let id = choice.stream {
                        #expect(open.contains(id))
                        streams.append(id)
                        #expect(streams.count { $0 == id } <= 5)
                    } else {
                        #expect(open.count == 6)
                    }
                } else {
                    let id = streams.remove(at: Int.random(in: streams.indices, using: &random))
                    let change = spread.give(id, isSuspect: Int.random(in: 0..<20, using: &random) == 0)
                    open.formUnion(change.opened)
                    open.subtract(change.closed)
                    #expect(change.closed.allSatisfy { !streams.contains($0) })
                }
                #expect(open.count == spread.count && streams.count == spread.streams)
            }
        }
    }
}
