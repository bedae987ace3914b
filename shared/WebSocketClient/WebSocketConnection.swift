import NIOCore
import Synchronization

/// One connection, used from anywhere. None of these waits; after the end they do nothing.
package final class WebSocketConnection: Sendable {
    private let loop: any EventLoop
    private let session: NIOLoopBoundBox<WebSocketSession?>
    private let limit: Int
    private let isCancelled = Flag()
    private let told: @Sendable (WebSocketEvent) -> Void
    let pending = PendingBytes()

    init(loop: any EventLoop, limit: Int, report: @escaping @Sendable (WebSocketEvent) -> Void) {
        self.loop = loop
        self.limit = limit
        session = NIOLoopBoundBox.makeEmptyBox(eventLoop: loop)
        told = report
    }

    /// Forgets the session with the last event, so that nothing holds anything any more.
    var report: @Sendable (WebSocketEvent) -> Void {
        { [isCancelled, told, session] event in
            if case .ended = event { session.value = nil }
            if !isCancelled.isSet { told(event) }
        }
    }

    func perform(_ body: @escaping @Sendable (NIOLoopBoundBox<WebSocketSession?>) -> Void) {
        loop.execute { [session] in body(session) }
    }

    package func send(_ text: String) { send(.text(text), bytes: text.utf8.count) }
    package func send(_ bytes: [UInt8]) { send(.binary(bytes), bytes: bytes.count) }

    private func send(_ message: WebSocketSession.Message, bytes: Int) {
        // Counted before the loop sees it: a loop that is busy must not hide what piles up in front of it.
        guard pending.add(bytes) <= limit else { return perform { $0.value?.overflow() } }
        perform { $0.value?.send(message) }
    }

    /// Bytes that were handed over and have not left yet.
    package var pendingBytes: Int { pending.count }

    /// Begins the close handshake; what was sent before it still goes out. The end is reported with the peer's code.
    /// - Parameters:
    ///   - code: 1000, or 3000 to 4999.
    ///   - reason: at most 123 bytes; longer ones are cut.
    package func close(code: UInt16 = 1000, reason: String = "") { perform { $0.value?.close(code, reason) } }

    /// Runs `body` where events are reported, later, in order with them; also after the end.
    package func enqueue(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

    /// Like ``enqueue(_:)``, after a delay. Cannot be withdrawn: `body` sees for itself whether it is still wanted.
    package func enqueue(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        loop.scheduleTask(in: TimeAmount(delay)) { body() }
    }

    /// Cuts the connection. Nothing more is reported, but for a report that is being made at this moment.
    package func cancel() {
        isCancelled.set()
        perform { $0.value?.cancel() }
    }
}

/// A counter that handles and sessions share.
final class PendingBytes: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    /// - Returns: the sum.
    func add(_ bytes: Int) -> Int { value.wrappingAdd(bytes, ordering: .relaxed).newValue }
    func remove(_ bytes: Int) { value.wrappingSubtract(bytes, ordering: .relaxed) }
}

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
