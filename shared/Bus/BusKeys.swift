import BusContract
import Glibc
import ZeroMQ

/// The keys that a process shows and asks for on its bus. Used on `tcp://` only: an ipc socket is guarded by its directory's permissions.
package struct BusKeys: Sendable {
    /// This process's own.
    package let pair: CurveKeyPair
    /// Gateway: which workers may come in.
    package let authorised: AuthorisedKeys?
    /// Worker: the public key of the gateway. A gateway that cannot prove to have it is not talked to.
    package let gateway: CurveKey?

    package init(pair: CurveKeyPair, authorised: AuthorisedKeys? = nil, gateway: CurveKey? = nil) {
        self.pair = pair
        self.authorised = authorised
        self.gateway = gateway
    }

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - secretKeyFile: this process's secret key; nobody but its owner and group may read it.
    ///   - authorisedKeysFile: for a gateway, public keys of workers, one per line.
    ///   - serverKeyFile: for a worker, the gateway's public key.
    package init(secretKeyFile: String, authorisedKeysFile: String?, serverKeyFile: String?) throws(BusKeyError) {
        let secret = try BusKeyFiles.oneKey(in: secretKeyFile, secret: true)
        do {
            pair = try CurveKeyPair(secretKey: secret)
        } catch {
            throw BusKeyError(code: .form, message: "\(secretKeyFile) holds no usable secret key. Make a pair with maane-keys.", cause: error)
        }
        authorised = if let authorisedKeysFile { try AuthorisedKeys(file: authorisedKeysFile) } else { nil }
        gateway = if let serverKeyFile { try BusKeyFiles.oneKey(in: serverKeyFile, secret: false) } else { nil }
    }
}

/// What an address demands of the keys.
package enum BusSecurity {
    package enum Role: Sendable { case gateway, worker }

    /// True for `tcp://` beyond this machine: callers' voices and data would cross a network in the open.
    package static func needsKeys(_ endpoints: BusEndpoints) -> Bool {
        guard let host = host(endpoints) else { return false }
        return !(host == "localhost" || (host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (48...57).contains($0) }))
    }

    /// The socket's part in CURVE, or nil for none.
    /// - Throws: ``BusKeyError`` `missing` if the address needs keys that are not there.
    package static func curve(_ endpoints: BusEndpoints, _ keys: BusKeys?, _ role: Role) throws(BusKeyError) -> CurveRole? {
        guard let host = host(endpoints) else { return nil }
        guard let keys else {
            if needsKeys(endpoints) {
                throw BusKeyError(
                    code: .missing,
                    message:
                        "The bus at tcp://\(host) is beyond this machine and has no keys. Set MAANE_BUS_SECRET_KEY_FILE (see maane-keys), or use ipc://."
                )
            }
            return nil
        }
        switch role {
        case .gateway:
            guard keys.authorised != nil else {
                throw BusKeyError(
                    code: .missing,
                    message: "A gateway with a secret key needs the list of its workers' public keys: set MAANE_BUS_AUTHORISED_KEYS_FILE.")
            }
            return .server(keys.pair)
        case .worker:
            guard let gateway = keys.gateway else {
                throw BusKeyError(
                    code: .missing, message: "A worker with a secret key needs the gateway's public key: set MAANE_BUS_SERVER_KEY_FILE.")
            }
            return .client(keys.pair, server: gateway)
        }
    }

    private static func host(_ endpoints: BusEndpoints) -> String? {
        guard endpoints.control.hasPrefix("tcp://"), let colon = endpoints.control.lastIndex(of: ":") else { return nil }
        return String(endpoints.control[..<colon].dropFirst(6))
    }
}

/// The public keys that a gateway lets in, as its file has them now: a worker can be added or shut out without a restart.
package struct AuthorisedKeys: Sendable {
    package let file: String
    package private(set) var keys: Set<CurveKey>
    private var stamp: BusKeyFiles.Stamp

    package init(file: String) throws(BusKeyError) {
        self.file = file
        (keys, stamp) = try Self.read(file)
    }

    package func admits(_ key: CurveKey) -> Bool { keys.contains(key) }

    /// Reads the file again if it has changed. Called at each handshake, which costs one stat(2). On an error the keys stay as they were.
    package mutating func refresh() throws(BusKeyError) {
        guard BusKeyFiles.Stamp(file) != stamp else { return }
        // Remembered first: a file that cannot be read is complained of once, not at each handshake.
        stamp = BusKeyFiles.Stamp(file)
        keys = try Self.read(file).0
    }

    private static func read(_ file: String) throws(BusKeyError) -> (Set<CurveKey>, BusKeyFiles.Stamp) {
        let stamp = BusKeyFiles.Stamp(file)
        let keys = try BusKeyFiles.keys(in: file, secret: false)
        return (Set(keys), stamp)
    }
}

/// Why keys cannot be used.
package struct BusKeyError: Error, Sendable, CustomStringConvertible {
    /// Open-ended: new codes may come.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// A file is absent or cannot be read or written.
        package static let file = Code(name: "file")
        /// A file does not hold what it should.
        package static let form = Code(name: "form")
        /// Others may read a secret.
        package static let permissions = Code(name: "permissions")
        /// The address needs a key that is not configured.
        package static let missing = Code(name: "missing")
        /// A file is there already and is not overwritten.
        package static let exists = Code(name: "exists")
    }

    package let code: Code
    /// What happened and what helps. Never holds a key.
    package let message: String
    package let cause: (any Error)?
    package var description: String { cause.map { "\(message) (\($0))" } ?? message }

    init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

/// The system's number behind a ``BusKeyError``.
package struct SystemErrorNumber: Error, Sendable, CustomStringConvertible {
    package let number: CInt
    package var description: String { strerror(number).map { String(cString: $0) } ?? "errno \(number)" }
}
