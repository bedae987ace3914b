import CCurl
import EventThread

/// Runs a libcurl multi handle on its event thread.
final class FetchDriver: EventLoopDriver {
    /// curl_global_init is done once per process, before anything else of libcurl.
    private static let globalCode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    private let configuration: HTTPFetchConfiguration
    private let affinity = ThreadAffinity()
    private let multi: UnsafeMutableRawPointer
    private var transfers: [UInt64: Transfer] = [:]

    init(configuration: HTTPFetchConfiguration) throws {
        guard Self.globalCode == CURLE_OK, let multi = curl_multi_init() else {
            throw HTTPFetchError(.setup, "libcurl could not be set up. See that libcurl and its TLS library are installed.")
        }
        self.configuration = configuration
        self.multi = multi
        _ = cshim_curl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost)
    }

    func handle(_ batch: [FetchCommand]) {
        affinity.check("libcurl")
        for command in batch {
            switch command {
            case .start(let id, let request, let receiver): start(id, request, receiver)
            case .cancel(let id): end(id, .failure(CancellationError()))
            }
        }
    }

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        var extra = curl_waitfd(fd: wakeup, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        // curl_multi_poll knows no "for ever", and wakes by itself for its own timers.
        _ = curl_multi_poll(multi, &extra, 1, timeoutMilliseconds < 0 ? 60_000 : timeoutMilliseconds, nil)
    }

    func ready() -> CInt? {
        affinity.check("libcurl")
        var running: CInt = 0
        _ = curl_multi_perform(multi, &running)
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // Read before the handle is removed, which frees the message.
            let code = cshim_curl_message_result(message)
            guard let transfer = transfers.values.first(where: { $0.easy == easy }) else { continue }
            end(transfer.id, transfer.outcome(code))
        }
        return endOverdue()
    }

    /// libcurl does not look at the time of a transfer that waits for one of the host's connections (seen with 7.88): it would wait as long as
    /// the others need, and nobody would be told. Returns the milliseconds until the next one is due.
    private func endOverdue() -> CInt? {
        guard !transfers.isEmpty else { return nil }
        let now = ContinuousClock.now
        for (id, transfer) in transfers where transfer.deadline <= now { end(id, transfer.outcome(CURLE_OPERATION_TIMEDOUT)) }
        guard let next = transfers.values.map(\.deadline).min() else { return nil }
        let (seconds, attoseconds) = (next - now).components
        return CInt(min(60_000, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
    }

    func close() {
        for id in Array(transfers.keys) { end(id, .failure(HTTPFetchError.stopped)) }
        curl_multi_cleanup(multi)
    }

    private func start(_ id: UInt64, _ request: HTTPRequest, _ receiver: TransferReceiver) {
        do {
            let transfer = try Transfer(id: id, request: request, configuration: configuration, receiver: receiver)
            guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
                throw HTTPFetchError(.setup, "libcurl did not take a transfer. Restart the service.")
            }
            transfers[id] = transfer
        } catch {
            receiver.end(.failure(error))
        }
    }

    /// The one way in which a transfer ends. Does nothing if it has ended already.
    private func end(_ id: UInt64, _ outcome: Result<HTTPResponse, any Error>) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, transfer.easy)
        transfer.end(outcome)
    }
}
