import ArgumentParser
import Glibc
import TwilioSimulatorKit

/// Plays Twilio and its customers against an application.
@main
struct TwilioSimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twilio-simulator",
        abstract: "Plays Twilio: makes telephone calls to an application, as a customer, as a load or after a scenario.",
        subcommands: [CallCommand.self, LoadCommand.self, ScenarioCommand.self, RESTCommand.self])
}

/// What every command needs to reach the application.
struct ServerOptions: ParsableArguments {
    @Option(help: "The application's PUBLIC_BASE_URL: it is signed, and found in TwiML.")
    var publicBaseURL: String?

    @Option(help: "Where the application is reached; the public base URL too unless that is given.")
    var baseURL: String = "http://127.0.0.1:8080"

    @Option(help: "HOST:PORT behind the public base URL, when it is not where that URL leads.")
    var connect: String?

    @Option(help: "PEM file of the only authority that is believed: TLS is spoken to the public base URL, with --connect to what is there.")
    var ca: String?

    @Flag(help: "Allow plain http and ws, for an application on this machine.")
    var loopback = false

    @Option(help: "TWILIO_ACCOUNT_SID.")
    var accountSid: String

    @Option(help: "TWILIO_AUTH_TOKEN.")
    var authToken: String

    @Option(help: "The number that is called.")
    var to: String = "+97235550100"

    /// Where the application is reached, and what it calls itself.
    func addresses() throws -> (base: WebAddress, publicBase: WebAddress) {
        guard let base = WebAddress(baseURL) else { throw ValidationError("--base-url \(baseURL) is not an absolute URL") }
        guard let publicURL = publicBaseURL else { return (base, base) }
        guard let address = WebAddress(publicURL) else { throw ValidationError("--public-base-url \(publicURL) is not an absolute URL") }
        return (base, address)
    }

    func route() throws -> Route {
        let (base, publicBase) = try addresses()
        let trust = try ca.map { try TLSTrust.authority(file: $0) }
        let direct = publicBaseURL == nil ? nil : Route.Endpoint(host: base.host, port: base.effectivePort)
        return try Route(publicBase: publicBase, connect: try endpoint() ?? direct, loopback: loopback, trust: trust)
    }

    private func endpoint() throws -> Route.Endpoint? {
        guard let connect else { return nil }
        guard let colon = connect.lastIndex(of: ":"), let port = Int(connect[connect.index(after: colon)...]) else {
            throw ValidationError("--connect \(connect) is not HOST:PORT")
        }
        return Route.Endpoint(host: String(connect[..<colon]), port: port)
    }
}

/// Writes to file descriptors: the global streams of C are not usable in strict concurrency.
enum Console {
    static func out(_ text: String) { write(text + "\n", to: 1) }
    static func error(_ text: String) { write(text + "\n", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            offset += count
        }
    }
}
