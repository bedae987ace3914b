import CZMQ

/// Waits for messages on several sockets and for the wake-up descriptor of an event thread.
///
/// Made once with the sockets of a driver, on their thread; kept as long as they live.
package final class ZeroMQPoll {
    private let sockets: [ZeroMQSocket]
    private var items: [zmq_pollitem_t]

    package init(sockets: [ZeroMQSocket]) {
        self.sockets = sockets
        items = Array(repeating: zmq_pollitem_t(), count: sockets.count + 1)
    }

    /// Waits until a socket has a message, `wakeup` is readable, or the time is over. A signal ends the wait early.
    ///
    /// - Parameter timeoutMilliseconds: -1 is no limit, 0 only looks.
    /// - Returns: the indices, in the order given to `init`, of the sockets that have messages.
    @discardableResult
    package func wait(wakeup: CInt, timeoutMilliseconds: CInt) throws(ZeroMQError) -> [Int] {
        for (index, socket) in sockets.enumerated() {
            items[index] = zmq_pollitem_t(socket: try socket.open(), fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        }
        items[sockets.count] = zmq_pollitem_t(socket: nil, fd: wakeup, events: Int16(ZMQ_POLLIN), revents: 0)
        guard zmq_poll(&items, CInt(items.count), Int(timeoutMilliseconds)) >= 0 else {
            if zmq_errno() == EINTR { return [] }
            throw .last(.poll, "Waiting for sockets failed", remedy: "A socket or its context was closed while in use; restart the service.")
        }
        return sockets.indices.filter { items[$0].revents & Int16(ZMQ_POLLIN) != 0 }
    }
}
