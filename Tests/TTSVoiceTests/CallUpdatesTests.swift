import Bus
import BusContract
import Business
import CallVocabulary
import HTTPFetch
import Logging
import ServiceKit
import TestSupport
import Testing
import TwilioREST

@testable import TTSWorker

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
private let call = "CA00000000000000000000000000000001"

/// Leases through the worker's logic, with an updater that does what the test says.
@Suite(.timeLimit(.minutes(1))) struct CallUpdatesTests {
    private let port = UpdatePort()
    private let updater = FakeUpdater()
    private let conversation = ConversationID("call:" + call)
    private let epoch = Epoch(boot: 1, counter: 7)
    private let newer = Epoch(boot: 1, counter: 8)
    private let businesses: BusinessDirectory

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        businesses = try BusinessDirectory.load(path: "/\(root)/deploy/businesses")
    }

    private func logic(_ updater: (any CallUpdater)?) -> TTSWorkerLogic {
        let logic = TTSWorkerLogic(port: port, voice: ToneVoice(), businesses: businesses, capacity: 10, updater: updater, logger: quiet)
        logic.handle(envelope(.assign(Assign())), attachment: [])
        return logic
    }

    private func envelope(_ message: BusMessage, epoch other: Epoch? = nil) -> Envelope {
        Envelope(message, business: BusinessID("b"), conversation: conversation, turn: TurnID(4), epoch: other ?? epoch)
    }

    private func update(_ lease: String, milliseconds: Int = 4_000) -> BusMessage {
        .updateCall(UpdateCall(lease: lease, twiml: "<Response/>", milliseconds: milliseconds))
    }

    @Test func anUpdateAndItsAnswer() async throws {
        let logic = logic(updater)
        var asks = updater.asks.stream.makeAsyncIterator()
        var arrivals = port.arrivals.stream.makeAsyncIterator()
        logic.handle(envelope(update("a")), attachment: [])
        let ask = try #require(await asks.next())
        #expect(ask.callSid == call && ask.update == .twiml("<Response/>"))
        #expect(ask.within > .seconds(2) && ask.within <= .seconds(4))
        #expect(ask.request())
        // Twilio's answer is not this worker's work.
        #expect(logic.load().outstanding == 0)
        logic.handle(envelope(update("a")), attachment: [])
        ask.finish(.done)
        let answer = try #require(await arrivals.next())
        #expect(answer == envelope(.callUpdated(CallUpdated(lease: "a", result: .done))))
        logic.handle(envelope(update("a")), attachment: [])
        #expect(await arrivals.next() == answer)
        // The next ask is for another lease: the repetitions were not sent.
        logic.handle(envelope(update("b")), attachment: [])
        let next = try #require(await asks.next())
        next.finish(.over("21220"))
        #expect(await arrivals.next() == envelope(.callUpdated(CallUpdated(lease: "b", result: .over, detail: "21220"))))
        #expect(port.sent.count == 3)
    }

    @Test func onlyUnderTheCallsEpoch() async throws {
        let logic = logic(updater)
        logic.handle(envelope(update("old"), epoch: Epoch(boot: 1, counter: 6)), attachment: [])
        logic.handle(envelope(update("new"), epoch: newer), attachment: [])
        logic.handle(Envelope(update("none"), conversation: ConversationID("call:CA2"), epoch: epoch), attachment: [])
        logic.handle(envelope(update("a")), attachment: [])
        var asks = updater.asks.stream.makeAsyncIterator()
        var arrivals = port.arrivals.stream.makeAsyncIterator()
        let ask = try #require(await asks.next())
        ask.finish(.done)
        #expect(await arrivals.next() == envelope(.callUpdated(CallUpdated(lease: "a", result: .done))))
        #expect(port.sent.count == 1)
    }

    @Test func givenBackBetweenTwoRequests() async throws {
        let logic = logic(updater)
        var asks = updater.asks.stream.makeAsyncIterator()
        var arrivals = port.arrivals.stream.makeAsyncIterator()
        logic.handle(envelope(update("a")), attachment: [])
        let ask = try #require(await asks.next())
        #expect(ask.request())
        ask.busy()
        // Under another epoch, even: the gateway has moved the call meanwhile.
        logic.handle(envelope(.endLease(EndLease(lease: "a")), epoch: newer), attachment: [])
        let answer = try #require(await arrivals.next())
        #expect(answer == envelope(.callUpdated(CallUpdated(lease: "a", result: .failed, detail: "HTTP 429, 20429"))))
        #expect(!ask.request())
        #expect(port.sent.count == 1)
    }

    enum End: String, CaseIterable, Sendable { case endLease, release, revoke, revokeAll, assign }

    private func end(_ way: End) -> Envelope {
        switch way {
        case .endLease: envelope(.endLease(EndLease(lease: "a")))
        case .release: envelope(.release)
        case .revoke: envelope(.revoke, epoch: newer)
        case .revokeAll: Envelope(.revoke, epoch: newer)
        case .assign: envelope(.assign(Assign()), epoch: newer)
        }
    }

    @Test(arguments: End.allCases) func whateverEndsALease(_ way: End) async throws {
        let logic = logic(updater)
        var asks = updater.asks.stream.makeAsyncIterator()
        var arrivals = port.arrivals.stream.makeAsyncIterator()
        // Nothing was sent.
        logic.handle(envelope(update("a")), attachment: [])
        let first = try #require(await asks.next())
        logic.handle(end(way), attachment: [])
        #expect(await arrivals.next() == envelope(.callUpdated(CallUpdated(lease: "a", result: .unused))))
        #expect(!first.request())
    }

    @Test(arguments: End.allCases) func whatIsUnderWayIsWaitedFor(_ way: End) async throws {
        let logic = logic(updater)
        var asks = updater.asks.stream.makeAsyncIterator()
        var arrivals = port.arrivals.stream.makeAsyncIterator()
        logic.handle(envelope(update("a")), attachment: [])
        let ask = try #require(await asks.next())
        #expect(ask.request())
        logic.handle(end(way), attachment: [])
        #expect(port.sent.isEmpty && !logic.isIdle, "a worker that drains waits for it")
        ask.finish(.uncertain("timeout"))
        #expect(await arrivals.next() == envelope(.callUpdated(CallUpdated(lease: "a", result: .uncertain, detail: "timeout"))))
        logic.handle(envelope(.release, epoch: newer), attachment: [])
        #expect(logic.isIdle)
    }

    @Test func aGatewayThatHasForgottenIsToldNothing() async throws {
        let logic = logic(updater)
        var asks = updater.asks.stream.makeAsyncIterator()
        logic.handle(envelope(update("a")), attachment: [])
        let ask = try #require(await asks.next())
        #expect(ask.request())
        logic.reset()
        #expect(!logic.isIdle)
        ask.finish(.done)
        while !logic.isIdle { await Task.yield() }
        #expect(port.sent.isEmpty)
    }

    @Test func withoutAnAccountNothingIsUpdated() async throws {
        let logic = logic(nil)
        var arrivals = port.arrivals.stream.makeAsyncIterator()
        logic.handle(envelope(update("a")), attachment: [])
        let detail = "no Twilio account configured for this worker"
        #expect(await arrivals.next() == envelope(.callUpdated(CallUpdated(lease: "a", result: .refused, detail: detail))))
    }

    @Test func aConversationThatIsNoCall() async throws {
        let updates = CallUpdates(port: port, updater: updater, logger: quiet)
        var arrivals = port.arrivals.stream.makeAsyncIterator()
        let asker = LeaseBook.Asker(business: nil, conversation: ConversationID("whatsapp:1"), turn: nil, epoch: epoch)
        updates.begin(UpdateCall(lease: "a", twiml: "<Response/>", milliseconds: 1_000), for: asker)
        _ = await arrivals.next()
        #expect(port.answers == [CallUpdated(lease: "a", result: .refused, detail: "the conversation is no call")])
    }

    // MARK: With Twilio's client and a server

    private func through(
        _ clock: TestClock, pause: Duration, answer: @escaping @Sendable (Int) -> TwilioServer.Answer,
        _ body: (CallUpdates, TwilioServer) async throws -> Void
    ) async throws {
        let server = try await TwilioServer(answer: answer)
        let fetch = try await HTTPFetch()
        let client = TwilioClient(
            account: TwilioAccount(sid: "AC1", authToken: "hush", baseURL: server.url), fetch: fetch, logger: quiet,
            sleep: { _ in clock.pass(pause) }, now: { clock.now }, jitter: { $0 })
        try await body(CallUpdates(port: port, updater: client, logger: quiet, now: { clock.now }), server)
        await fetch.close()
        await server.stop()
    }

    private var asker: LeaseBook.Asker { LeaseBook.Asker(business: nil, conversation: conversation, turn: TurnID(4), epoch: epoch) }

    @Test func overTheWire() async throws {
        try await through(TestClock(), pause: .milliseconds(250), answer: { $0 == 0 ? .problem(429, 20429, "busy") : .done }) { updates, server in
            var arrivals = port.arrivals.stream.makeAsyncIterator()
            updates.begin(UpdateCall(lease: "a", twiml: "<Response/>", milliseconds: 4_000), for: asker)
            _ = await arrivals.next()
            #expect(port.answers == [CallUpdated(lease: "a", result: .done)])
            #expect(server.requests.count == 2)
            #expect(server.requests.allSatisfy { $0.contains("/Calls/\(call).json ") && $0.hasSuffix("Twiml=%3CResponse%2F%3E") })
        }
    }

    /// Stopped during the pause between two requests, and let go an hour later: the lease is over, and so is the reply.
    @Test func aThawedWorkerSendsNothing() async throws {
        try await through(TestClock(), pause: .seconds(3_600), answer: { _ in .problem(429, 20429, "busy") }) { updates, server in
            var arrivals = port.arrivals.stream.makeAsyncIterator()
            updates.begin(UpdateCall(lease: "a", twiml: "<Response/>", milliseconds: 4_000), for: asker)
            _ = await arrivals.next()
            #expect(port.answers == [CallUpdated(lease: "a", result: .failed, detail: "HTTP 429, 20429, busy")])
            #expect(server.requests.count == 1)
        }
    }

    // MARK: Settings

    @Test func theAccountIsRead() throws {
        let whole = ["TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "hush"]
        func account(_ more: [String: String]) -> (TwilioAccount?, [String]) {
            let reader = SettingsReader(more)
            return (CallUpdateSettings.account(reader), reader.faults)
        }
        let nothing = account([:])
        #expect(nothing.0 == nil && nothing.1.isEmpty, "a worker without an account starts")
        let stream = account(whole)
        #expect(stream.0?.sid == "AC1" && stream.0?.authToken == "hush" && stream.0?.baseURL == "https://api.twilio.com" && stream.1.isEmpty)
        let simulated = account(whole.merging(["TWILIO_API_BASE_URL": "http://127.0.0.1:8/", "REPLY_MODE": "play"]) { $1 })
        #expect(simulated.0?.baseURL == "http://127.0.0.1:8" && simulated.1.isEmpty)
        let half = account(["TWILIO_ACCOUNT_SID": "AC1"])
        #expect(half.1.map { $0.prefix { $0 != ":" } } == ["TWILIO_AUTH_TOKEN"])
        let all = account(["REPLY_MODE": "play", "TWILIO_API_BASE_URL": "http://example.com"])
        #expect(all.1.map { $0.prefix { $0 != ":" } } == ["TWILIO_API_BASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"])
        #expect(account(whole.merging(["REPLY_MODE": "sing"]) { $1 }).1.count == 1)
        #expect(account(whole.merging(["TWILIO_ACCOUNT_SID": "AC1/../x"]) { $1 }).1.count == 1)
    }
}
