import Gateway
import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing
import TwilioWire

@Suite(.timeLimit(.minutes(1))) struct LifecycleTests {
    private var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    @Test func callsGoOnWhileStoppingAndEndWithAGoodbye() async throws {
        try await withServer { server, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            let other = try await RawClient(port: port)
            #expect(try await other.request("GET", "/healthz").headers["connection"] == nil)
            await server.stopAccepting()
            await #expect(throws: (any Error).self) { _ = try await RawClient(port: port) }
            #expect(try await other.request("GET", "/healthz").headers["connection"] == "close")
            await other.end()
            try await client.send(RawClient.frame(Wire.start) + RawClient.frame(Wire.media(1)))
            #expect(try await events.received(messages: 2, malformed: 0) == [Wire.startMessage, Wire.mediaMessage(1)])
            async let closing: Void = server.close()
            #expect(try await client.frame() == .init(opcode: 8, payload: [0x03, 0xE8]))
            try await client.send(RawClient.frame([0x03, 0xE8], opcode: 8))
            await client.end()
            await closing
            #expect(server.mediaCount == 0)
            try await events.closed()
        }
    }

    @Test func portInUse() async throws {
        try await withServer { _, port, desk in
            let configuration = PublicServerConfiguration(
                listener: .bind(host: "127.0.0.1", port: port), publicAddress: try PublicAddress(Wire.base), authToken: nil, speechFolder: "/")
            let error = await #expect(throws: ServerError.self) {
                _ = try await PublicServer.start(configuration, desk: desk, group: MultiThreadedEventLoopGroup.singleton, logger: logger)
            }
            #expect(error?.code == .addressInUse)
            #expect(
                error?.message == "Port \(port) on 127.0.0.1 is in use by another process. Stop that process or set PORT to a free port.")
            await #expect(throws: ServerError.self) {
                _ = try await AdminServer.start(port: port, group: MultiThreadedEventLoopGroup.singleton, logger: logger) { "" }
            }
        }
    }

    @Test func inheritedSocket() async throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Listening without binding takes a free port.
        #expect(listen(descriptor, 8) == 0)
        try await withServer {
            $0.listener = .inherited(descriptor: descriptor)
        } _: { _, port, _ in
            #expect(port > 0)
            let response = try await RawClient(port: port).request("GET", "/healthz")
            #expect(response.status == 200)
        }
    }

    @Test func inheritedNothing() async throws {
        await #expect(throws: ServerError.self) {
            try await withServer {
                $0.listener = .inherited(descriptor: 987)
            } _: { _, _, _ in
            }
        }
    }
}
