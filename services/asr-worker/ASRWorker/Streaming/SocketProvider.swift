import Metrics
import ProviderKit
import Synchronization
import WebSocketClient

/// A provider that is spoken to over a WebSocket: it brings an address and a dialect, the rest is the same for all.
protocol SocketProvider: StreamingProvider {
    associatedtype Dialect: SocketDialect
    var client: WebSocketClient { get }
    func request(_ hints: RecognitionHints) -> WebSocketRequest
    func dialect(_ hints: RecognitionHints) -> Dialect
}

extension SocketProvider {
    package func connect(_ hints: RecognitionHints, report: @escaping @Sendable (ConnectionEvent) -> Void) -> any RecognizerConnection {
        SocketRecognizerConnection(name: name, client: client, request: request(hints), dialect: dialect(hints), report: report)
    }

    /// Opens a connection and closes it in order: that takes the look-up, the handshakes and the key's check, and no audio.
    package func warm() async throws {
        let (ends, feed) = AsyncStream.makeStream(of: ConnectionEnd.self)
        let connection = connect(RecognitionHints()) { event in if case .ended(let end) = event { feed.yield(end) } }
        connection.close()
        for await end in ends {
            if case .failed(let failure) = end { throw failure }
            return
        }
    }
}

/// One connection: carries out what the dialect decides. Everything happens on the socket's event loop.
final class SocketRecognizerConnection<Dialect: SocketDialect>: RecognizerConnection {
    private struct State {
        var dialect: Dialect
        var hasEnded = false
        /// The earliest wake-up that is on its way.
        var wakes: Int64?
    }

    private let state: Mutex<State>
    private let socket = Mutex<WebSocketConnection?>(nil)
    private let report: @Sendable (ConnectionEvent) -> Void
    private let now = ProviderChain.clock()
    private let unknown: Counter

    init(
        name: String, client: WebSocketClient, request: WebSocketRequest, dialect: Dialect, report: @escaping @Sendable (ConnectionEvent) -> Void
    ) {
        state = Mutex(State(dialect: dialect))
        self.report = report
        unknown = Counter(label: "maane_asr_unknown_messages", dimensions: [("provider", name)])
        // Held until the connection is known: its first event may come before `connect` has returned.
        socket.withLock { $0 = client.connect(request) { [self] in handle($0) } }
        enqueue { dialect, _ in dialect.begin() }
    }

    func send(_ audio: [UInt8]) { enqueue { $0.send(audio, at: $1) } }
    func finalize() { enqueue { $0.finalize(at: $1) } }
    func keepAlive() { enqueue { $0.keepAlive(at: $1) } }
    func close() { enqueue { $0.close(at: $1) } }
    func cancel() {
        state.withLock { $0.hasEnded = true }
        cut()
    }

    private var connection: WebSocketConnection? { socket.withLock { $0 } }

    /// Lets go of the socket, which holds on to this for its reports.
    private func cut() {
        let last = socket.withLock { socket in
            defer { socket = nil }
            return socket
        }
        last?.cancel()
    }

    private func enqueue(_ body: @escaping @Sendable (inout Dialect, Int64) -> [SocketAction]) {
        connection?.enqueue { [self] in run { dialect, now throws(ProviderFailure) in body(&dialect, now) } }
    }

    private func handle(_ event: WebSocketEvent) {
        run { dialect, now throws(ProviderFailure) in
            switch event {
            case .open: dialect.opened(at: now)
            case .text(let text): try dialect.receive(text, at: now)
            case .binary: [.unknown]
            case .ended(let end): dialect.ended(end, at: now)
            }
        }
    }

    private func run(_ body: (inout Dialect, Int64) throws(ProviderFailure) -> [SocketAction]) {
        let now = now()
        let actions = state.withLock { state -> [SocketAction] in
            guard !state.hasEnded else { return [] }
            do throws(ProviderFailure) {
                return try body(&state.dialect, now)
            } catch {
                return [.end(.failed(error))]
            }
        }
        for action in actions { perform(action) }
        scheduleWake(now)
    }

    private func perform(_ action: SocketAction) {
        switch action {
        case .text(let text): connection?.send(text)
        case .binary(let bytes): connection?.send(bytes)
        case .report(let event): if !state.withLock({ $0.hasEnded }) { report(event) }
        case .closeSocket: connection?.close()
        case .unknown: unknown.increment()
        case .end(let end):
            let isFirst = state.withLock { state in
                defer { state.hasEnded = true }
                return !state.hasEnded
            }
            if isFirst { report(.ended(end)) }
            cut()
        }
    }

    private func scheduleWake(_ now: Int64) {
        let delay = state.withLock { state -> Int64? in
            guard !state.hasEnded, let time = state.dialect.wakeTime, state.wakes.map({ time < $0 }) ?? true else { return nil }
            state.wakes = time
            return max(1, time - now)
        }
        guard let delay else { return }
        connection?.enqueue(after: .milliseconds(delay)) { [weak self] in self?.wake() }
    }

    private func wake() {
        state.withLock { $0.wakes = nil }
        run { dialect, now throws(ProviderFailure) in
            guard let time = dialect.wakeTime, time <= now else { return [] }
            return dialect.wake(at: now)
        }
    }
}
