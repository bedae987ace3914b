import Bus
import BusContract
import CallVocabulary
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct AwayTests {
    /// A worker that wants to leave must know whether anybody could take its calls away.
    @Test func aLinkSaysThatItsGatewayIsAway() async throws {
        let directory = try TemporaryDirectory()
        let endpoints = try BusEndpoints("ipc://" + directory.path)
        let address = try #require(WorkerAddress(pool: .tts, name: "tts-1", nonce: "0a1b2c3d"))
        let events = Events<LinkEvent>()
        let link = try await ZeroMQLink(endpoints: endpoints, address: address, topics: []) { events.add($0) }
        func times() -> Int { events.all.count { if case .away = $0 { true } else { false } } }

        link.send(Envelope(.goodbye))
        try await events.until("the first notice") { _ in times() == 1 }

        // With a gateway there is nothing to tell.
        let received = Events<HubEvent>()
        let hub = try await ZeroMQHub(endpoints: endpoints) { received.add($0) }
        try await received.until("the link", nudge: { link.send(Envelope(.goodbye)) }) { !$0.messages.isEmpty }
        let known = times()
        let release = Envelope(.release)
        link.send(release)
        try await received.until("what was sent") { $0.messages.contains { $0.envelope == release } }
        #expect(times() == known)

        // And when it is gone, it is told again.
        await hub.stop()
        try await events.until("the next notice", nudge: { link.send(Envelope(.goodbye)) }) { _ in times() > known }
        await link.stop()
        withExtendedLifetime(directory) {}
    }
}
