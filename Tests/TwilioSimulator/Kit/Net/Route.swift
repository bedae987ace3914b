/// Where a public address is reached: the signature and TwiML speak of the public URL, the socket goes to the server under test.
package struct Route: Sendable {
    package struct Endpoint: Sendable, Equatable {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The application's PUBLIC_BASE_URL.
    package let publicBase: WebAddress
    /// The real address behind it, nil when it is the same.
    package let connect: Endpoint?
    /// Plain http and ws are allowed.
    package let loopback: Bool

    /// - Throws: ``SimulatorFailure`` when the combination cannot work.
    package init(publicBase: WebAddress, connect: Endpoint?, loopback: Bool) throws {
        guard loopback || publicBase.isSecure else {
            throw SimulatorFailure(.badOption, "the base URL is plain http; use https, or --loopback for a server on this machine")
        }
        guard connect != nil || !publicBase.isSecure else {
            throw SimulatorFailure(.badOption, "TLS is not spoken yet; name the plain address behind the public URL with --connect HOST:PORT")
        }
        self.publicBase = publicBase
        self.connect = connect
        self.loopback = loopback
    }

    /// - Throws: ``SimulatorFailure`` for an address that leads elsewhere: a telephone test must not call the world.
    package func endpoint(for address: WebAddress) throws -> Endpoint {
        if address.hasSameOrigin(as: publicBase) { return connect ?? Endpoint(host: address.host, port: address.effectivePort) }
        if loopback, !address.isSecure, ["127.0.0.1", "localhost"].contains(address.host) {
            return Endpoint(host: address.host, port: address.effectivePort)
        }
        throw SimulatorFailure(.network, "\(address) is not under \(publicBase); the simulator connects to the application only")
    }

    /// An address under the public base.
    package func publicAddress(_ path: String) -> WebAddress {
        var address = publicBase
        address.target = (publicBase.target.hasSuffix("/") ? String(publicBase.target.dropLast()) : publicBase.target) + path
        return address
    }
}
