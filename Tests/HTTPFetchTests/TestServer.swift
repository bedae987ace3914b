import COpenSSL
import EventThread
import Glibc
import Synchronization
import TestSupport

/// A tiny HTTP server on the loopback: one request per connection, answered by a closure on a thread of its own.
final class TestServer: Sendable {
    enum Answer: Sendable {
        case bytes(String)
        /// Closes without an answer.
        case drop
        /// Keeps the connection and says nothing.
        case silence
        /// Says this and no more, and waits until the other side goes: then `departures` has one element more.
        case begun(String)
    }

    /// One element for each peer of a begun answer that has gone.
    let departures = AsyncStream.makeStream(of: Void.self)

    let port: UInt16
    /// Everything that was asked, as it came.
    let requests = Mutex<[String]>([])
    /// One element per request.
    let arrivals = AsyncStream.makeStream(of: Void.self)

    private let listener: CInt
    private let worker: WorkerThread<Void>
    private let silent = Mutex<[CInt]>([])

    init(identity: TestIdentity? = nil, answer: @escaping @Sendable (String) -> Answer) async throws {
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
        worker = try await WorkerThread(name: "test-server")
        worker.submit { [self] _ in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { break }
                serve(client, identity, answer)
            }
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var secureURL: String { "https://127.0.0.1:\(port)" }

    func stop() async {
        // Wakes accept(2), which closing would not.
        shutdown(listener, CInt(SHUT_RDWR))
        await worker.stop()
        Glibc.close(listener)
        for client in silent.withLock({ $0 }) { Glibc.close(client) }
    }

    private func serve(_ client: CInt, _ identity: TestIdentity?, _ answer: (String) -> Answer) {
        let channel = Channel(client, identity)
        defer { channel.end() }
        guard let request = channel.readRequest() else {
            Glibc.close(client)
            return
        }
        requests.withLock { $0.append(request) }
        arrivals.continuation.yield()
        switch answer(request) {
        case .bytes(let text):
            channel.write(Array(text.utf8))
            channel.end()
            Glibc.close(client)
        case .drop: Glibc.close(client)
        case .silence: silent.withLock { $0.append(client) }
        case .begun(let text):
            channel.write(Array(text.utf8))
            channel.waitForEnd()
            departures.continuation.yield()
            Glibc.close(client)
        }
    }
}

/// Plain or TLS bytes of one connection. Used by the server's thread only.
private final class Channel {
    private let client: CInt
    private var context: OpaquePointer?
    private var tls: OpaquePointer?

    init(_ client: CInt, _ identity: TestIdentity?) {
        self.client = client
        guard let identity else { return }
        context = SSL_CTX_new(TLS_server_method())
        SSL_CTX_use_certificate(context, identity.certificate)
        SSL_CTX_use_PrivateKey(context, identity.key)
        tls = SSL_new(context)
        SSL_set_fd(tls, client)
        SSL_accept(tls)
    }

    func end() {
        SSL_free(tls)
        SSL_CTX_free(context)
        tls = nil
        context = nil
    }

    /// Up to the end of the announced body.
    func readRequest() -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = tls == nil ? recv(client, &chunk, chunk.count, 0) : Int(SSL_read(tls, &chunk, CInt(chunk.count)))
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

    func waitForEnd() {
        var byte: UInt8 = 0
        while recv(client, &byte, 1, 0) > 0 {}
    }

    func write(_ bytes: [UInt8]) {
        if tls != nil {
            SSL_write(tls, bytes, CInt(bytes.count))
            SSL_shutdown(tls)
            return
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if count <= 0 { return }
            rest.removeFirst(count)
        }
    }
}
