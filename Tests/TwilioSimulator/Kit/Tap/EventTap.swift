import BusContract
import CallVocabulary
import EventThread
import FoundationEssentials
import Synchronization
import ZeroMQ

/// Listens to what the fleet says about its calls (`event.` topics): the agent's words as text for the customer, and the stages of each turn for the report.
package final class EventTap: AgentTextSource {
    private struct State {
        var events: [ConversationID: [TapEvent]] = [:]
        var cues: [ConversationID: AsyncStream<AgentCue>.Continuation] = [:]
    }

    private let state = Mutex(State())
    private let thread = Mutex<EventThread<Never>?>(nil)
    private let watch: @Sendable (TapEvent) -> Void

    /// - Parameter watch: called with every event, on the tap's thread.
    package init(watch: @escaping @Sendable (TapEvent) -> Void = { _ in }) { self.watch = watch }

    /// - Parameter bus: the fleet's MAANE_BUS.
    /// - Throws: ``SimulatorFailure`` for an address that cannot be used.
    package func start(bus: String) async throws {
        do {
            let endpoints = try BusEndpoints(bus)
            let thread = try await EventThread<Never>(name: "tap") {
                try TapDriver(endpoint: endpoints.topics) { [weak self] in self?.receive($0) }
            }
            self.thread.withLock { $0 = thread }
        } catch {
            throw SimulatorFailure(.badOption, "--events \(bus): \(error)")
        }
    }

    package func stop() async { await thread.withLock { $0 }?.stop() }

    package func cues(callSid: String) -> AsyncStream<AgentCue> {
        let (stream, continuation) = AsyncStream.makeStream(of: AgentCue.self, bufferingPolicy: .bufferingNewest(100))
        state.withLock { $0.cues[ConversationID("call:" + callSid)] = continuation }
        return stream
    }

    /// Everything heard about a call so far, in order.
    package func events(callSid: String) -> [TapEvent] { state.withLock { $0.events[ConversationID("call:" + callSid)] ?? [] } }

    /// Of all calls, each call's in order.
    package var allEvents: [TapEvent] { state.withLock { $0.events.values.flatMap(\.self) } }

    private func receive(_ event: TapEvent) {
        let continuation = state.withLock { state in
            state.events[event.conversation, default: []].append(event)
            return state.cues[event.conversation]
        }
        if event.name == .said, let text = event.text, let turn = event.turn { continuation?.yield(AgentCue(text: text, turn: turn.number)) }
        watch(event)
    }
}

private final class TapDriver: EventLoopDriver {
    private let context: ZeroMQContext
    private let socket: ZeroMQSocket
    private let poll: ZeroMQPoll
    private let receive: (TapEvent) -> Void

    init(endpoint: String, receive: @escaping (TapEvent) -> Void) throws {
        context = try ZeroMQContext()
        socket = try ZeroMQSocket(context: context, kind: .sub)
        try socket.subscribe(Array(Topics.allEvents.utf8))
        try socket.connect(endpoint)
        poll = ZeroMQPoll(sockets: [socket])
        self.receive = receive
    }

    func handle(_ batch: [Never]) {}

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        _ = try? poll.wait(wakeup: wakeup, timeoutMilliseconds: timeoutMilliseconds)
    }

    func ready() -> CInt? {
        guard let messages = try? socket.receive(limit: 256) else { return 100 }
        for parts in messages where parts.count == 2 {
            if let event = try? JSONDecoder().decode(TapEvent.self, from: Data(parts[1])) { receive(event) }
        }
        return messages.count == 256 ? 0 : nil
    }

    func close() { socket.close() }
}
