import EventThread
import Glibc
import Synchronization

/// A tiny HTTP server on the loopback in Twilio's place: one request per connection, answered by a closure on a thread of its own.
package final class TwilioServer: Sendable {
    package enum Answer: Sendable {
        case bytes(String)
        /// Closes without an answer.
        case drop
        /// Keeps the connection and says nothing.
        case silence

        package static func json(_ status: Int, _ body: String, type: String = "application/json") -> Answer {
            .bytes(
                "HTTP/1.1 \(status) X\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
        }
        package static func problem(_ status: Int, _ code: Int, _ message: String) -> Answer {
            .json(
                status,
                "{\"code\":\(code),\"message\":\"\(message)\",\"more_info\":\"https://www.twilio.com/docs/errors/\(code)\",\"status\":\(status)}")
        }
        package static let done = Answer.json(200, "{\"sid\":\"CA1\",\"status\":\"in-progress\",\"subresource_uris\":{}}")
    }

    package let port: UInt16
    private let asked = Mutex<[String]>([])
    private let listener: CInt
    private let worker: WorkerThread<Void>
    private let silent = Mutex<[CInt]>([])
    /// One element per request.
    package let arrivals = AsyncStream.makeStream(of: Void.self)

    /// - Parameter answer: gets the number of the request, from 0.
    package init(answer: @escaping @Sendable (Int) -> Answer) async throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) | listen(listener, 16) | getsockname(listener, $0, &size)
            }
        }
        guard code == 0 else { throw TestSupportError(message: "No listener (errno \(errno)).") }
        port = UInt16(bigEndian: address.sin_port)
        worker = try await WorkerThread(name: "twilio-server")
        worker.submit { [self] _ in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { break }
                serve(client, answer)
            }
        }
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    /// Everything that was asked, as it came.
    package var requests: [String] { asked.withLock { $0 } }

    package func stop() async {
        // Wakes accept(2), which closing would not.
        shutdown(listener, CInt(SHUT_RDWR))
        await worker.stop()
        close(listener)
        for client in silent.withLock({ $0 }) { close(client) }
    }

    private func serve(_ client: CInt, _ answer: (Int) -> Answer) {
        guard let request = Self.read(client) else {
            close(client)
            return
        }
        let number = asked.withLock { asked in
            asked.append(request)
            return asked.count - 1
        }
        arrivals.continuation.yield()
        switch answer(number) {
        case .bytes(let text):
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                if count <= 0 { break }
                rest.removeFirst(count)
            }
            close(client)
        case .drop: close(client)
        case .silence: silent.withLock { $0.append(client) }
        }
    }

    /// Up to the end of the announced body.
    private static func read(_ client: CInt) -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(client, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            bytes += chunk.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let length =
                parts[0].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                .flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
            if parts[1].utf8.count >= length { return text }
        }
    }
}
