import CallVocabulary

/// A worker as the bus addresses it: a name plus a boot nonce. The text form is also its ZeroMQ routing id.
package struct WorkerAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    package let pool: Pool
    package let name: String
    package let nonce: String

    /// - Returns: nil when the name or nonce could break a topic: topics match by byte prefix and tokens end with a dot.
    package init?(pool: Pool, name: String, nonce: String) {
        guard Self.isToken(name, limit: 32), Self.isToken(nonce, limit: 16) else { return nil }
        self.pool = pool
        self.name = name
        self.nonce = nonce
    }

    /// Inverse of `description`.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let pool = Pool(rawValue: String(parts[0])) else { return nil }
        self.init(pool: pool, name: String(parts[1]), nonce: String(parts[2]))
    }

    package var description: String { "\(pool.rawValue).\(name).\(nonce)" }

    /// The nonce tells workers apart by itself; and addresses are looked up at every frame.
    package func hash(into hasher: inout Hasher) { hasher.combine(nonce) }

    static func isToken(_ text: String, limit: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= limit
            && text.utf8.allSatisfy { byte in
                (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                    || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}

package enum Topics {
    /// Frames of the calls assigned to this worker: `audio.<worker>.<nonce>.`
    package static func audio(_ worker: WorkerAddress) -> String { "audio.\(worker.name).\(worker.nonce)." }
    /// Everything that happens, for whoever listens: `event.<name>.`
    package static func event(_ name: String) -> String { "event.\(name)." }
    package static let allEvents = "event."
}

/// The two endpoints of a gateway's bus, made from one configured address.
package struct BusEndpoints: Sendable, Equatable {
    /// XPUB.
    package let topics: String
    /// ROUTER.
    package let control: String

    /// `ipc:///run/maane` is a directory with two sockets in it; `tcp://host:port` takes `port` and `port + 1`.
    package init(_ address: String) throws(BusAddressError) {
        if address.hasPrefix("ipc://") {
            let directory = address.dropFirst(6)
            guard directory.hasPrefix("/") || directory.hasPrefix("@") else {
                throw BusAddressError(message: "MAANE_BUS \(address): an ipc address needs an absolute path, for example ipc:///run/maane")
            }
            topics = "ipc://\(directory)/topics.sock"
            control = "ipc://\(directory)/control.sock"
            // sockaddr_un holds 107 bytes of path and a terminator.
            let longest = max(topics.utf8.count, control.utf8.count) - 6
            guard longest <= 107 else {
                throw BusAddressError(
                    message:
                        "MAANE_BUS \(address): the socket's path would have \(longest) bytes and the system allows 107; choose a shorter directory")
            }
        } else if address.hasPrefix("tcp://"), let colon = address.lastIndex(of: ":"), address[..<colon].utf8.count > 6,
            address[address.index(after: colon)...].utf8.allSatisfy({ (48...57).contains($0) }),
            let port = UInt16(address[address.index(after: colon)...]), port > 0, port < UInt16.max
        {
            topics = address
            control = "\(address[..<colon]):\(port + 1)"
        } else {
            throw BusAddressError(message: "MAANE_BUS \(address): expected ipc:///directory or tcp://host:port")
        }
    }
}

package struct BusAddressError: Error, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}

extension BusEndpoints {
    /// Stands in for an address that was refused, until all of the configuration's faults have been reported.
    package static let unusable = BusEndpoints(topics: "", control: "")
    private init(topics: String, control: String) {
        self.topics = topics
        self.control = control
    }
}
