/// Which of several HTTP/2 connections the next stream goes on. A value; it opens and closes nothing.
///
/// A server allows some hundred streams per connection (Google: 100), and the library lets further ones wait in silence until another ends,
/// so a connection is taken for full before that. Connections are filled one after the other, so that those beyond need run empty and can go.
package struct ConnectionSpread: Sendable {
    /// Never given twice.
    package typealias ID = Int

    package struct Choice: Sendable, Equatable {
        /// Carries the stream; nil: all are full, and there may be no more.
        package var stream: ID?
        /// To be opened now, in this order; the chosen one may be among them.
        package var opened: [ID] = []
    }

    private struct Connection {
        let id: ID
        var streams = 0
        /// Gets no more streams and goes with its last.
        var isRetired = false
    }

    private let streamsPerConnection: Int
    private let maximumConnections: Int
    private var connections: [Connection] = []
    private var lastID = 0

    package init(streamsPerConnection: Int, maximumConnections: Int) {
        self.streamsPerConnection = max(1, streamsPerConnection)
        self.maximumConnections = max(1, maximumConnections)
    }

    package var count: Int { connections.count }
    package var streams: Int { connections.reduce(0) { $0 + $1.streams } }

    /// The connections that exist from the start.
    package mutating func prepare() -> [ID] { connections.contains { !$0.isRetired } ? [] : [open()] }

    package mutating func take() -> Choice {
        var choice = Choice(stream: nil)
        var index = connections.firstIndex { !$0.isRetired && $0.streams < streamsPerConnection }
        if index == nil, connections.count < maximumConnections {
            choice.opened.append(open())
            index = connections.count - 1
        }
        guard let index else { return choice }
        connections[index].streams += 1
        choice.stream = connections[index].id
        // One is opened ahead: the stream that finds all full would pay for TCP and TLS.
        if room * 4 < streamsPerConnection, connections.count < maximumConnections { choice.opened.append(open()) }
        return choice
    }

    /// What a change asks for.
    package struct Change: Sendable, Equatable {
        package var opened: [ID] = []
        package var closed: [ID] = []
        package init(opened: [ID] = [], closed: [ID] = []) {
            self.opened = opened
            self.closed = closed
        }
    }

    /// A stream has ended.
    /// - Parameter isSuspect: nothing came on this connection though something should have: new streams go elsewhere.
    package mutating func give(_ id: ID, isSuspect: Bool = false) -> Change {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return Change() }
        connections[index].streams -= 1
        if isSuspect { connections[index].isRetired = true }
        return settle()
    }

    /// A connection was found to be dead without a stream.
    package mutating func retire(_ id: ID) -> Change {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return Change() }
        connections[index].isRetired = true
        return settle()
    }

    private mutating func settle() -> Change {
        var closed: [ID] = []
        connections.removeAll { connection in
            guard connection.isRetired, connection.streams == 0 else { return false }
            closed.append(connection.id)
            return true
        }
        // The youngest go first; what is left keeps room for half a connection's streams, so that one call more or less opens nothing.
        while let last = connections.lastIndex(where: { !$0.isRetired && $0.streams == 0 }), connections.count(where: { !$0.isRetired }) > 1,
            (room - streamsPerConnection) * 2 >= streamsPerConnection
        {
            closed.append(connections.remove(at: last).id)
        }
        return Change(opened: prepare(), closed: closed)
    }

    private var room: Int { connections.reduce(0) { $0 + ($1.isRetired ? 0 : streamsPerConnection - $1.streams) } }

    private mutating func open() -> ID {
        lastID += 1
        connections.append(Connection(id: lastID))
        return lastID
    }
}
