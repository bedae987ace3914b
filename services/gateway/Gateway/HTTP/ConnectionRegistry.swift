import NIOConcurrencyHelpers
import NIOCore

/// All open connections of a server, so that they can be bounded and closed.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var lines: [ObjectIdentifier: MediaLine] = [:]
        var unauthenticated: Set<ObjectIdentifier> = []
        var isDraining = false
        var isClosed = false
    }

    private let state = NIOLockedValueBox(State())
    private let limit: Int

    /// - Parameter limit: open connections at most.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether the connection may live. If so it is forgotten by itself when it closes.
    func admit(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let admitted = state.withLockedValue { state in
            guard !state.isClosed, state.channels.count < limit else { return false }
            state.channels[key] = channel
            return true
        }
        guard admitted else { return false }
        channel.closeFuture.whenComplete { _ in
            self.state.withLockedValue { state in
                state.channels[key] = nil
                state.lines[key] = nil
                state.unauthenticated.remove(key)
            }
        }
        return true
    }

    func opened(_ line: MediaLine, on channel: any Channel) {
        state.withLockedValue { state in
            let key = ObjectIdentifier(channel)
            state.lines[key] = line
            state.unauthenticated.insert(key)
        }
    }

    func authenticated(_ channel: any Channel) {
        state.withLockedValue { _ = $0.unauthenticated.remove(ObjectIdentifier(channel)) }
    }

    /// Media sockets that nobody has vouched for.
    var unauthenticatedCount: Int { state.withLockedValue { $0.unauthenticated.count } }
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
        for (key, channel) in channels {
            if let line = lines[key] {
                line.eventLoop.execute { line.close() }
            } else {
                channel.close(promise: nil)
            }
        }
        let impatience = eventLoop.scheduleTask(in: patience) {
            for channel in channels.values { channel.close(promise: nil) }
        }
        await withCheckedContinuation { continuation in
            EventLoopFuture.andAllComplete(channels.values.map(\.closeFuture), on: eventLoop).whenComplete { _ in continuation.resume() }
        }
        impatience.cancel()
    }
}
