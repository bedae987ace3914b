import Glibc

/// The near end of a connection, as far as it tells which endpoint accepted it.
enum LocalAddress: Hashable {
    /// ipc: the path of the socket file; an abstract one begins with a zero byte.
    case path([UInt8])
    /// tcp: the port. The address is left out: an endpoint bound to all addresses accepts on each.
    case port(UInt16)

    /// From what ZMQ_LAST_ENDPOINT says after a bind. nil for other transports.
    init?(endpoint: String) {
        if endpoint.hasPrefix("ipc://") {
            var path = Array(endpoint.utf8.dropFirst(6))
            if path.first == UInt8(ascii: "@") { path[0] = 0 }
            self = .path(path)
        } else if endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":"), let port = UInt16(endpoint[endpoint.index(after: colon)...])
        {
            self = .port(port)
        } else {
            return nil
        }
    }

    /// From the system. nil if the descriptor is closed or no connected socket.
    init?(descriptor: CInt) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { return nil }
        self.init(storage, length: Int(length))
    }

    private init?(_ storage: sockaddr_storage, length: Int) {
        let bytes = withUnsafeBytes(of: storage) { Array($0.prefix(length)) }
        switch CInt(storage.ss_family) {
        case AF_UNIX:
            var path = Array(bytes.dropFirst(MemoryLayout<sa_family_t>.size))
            // A file's path ends with a zero byte that counts; an abstract name begins with one.
            if let first = path.first, first != 0, let end = path.firstIndex(of: 0) { path.removeSubrange(end...) }
            guard !path.isEmpty else { return nil }
            self = .path(path)
        case AF_INET, AF_INET6:
            // sin_port and sin6_port have the same place: bytes 2 and 3, in network order.
            guard bytes.count >= 4 else { return nil }
            self = .port(UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
        default: return nil
        }
    }
}
