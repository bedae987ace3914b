import NIOCore
import TwilioWire

/// The sending end of one media socket.
///
/// Everything but the plain properties is for the socket's event loop only, and checked: from elsewhere use `eventLoop.execute`. Nothing
/// here waits. What is sent while a batch is being received is flushed once, after it; otherwise at once, or after ``grouped(_:)``.
package final class MediaLine: Sendable {
    package let eventLoop: any EventLoop
    /// The peer's IP address, seen through trusted proxies.
    package let remoteAddress: String
    /// What became of `x-twilio-signature` in the handshake; nil if there was none or checking is off. The token decides, not this.
    package let isSignatureValid: Bool?
    /// Empty once the socket is closed, which also breaks the cycle between line and handler.
    private let socket: NIOLoopBoundBox<MediaSocket?>

    init(socket: MediaSocket, eventLoop: any EventLoop, remoteAddress: String, isSignatureValid: Bool?) {
        self.eventLoop = eventLoop
        self.remoteAddress = remoteAddress
        self.isSignatureValid = isSignatureValid
        self.socket = NIOLoopBoundBox(socket, eventLoop: eventLoop)
    }

    /// Says that the `start` was followed by a good token: the socket no longer counts against the strangers.
    package func markAuthenticated() { socket.value?.markAuthenticated() }

    /// Sends audio: mu-law at 8 kHz, any length.
    /// - Returns: whether it went out; false before `start`, after a close, and (counted) while the socket takes nothing for long.
    @discardableResult
    package func send(media: some Collection<UInt8>) -> Bool {
        guard let socket = socket.value, let writer = socket.writer else { return false }
        return socket.send(mayDrop: true) { writer.media(media) }
    }

    /// Asks to be told when everything sent before was played.
    @discardableResult
    package func sendMark(_ name: String) -> Bool {
        guard let socket = socket.value, let writer = socket.writer else { return false }
        return socket.send(mayDrop: false) { writer.mark(name) }
    }

    /// Empties Twilio's buffer; all pending marks come back.
    @discardableResult
    package func sendClear() -> Bool {
        guard let socket = socket.value, let writer = socket.writer else { return false }
        return socket.send(mayDrop: false) { writer.clear }
    }

    /// Flushes once after everything that the body sends.
    package func grouped(_ body: () -> Void) {
        if let socket = socket.value { socket.grouped(body) } else { body() }
    }

    /// Says goodbye and closes, whether or not the peer answers. 1000 is the one code known not to alarm Twilio (31921).
    package func close(code: UInt16 = 1000) { socket.value?.close(code: code) }

    /// Closes at once: there are too many strangers, and a peer that takes its time over a goodbye would stay another one.
    func evict() { socket.value?.evict() }

    func forget() { socket.value = nil }
}
