import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GoogleCloud
import Logging
import Metrics
import ProviderKit
import Synchronization

/// The connections of this process to one server, shared by all calls: opened ahead, kept alive, as many as the streams need.
package final class GoogleChannels: Sendable {
    package struct Limits: Sendable {
        /// Google's servers take 100.
        package var streamsPerConnection = 90
        package var connections = 64
        /// For TCP, TLS and HTTP/2's greeting.
        package var connectTimeout: Duration = .seconds(3)
        /// How often it is seen to that each connection stands: servers close those that are idle.
        package var watchInterval: Duration = .seconds(15)
        package init() {}
    }

    private struct State {
        var spread: ConnectionSpread
        var channels: [ConnectionSpread.ID: GoogleChannel] = [:]
        var watches: [ConnectionSpread.ID: Task<Void, Never>] = [:]
        var isClosed = false
    }

    private let service: String
    private let endpoint: GoogleEndpoint
    private let limits: Limits
    private let logger: Logger
    private let state: Mutex<State>

    static let options: CallOptions = {
        var options = CallOptions.defaults
        // Whoever asks has others to ask: a server that cannot be reached is told at once.
        options.waitForReady = false
        return options
    }()

    /// - Parameter service: for messages and metrics: "Google speech".
    package init(service: String, endpoint: GoogleEndpoint, limits: Limits = Limits(), logger: Logger) {
        self.service = service
        self.endpoint = endpoint
        self.limits = limits
        self.logger = logger
        state = Mutex(
            State(spread: ConnectionSpread(streamsPerConnection: limits.streamsPerConnection, maximumConnections: limits.connections)))
    }

    package var connections: Int { state.withLock { $0.spread.count } }
    package var streams: Int { state.withLock { $0.spread.streams } }

    /// Opens the first connection and returns when it stands.
    /// - Throws: `ProviderFailure`.
    package func warm() async throws {
        let (id, channel) = try take()
        let life = CallLife()
        defer { give(id, isSuspect: life.isLate) }
        try await connect(channel, life)
    }

    /// Makes one call. Returns when the server has ended it.
    ///
    /// - Parameters:
    ///   - send: writes the messages; its return is the half-close. Cancelled when the server ends the call before.
    ///   - receive: called in order; what it throws ends the call.
    /// - Returns: the server's status.
    /// - Throws: `ProviderFailure` when there was no server to end it; `CancellationError`; what `receive` throws.
    package func run(
        _ call: GoogleCall, token: String, send: @escaping @Sendable (GoogleCallWriter) async throws -> Void,
        receive: @escaping @Sendable (GoogleCallEvent) async throws -> Void
    ) async throws -> GoogleStatus {
        let (id, channel) = try take()
        let life = CallLife()
        defer { give(id, isSuspect: life.isLate) }
        do {
            return try await withTaskCancellationHandler {
                try await withConnectTimeout(life) { [self] in
                    // For some milliseconds after a connection has broken the library still hands it out.
                    for pause in Self.pauses {
                        do {
                            return try await exchange(call, token, on: channel, life, send, receive)
                        } catch let failure as ProviderFailure where failure.kind == .unreachable && !life.isOpen {
                            try await Task.sleep(for: pause)
                        }
                    }
                    return try await exchange(call, token, on: channel, life, send, receive)
                }
            } onCancel: {
                // Now, and not when the call has ended: on a dead connection with full buffers it ends with the connection.
                if Self.isSuspect(channel, life) { retire(id) }
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw error
        }
    }

    /// Ends all connections; calls under way fail.
    package func close() async {
        let (channels, watches) = state.withLock { state in
            state.isClosed = true
            defer { (state.channels, state.watches) = ([:], [:]) }
            return (Array(state.channels.values), Array(state.watches.values))
        }
        for watch in watches { watch.cancel() }
        for channel in channels { await channel.stop() }
    }

    // MARK: One call

    /// What is known of a call while it runs.
    private final class CallLife: Sendable {
        let began = ContinuousClock.now
        private let state = Mutex((isOpen: false, isLate: false))
        var isOpen: Bool { state.withLock { $0.isOpen } }
        func opens() { state.withLock { $0.isOpen = true } }
        /// No connection came in time.
        var isLate: Bool { state.withLock { $0.isLate } }
        func isTooLate() { state.withLock { $0.isLate = true } }
    }

    /// Before further attempts at a stream that could not be opened: long enough for a new connection nearby, and unnoticed by a caller.
    private static let pauses: [Duration] = [.milliseconds(10), .milliseconds(30), .milliseconds(60)]
    /// A server that works has answered something on one of a connection's streams by then.
    private static let deafAfter: Duration = .seconds(2)

    /// Whether a call that is given up has been on a connection that may be dead.
    private static func isSuspect(_ channel: GoogleChannel, _ life: CallLife) -> Bool {
        guard life.began.duration(to: .now) >= deafAfter else { return false }
        return channel.heardLast.map { $0 < life.began } ?? true
    }

    private func exchange(
        _ call: GoogleCall, _ token: String, on channel: GoogleChannel, _ life: CallLife,
        _ send: @escaping @Sendable (GoogleCallWriter) async throws -> Void, _ receive: @escaping @Sendable (GoogleCallEvent) async throws -> Void
    ) async throws -> GoogleStatus {
        var metadata: Metadata = ["authorization": "Bearer \(token)"]
        for (name, value) in call.metadata { metadata.addString(value, forKey: name) }
        let request = StreamingClientRequest<[UInt8]>(metadata: metadata) { writer in
            life.opens()
            try await send(GoogleCallWriter(writer))
        }
        do {
            return try await channel.client.bidirectionalStreaming(
                request: request, descriptor: MethodDescriptor(fullyQualifiedService: call.service, method: call.method),
                serializer: BytesCoder(), deserializer: BytesCoder(), options: Self.options
            ) { response in
                switch response.accepted {
                case .failure(let error):
                    // The library ends what was cancelled or broken in the same way as a server would.
                    if error.code != .unavailable, !Task.isCancelled { channel.hears() }
                    throw error
                case .success(let contents):
                    channel.hears()
                    try await receive(.accepted)
                    for try await part in contents.bodyParts {
                        guard case .message(let bytes) = part else { continue }
                        channel.hears()
                        try await receive(.message(bytes))
                    }
                }
                return GoogleStatus(code: GoogleStatus.ok, message: "")
            }
        } catch let error as RPCError {
            if !life.isOpen { throw unreachable(error) }
            return GoogleStatus(code: error.code.rawValue, message: error.message)
        } catch let error as RuntimeError {
            throw ProviderFailure(.broken, "\(service): the client has been closed (\(error.code))")
        }
    }

    /// A connection that is never made would keep a call waiting: the library has no limit for a server that accepts and says nothing.
    private func withConnectTimeout(_ life: CallLife, _ work: @escaping @Sendable () async throws -> GoogleStatus) async throws -> GoogleStatus {
        try await withThrowingTaskGroup(of: GoogleStatus?.self) { group in
            group.addTask { try await work() }
            group.addTask { [limits, service] in
                try await Task.sleep(for: limits.connectTimeout)
                guard !life.isOpen else { return nil }
                life.isTooLate()
                throw ProviderFailure(.timeout, "\(service): no connection within \(limits.connectTimeout); check the network and the address")
            }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            throw CancellationError()
        }
    }

    private func unreachable(_ error: RPCError) -> ProviderFailure {
        var causes = ""
        var next: (any Error)? = error.cause
        while let cause = next {
            causes += " \(cause)"
            next = (cause as? RPCError)?.cause
        }
        if causes.contains("CERTIFICATE_VERIFY_FAILED") || causes.contains("NIOSSL") || causes.contains("SSL_") {
            return ProviderFailure(.tls, "\(service): TLS failed; check the server's certificate, the authorities and whether the address is right")
        }
        return ProviderFailure(.unreachable, "\(service): no connection; check the network and the address")
    }

    // MARK: Connections

    private func connect(_ channel: GoogleChannel, _ life: CallLife) async throws {
        _ = try await withConnectTimeout(life) { [self] in
            do {
                try await channel.connect()
            } catch let error as RPCError {
                throw unreachable(error)
            }
            return GoogleStatus(code: GoogleStatus.ok, message: "")
        }
    }

    private func take() throws -> (ConnectionSpread.ID, GoogleChannel) {
        let (id, channel, isNew) = try state.withLock { state in
            if state.isClosed { throw ProviderFailure(.broken, "\(service): the client has been closed") }
            let choice = state.spread.take()
            for id in choice.opened { open(id, &state) }
            guard let id = choice.stream else {
                throw ProviderFailure(.rateLimited, "\(service): \(state.spread.streams) streams fill all connections; start more workers")
            }
            if state.channels[id] == nil { open(id, &state) }
            guard let channel = state.channels[id] else {
                _ = state.spread.give(id)
                throw ProviderFailure(.tls, "\(service): TLS cannot be set up; check GOOGLE_CA_FILE and the system's certificates")
            }
            return (id, channel, !choice.opened.isEmpty)
        }
        if isNew { logger.info("GOOGLE_CONNECTIONS", metadata: ["service": "\(service)", "connections": "\(connections)"]) }
        return (id, channel)
    }

    private func give(_ id: ConnectionSpread.ID, isSuspect: Bool) {
        change(isSuspect) { $0.give(id, isSuspect: isSuspect) }
    }

    /// A connection that is not made in time, again and again, would be found out by callers only.
    private func retire(_ id: ConnectionSpread.ID) {
        change(true) { $0.retire(id) }
    }

    private func change(_ isSuspect: Bool, _ change: (inout ConnectionSpread) -> ConnectionSpread.Change) {
        let (closed, watches) = state.withLock { state -> ([GoogleChannel], [Task<Void, Never>]) in
            guard !state.isClosed else { return ([], []) }
            let change = change(&state.spread)
            for id in change.opened { open(id, &state) }
            return (
                change.closed.compactMap { state.channels.removeValue(forKey: $0) },
                change.closed.compactMap { state.watches.removeValue(forKey: $0) }
            )
        }
        if isSuspect {
            Counter(label: "maane_google_suspect_connections", dimensions: [("service", service)]).increment()
            logger.warning("GOOGLE_CONNECTION_SUSPECT", metadata: ["service": "\(service)"])
        }
        for watch in watches { watch.cancel() }
        for channel in closed { channel.close() }
    }

    /// What cannot be made (TLS) stays away; whoever takes it tries again, and hears why.
    private func open(_ id: ConnectionSpread.ID, _ state: inout State) {
        guard let channel = try? GoogleChannel(endpoint) else { return }
        state.channels[id] = channel
        state.watches[id] = Task { [weak self, interval = limits.watchInterval] in
            while !Task.isCancelled {
                let life = CallLife()
                try? await self?.connect(channel, life)
                if life.isLate { self?.retire(id) }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
