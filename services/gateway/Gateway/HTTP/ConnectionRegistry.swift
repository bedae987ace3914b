import NIOConcurrencyHelpers
import NIOCore

/// All open connections of a server, so that they can be bounded and closed.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: Connection] = [:]
        var lines: [ObjectIdentifier: MediaLine] = [:]
        /// Media sockets that nobody has vouched for, and which came when.
        var strangers: [ObjectIdentifier: Stranger] = [:]
        var arrivals = 0
        var isDraining = false
        var isClosed = false
    }

    private struct Connection {
        var channel: any Channel
        var arrival: Int
    }

    private struct Stranger {
        var line: MediaLine
        var arrival: Int
    }

    private let state = NIOLockedValueBox(State())
    private let limit: Int

    /// - Parameter limit: open connections at most.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether the connection may live. If so it is forgotten by itself when it closes.
    ///
    /// When there are too many, the oldest that is no media socket goes and not the newcomer: a webhook is answered within milliseconds, so what
    /// is old is idle, or somebody who holds connections open, and a caller must not pay for that.
    func admit(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let (admitted, evicted) = state.withLockedValue { state -> (Bool, (any Channel)?) in
            guard !state.isClosed else { return (false, nil) }
            var evicted: (any Channel)?
            if state.channels.count >= limit {
                let idle = state.channels.filter { state.lines[$0.key] == nil }.min { $0.value.arrival < $1.value.arrival }
                guard let idle else { return (false, nil) }
                state.channels[idle.key] = nil
                evicted = idle.value.channel
            }
            state.arrivals += 1
            state.channels[key] = Connection(channel: channel, arrival: state.arrivals)
            return (true, evicted)
        }
        evicted?.close(promise: nil)
        guard admitted else { return false }
        channel.closeFuture.whenComplete { _ in
            self.state.withLockedValue { state in
                state.channels[key] = nil
                state.lines[key] = nil
                state.strangers[key] = nil
            }
        }
        return true
    }

    /// A media socket was opened.
    ///
    /// When there are too many strangers the oldest go, never the newcomer: any answer but 101 ends a call (31920), and Twilio shows its token
    /// within a round trip, while whoever holds sockets open gets old.
    /// - Returns: who has to go.
    func opened(_ line: MediaLine, on channel: any Channel, _ limits: MediaLimits) -> [MediaLine] {
        state.withLockedValue { state in
            let key = ObjectIdentifier(channel)
            state.lines[key] = line
            var evicted: [MediaLine] = []
            func evict(_ strangers: [ObjectIdentifier: Stranger], limit: Int) {
                // The newcomer is not among them, so one less than the limit may stay. As a rule one goes.
                for (key, stranger) in strangers.sorted(by: { $0.value.arrival < $1.value.arrival }).prefix(max(0, strangers.count - limit + 1)) {
                    state.strangers[key] = nil
                    evicted.append(stranger.line)
                }
            }
            if state.strangers.count >= limits.unauthenticatedSocketsPerAddress {
                let address = line.remoteAddress
                let neighbours = state.strangers.filter { $0.value.line.remoteAddress == address }
                if neighbours.count >= limits.unauthenticatedSocketsPerAddress {
                    evict(neighbours, limit: limits.unauthenticatedSocketsPerAddress)
                }
            }
            if state.strangers.count >= limits.unauthenticatedSockets { evict(state.strangers, limit: limits.unauthenticatedSockets) }
            state.arrivals += 1
            state.strangers[key] = Stranger(line: line, arrival: state.arrivals)
            return evicted
        }
    }

    func authenticated(_ channel: any Channel) {
        state.withLockedValue { $0.strangers[ObjectIdentifier(channel)] = nil }
    }

    /// Open media sockets.
    var mediaCount: Int { state.withLockedValue { $0.lines.count } }
    /// Whether the server is going away: connections then end with their answer.
    var isDraining: Bool { state.withLockedValue { $0.isDraining } }

    func drain() { state.withLockedValue { $0.isDraining = true } }

    /// Says goodbye on every media socket, closes everything else, and returns when all are closed or the patience is over.
    func closeAll(patience: TimeAmount, on eventLoop: any EventLoop) async {
        let (channels, lines) = state.withLockedValue { state in
            state.isClosed = true
            return (state.channels, state.lines)
        }
        for (key, connection) in channels {
            let channel = connection.channel
            if let line = lines[key] {
                line.eventLoop.execute { line.close() }
            } else {
                channel.close(promise: nil)
            }
        }
        let impatience = eventLoop.scheduleTask(in: patience) {
            for connection in channels.values { connection.channel.close(promise: nil) }
        }
        await withCheckedContinuation { continuation in
            EventLoopFuture.andAllComplete(channels.values.map(\.channel.closeFuture), on: eventLoop).whenComplete { _ in continuation.resume() }
        }
        impatience.cancel()
    }
}
