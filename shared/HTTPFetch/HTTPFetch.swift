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
                switch thread.enqueue(.start(id: id, request) { continuation.resume(with: $0) }) {
                case .accepted:
                    // A cancellation that came before this point was enqueued before the transfer and found nothing to cancel.
                    if Task.isCancelled { thread.enqueue(.cancel(id: id)) }
                case .full:
                    continuation.resume(
                        throwing: HTTPFetchError(
                            .full, "Too many HTTP transfers were asked for at once. Wait for some of them."))
                case .stopped: continuation.resume(throwing: HTTPFetchError.stopped)
                }
            }
        } onCancel: {
            thread.enqueue(.cancel(id: id))
        }
    }

    /// Cuts what still runs, which fails with `stopped`, and ends the thread. May be repeated.
    package func close() async { await thread.stop() }
}

/// What tasks ask of the thread.
enum FetchCommand: Sendable {
    case start(id: UInt64, HTTPRequest, completion: @Sendable (Result<HTTPResponse, any Error>) -> Void)
    case cancel(id: UInt64)
}
