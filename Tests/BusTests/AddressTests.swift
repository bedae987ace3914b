import Bus
import BusContract
import CallVocabulary
import Testing

@Suite struct AddressTests {
    @Test func aWorkersAddressIsItsText() throws {
        let address = try #require(WorkerAddress(pool: .asr, name: "asr-1", nonce: "0a1b2c3d"))
        #expect(address.description == "asr.asr-1.0a1b2c3d")
        #expect(WorkerAddress(address.description) == address)
        #expect(Topics.audio(address) == "audio.asr-1.0a1b2c3d.")
    }

    @Test(arguments: [
        "", "asr", "asr.a", "asr..n", "asr.a.", ".a.n", "xyz.a.n", "asr.a.n.x", "asr.a b.n", "asr.א.n", "asr.a.n\n", "ASR.a.n",
        "asr.\(String(repeating: "a", count: 33)).n", "asr.a.\(String(repeating: "1", count: 17))",
    ])
    func whatCouldBreakATopicIsNoAddress(text: String) {
        #expect(WorkerAddress(text) == nil)
    }

    @Test func noTopicIsAnothersPrefix() throws {
        let names = [("asr-1", "1"), ("asr-1", "12"), ("asr-12", "1"), ("asr-1", "2")]
        let topics = try names.map { Topics.audio(try #require(WorkerAddress(pool: .asr, name: $0.0, nonce: $0.1))) }
        for (index, topic) in topics.enumerated() {
            for (other, text) in topics.enumerated() where other != index { #expect(!text.hasPrefix(topic)) }
        }
        #expect(Topics.event("turn") == "event.turn.")
        #expect(Topics.event("turn").hasPrefix(Topics.allEvents))
    }

    @Test func ipcIsADirectoryWithTwoSockets() throws {
        let endpoints = try BusEndpoints("ipc:///run/maane")
        #expect(endpoints.topics == "ipc:///run/maane/topics.sock")
        #expect(endpoints.control == "ipc:///run/maane/control.sock")
    }

    @Test func tcpTakesTwoPorts() throws {
        let endpoints = try BusEndpoints("tcp://10.0.0.7:5550")
        #expect(endpoints.topics == "tcp://10.0.0.7:5550")
        #expect(endpoints.control == "tcp://10.0.0.7:5551")
    }

    @Test func aPathThatNoSocketCanHaveIsRefusedWithTheRemedy() throws {
        // "/control.sock" has 13 bytes; 107 fit.
        _ = try BusEndpoints("ipc:///" + String(repeating: "d", count: 93))
        let error = #expect(throws: BusAddressError.self) { try BusEndpoints("ipc:///" + String(repeating: "d", count: 94)) }
        #expect(error?.message.contains("108") == true)
        #expect(error?.message.contains("shorter") == true)
    }

    @Test(arguments: [
        "", "run/maane", "ipc://run/maane", "ipc://", "tcp://host", "tcp://host:",
        "tcp://host:65535", "tcp://host:x", "tcp://host:+5", "tcp://:5550", "tcp://host:0", "udp://host:1",
    ])
    func anotherAddressIsRefusedByName(address: String) {
        let error = #expect(throws: BusAddressError.self) { try BusEndpoints(address) }
        #expect(error?.message.hasPrefix("MAANE_BUS") == true)
    }
}

@Suite struct MembershipTests {
    private let first = Welcome(gateway: "gateway-1", heartbeatMilliseconds: 200)
    private let second = Welcome(gateway: "gateway-2", heartbeatMilliseconds: 200)

    private func after(_ steps: (inout Membership) -> Void) -> Membership {
        var membership = Membership()
        steps(&membership)
        return membership
    }

    @Test func itSaysHelloUntilItIsWelcomeAndThenBeats() {
        var membership = Membership()
        #expect(membership.tick() == [.sayHello])
        #expect(membership.tick() == [.sayHello])
        let welcomed = membership.welcomed(first)
        #expect(welcomed == [.becameReady])
        #expect(membership.standing == .welcome)
        #expect(membership.tick() == [.beat])
        let again = membership.welcomed(first)
        #expect(again.isEmpty, "a welcome that comes twice is one")
    }

    @Test func anotherGatewayMeansThatEverythingIsOver() {
        var membership = after { _ = $0.welcomed(first) }
        let actions = membership.welcomed(second)
        #expect(actions == [.reset])
    }

    /// The gateway has given away what this worker carried, and will never release it here.
    @Test func aGatewayThatHasForgottenUsMeansThatEverythingIsOver() {
        var membership = after { _ = $0.welcomed(first) }
        let refused = membership.refused(Refused(reason: "unknown here; say hello", mayRetry: true))
        let welcomed = membership.welcomed(first)
        #expect(refused.contains(.sayHello))
        #expect((refused + welcomed).contains(.reset))
        #expect(membership.tick() == [.beat])
    }

    @Test func aRefusalForGoodIsFinal() {
        var membership = Membership()
        let actions = membership.refused(Refused(reason: "version", mayRetry: false))
        #expect(actions == [.giveUp("version")])
        #expect(membership.standing == .refused("version"))
        #expect(membership.tick().isEmpty)
    }
}
