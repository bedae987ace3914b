/// Judges the peers of the CURVE servers of one context (ZAP, rfc.zeromq.org/spec/27).
///
/// The library asks over an inproc socket and lets a peer wait until the answer comes. Belongs to the thread that made it: put ``socket``
/// into that thread's poll set and call ``answer()`` when it is readable. Make it before the servers bind.
package final class ZAPAuthenticator {
    /// What a peer shows. The key has been proven by the handshake.
    package struct Request: Sendable, Equatable {
        /// IP address of the peer; for ipc what the kernel says of it.
        package let address: String
        package let key: CurveKey
    }

    package let socket: ZeroMQSocket
    private let admits: (Request) -> Bool

    /// - Parameter admits: called for each handshake, on the thread of ``answer()``; the library's peers wait for it.
    package init(context: ZeroMQContext, admits: @escaping (Request) -> Bool) throws(ZeroMQError) {
        socket = try ZeroMQSocket(context: context, kind: .rep)
        try socket.bind("inproc://zeromq.zap.01")
        self.admits = admits
    }

    /// Answers what waits.
    /// - Returns: who was refused.
    package func answer() throws(ZeroMQError) -> [Request?] {
        var refused: [Request?] = []
        while let parts = try socket.receive() {
            // version, request id, domain, address, identity, mechanism, credentials
            guard parts.count >= 2 else {
                _ = try socket.send([Array("1.0".utf8), [], Array("500".utf8), [], [], []])
                continue
            }
            let request = Self.request(parts)
            let admitted = request.map(admits) ?? false
            if !admitted { refused.append(request) }
            _ = try socket.send([
                Array("1.0".utf8), parts[1], Array((admitted ? "200" : "400").utf8), Array((admitted ? "" : "unknown key").utf8),
                Array((request?.key.z85 ?? "").utf8), [],
            ])
        }
        return refused
    }

    private static func request(_ parts: [[UInt8]]) -> Request? {
        guard parts.count == 7, parts[0] == Array("1.0".utf8), parts[5] == Array("CURVE".utf8), let key = CurveKey(bytes: parts[6]) else {
            return nil
        }
        return Request(address: String(decoding: parts[3], as: UTF8.self), key: key)
    }

    package func close() { socket.close() }
}
