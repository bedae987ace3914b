import Audio
import NIOCore
import NIOPosix

@testable import TwilioSimulatorKit

/// A call of a scenario against ``FakeApplication``.
struct LineCase {
    let application: FakeApplication
    let result: CallResult
    let account: SimulatedAccount
    var report: CallReport { result.report }
    var codes: [Int] { report.notices.map(\.code) }

    /// Verbs that keep a call going: a stream whose end is a `<Hangup>`.
    static let stream = """
        <Response><Connect action="\(FakeApplication.base)/webhook/stream_ended"><Stream url="wss://voice.example.test/ws/twilio-media" \
        statusCallback="\(FakeApplication.base)/webhook/stream_status"><Parameter name="token" value="t1"/></Stream></Connect></Response>
        """

    static func twiml(_ verbs: String) -> String { "<Response>\(verbs)</Response>" }

    /// - Parameter during: runs beside the call, once it has begun.
    static func call(
        _ behaviour: FakeApplication.Behaviour = .init(), incoming: String? = nil, steps: [CallerSteps.Step], faults: [Fault] = [],
        change: (inout CallPlan) -> Void = { _ in }, during: (@Sendable (Call, SimulatedAccount) async throws -> Void)? = nil
    ) async throws -> LineCase {
        await Lines.shared.take()
        defer { Task { await Lines.shared.give() } }
        var behaviour = behaviour
        if let incoming { behaviour.incomingTwiML = incoming }
        let application = try await FakeApplication.start(behaviour)
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)
        try await account.start()
        var plan = account.plan(
            from: "+972501234567", to: "+97235550100", route: try application.route(),
            script: CustomerScript(name: "case", opening: "", answers: []), voice: EndToEndTests.ToneVoice())
        plan.scenario = CallerSteps(steps)
        plan.faults = faults
        plan.maximumSeconds = 20
        plan.recordingReadyMs = 100
        change(&plan)
        let call = Call(plan: plan, eventLoop: SimulatedAccountLoop.next())
        account.add(call)
        async let result = call.run()
        if let during { try await during(call, account) }
        let done = LineCase(application: application, result: try await result, account: account)
        await application.stop()
        return done
    }

    /// Waits until a call's report shows something; at most ten seconds.
    static func until(_ call: Call, _ condition: @Sendable (CallReport) -> Bool) async throws {
        for _ in 0..<1000 {
            if condition(await call.report) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// Few calls at a time: more of them than the machine carries would be late, all of them, and late is what these tests look at.
actor Lines {
    static let shared = Lines(3)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

enum SimulatedAccountLoop {
    static func next() -> any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }
}
