import EventThread
import Synchronization

/// HTTP and HTTPS by libcurl: all transfers of a process on one thread, sharing connections.
///
/// Redirects are not followed and certificates are always verified.
package final class HTTPFetch: Sendable {
    private let thread: EventThread<FetchCommand>
    private let lastID = Atomic<UInt64>(0)

    package init(configuration: HTTPFetchConfiguration = .init(), name: String = "http-fetch") async throws {
        thread = try await EventThread(name: name, mailboxLimit: configuration.mailboxLimit) {
            try FetchDriver(configuration: configuration)
        }
    }

    /// Sends a request and returns the complete response.
    ///
    /// - Throws: ``HTTPFetchError``; `CancellationError` if the task was cancelled, and then the connection is cut.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = lastID.add(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                start(id, request, .whole { continuation.resume(with: $0) })
            }
        } onCancel: {
            thread.enqueue(.cancel(id: id))
        }
    }

    /// Sends a request and returns when the answer's body begins (or ends without any); the body is read as it comes.
    ///
    /// - Throws: ``HTTPFetchError``; `CancellationError` if the task was cancelled before the body began, and then the connection is cut.
    package func stream(_ request: HTTPRequest) async throws -> HTTPStreamedResponse {
        let id = lastID.add(1, ordering: .relaxed).newValue
        // Not bounded by a count of chunks: the transfer ends at the request's limit of bytes.
        let (body, feed) = AsyncThrowingStream.makeStream(of: [UInt8].self, throwing: (any Error).self)
        let thread = thread
        feed.onTermination = { if case .cancelled = $0 { thread.enqueue(.cancel(id: id)) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Holds the body until it is handed out and no longer: else nobody would notice that the reader has gone.
                let head = Once((continuation, body))
                start(
                    id, request,
                    .streamed { event in
                        switch event {
                        case .head(let status, let headers):
                            guard let (waiter, body) = head.take() else { return }
                            waiter.resume(returning: HTTPStreamedResponse(status: status, headers: headers, body: body))
                        case .body(let bytes): feed.yield(bytes)
                        case .end(.success): feed.finish()
                        case .end(.failure(let error)):
                            head.take()?.0.resume(throwing: error)
                            feed.finish(throwing: error)
                        }
                    })
            }
        } onCancel: {
            thread.enqueue(.cancel(id: id))
        }
    }

    private func start(_ id: UInt64, _ request: HTTPRequest, _ receiver: TransferReceiver) {
        switch thread.enqueue(.start(id: id, request, receiver)) {
        case .accepted:
            // A cancellation that came before this point was enqueued before the transfer and found nothing to cancel.
            if Task.isCancelled { thread.enqueue(.cancel(id: id)) }
        case .full:
            receiver.end(.failure(HTTPFetchError(.full, "Too many HTTP transfers were asked for at once. Wait for some of them.")))
        case .stopped: receiver.end(.failure(HTTPFetchError.stopped))
        }
    }

    /// Cuts what still runs, which fails with `stopped`, and ends the thread. May be repeated.
    package func close() async { await thread.stop() }
}

/// What tasks ask of the thread.
enum FetchCommand: Sendable {
    case start(id: UInt64, HTTPRequest, TransferReceiver)
    case cancel(id: UInt64)
}

/// Who is told of a transfer. Called on the client's thread; must not wait.
enum TransferReceiver: Sendable {
    enum Event: Sendable {
        /// Once, before anything else but a failure.
        case head(status: Int, headers: [(name: String, value: String)])
        case body([UInt8])
        /// The last.
        case end(Result<Void, any Error>)
    }
    case whole(@Sendable (Result<HTTPResponse, any Error>) -> Void)
    case streamed(@Sendable (Event) -> Void)

    func end(_ outcome: Result<HTTPResponse, any Error>) {
        switch self {
        case .whole(let completion): completion(outcome)
        case .streamed(let receive): receive(.end(outcome.map { _ in }))
        }
    }
}

/// Taken at most once.
private final class Once<Value: Sendable>: Sendable {
    private let value: Mutex<Value?>
    init(_ value: Value) { self.value = Mutex(value) }
    func take() -> Value? {
        value.withLock { value in
            defer { value = nil }
            return value
        }
    }
}
