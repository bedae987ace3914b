import CZMQ

/// Options of a socket, set before it is bound or connected. nil leaves the library's own default.
package struct ZeroMQSocketOptions: Sendable {
    /// How long closing may hold unsent messages, in milliseconds. The library's default, for ever, would hang a shutdown.
    package var lingerMilliseconds: CInt = 0

    /// Messages that may wait to be sent, per peer. A soft bound: with ipc about as many again wait at the receiver and in the kernel.
    package var sendHighWaterMark: CInt?

    /// Messages that may wait to be received, per peer.
    package var receiveHighWaterMark: CInt?

    /// Queue only for peers that are connected. Without it a DEALER keeps messages for a peer that is not there and delivers
    /// them when it comes: old audio reborn.
    package var immediate = true

    /// ROUTER: an unroutable message is ``SendOutcome/unreachable`` instead of being dropped without a word.
    package var routerMandatory = true

    /// ROUTER: a peer that comes back with its old identity replaces its old connection. Otherwise a restarted worker can be refused.
    package var routerHandover = true

    /// DEALER: the name under which a ROUTER knows this socket. At most 255 bytes; the first must not be 0.
    package var routingID: [UInt8]?

    /// The largest part accepted from a peer, in bytes; a peer that sends more is disconnected. -1 is no limit.
    package var maximumPartSize: Int64 = 1 << 20

    /// Pause before a lost connection is tried again, in milliseconds. The library's default is 100.
    package var reconnectMilliseconds: CInt?

    /// The longest pause when pauses double, in milliseconds. The library's default is no doubling.
    package var reconnectMaximumMilliseconds: CInt?

    /// Encryption and authentication; nil is neither. Set the same kind on both sides.
    package var curve: CurveRole?

    package init() {}
}
