import NIOCore
import NIOSSL

/// Whom the simulator believes when it speaks TLS. Twilio believes public authorities only; a private one is for tests.
package struct TLSTrust: Sendable {
    private let context: NIOSSLContext

    private init(_ context: NIOSSLContext) { self.context = context }

    /// The authorities of this machine.
    /// - Throws: ``SimulatorFailure`` when there are none.
    package static func system() throws -> TLSTrust { try make(.default) }

    /// Only the authorities in a PEM file.
    /// - Throws: ``SimulatorFailure`` for a file that cannot be read.
    package static func authority(file: String) throws -> TLSTrust { try make(.file(file)) }

    private static func make(_ roots: NIOSSLTrustRoots) throws -> TLSTrust {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = roots
        // Twilio's webhooks and streams are HTTP/1.1.
        configuration.applicationProtocols = ["http/1.1"]
        do { return TLSTrust(try NIOSSLContext(configuration: configuration)) } catch {
            throw SimulatorFailure(.badOption, "the certificate authorities cannot be used; name a PEM file with --ca", cause: error)
        }
    }

    /// In front of everything else in the channel.
    func secure(_ channel: any Channel, host: String) throws {
        // An address is no server name (RFC 6066); its certificate is checked against the address.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        try channel.pipeline.syncOperations.addHandler(
            NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host), position: .first)
    }
}

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
    /// TLS is spoken to https and wss addresses; nil: there is a plain server behind the public address.
    package let trust: TLSTrust?

    /// - Parameter trust: nil with ``connect`` = the endpoint is plain; nil without it = this machine's authorities.
    /// - Throws: ``SimulatorFailure`` when the combination cannot work.
    package init(publicBase: WebAddress, connect: Endpoint?, loopback: Bool, trust: TLSTrust? = nil) throws {
        guard loopback || publicBase.isSecure else {
            throw SimulatorFailure(.badOption, "the base URL is plain http; use https, or --loopback for a server on this machine")
        }
        self.publicBase = publicBase
        self.connect = connect
        self.loopback = loopback
        self.trust = publicBase.isSecure ? try trust ?? (connect == nil ? .system() : nil) : nil
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

    /// TLS, where the address wants it.
    func secure(_ channel: any Channel, for address: WebAddress) throws {
        if let trust, address.isSecure { try trust.secure(channel, host: address.host) }
    }
}
