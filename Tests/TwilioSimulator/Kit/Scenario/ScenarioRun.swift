/// Runs scenarios against a running application.
package struct ScenarioRun: Sendable {
    private let account: SimulatedAccount
    private let route: Route
    private let to: String
    private let voice: any CustomerVoice
    private let watch: (@Sendable (CallReport.Event) -> Void)?
    private let external: (@Sendable (String) async -> Void)?

    /// - Parameters:
    ///   - account: its account API must run already.
    ///   - to: the number that is called, unless the scenario names one.
    ///   - external: does what the step `do: NAME` names.
    package init(
        account: SimulatedAccount, route: Route, to: String, voice: any CustomerVoice, watch: (@Sendable (CallReport.Event) -> Void)? = nil,
        external: (@Sendable (String) async -> Void)? = nil
    ) {
        self.external = external
        self.account = account
        self.route = route
        self.to = to
        self.voice = voice
        self.watch = watch
    }

    /// - Throws: ``SimulatorFailure`` when the call cannot begin. How it went is in the report.
    package func run(_ scenario: Scenario) async throws -> ScenarioReport {
        for index in 0..<scenario.earlier {
            var plan = plan(scenario)
            plan.from = "+97250300\(1000 + index)"
            plan.scenario = CallerSteps([.wait(.listening, withinMs: 20_000), .silence(ms: 500)])
            _ = try await account.call(plan)
        }
        var others: [Task<CallResult, any Error>] = []
        for index in 0..<scenario.background { others.append(await occupy(index)) }
        defer { for other in others { other.cancel() } }
        var plan = plan(scenario)
        plan.watch = watch
        var result = try await account.call(plan)
        var verdicts = scenario.judge(result)
        // A recording is fetched, and late updates come, when the call is over.
        var waits = scenario.settleSeconds * 5
        while waits > 0, !verdicts.allSatisfy(\.passed) {
            waits -= 1
            try await Task.sleep(for: .milliseconds(200))
            if let later = await account.report(of: result.report.callSid) {
                result.report.counters = later.counters
                result.report.updates = later.updates
                result.report.timeline = later.timeline
            }
            verdicts = scenario.judge(result)
        }
        for other in others {
            other.cancel()
            _ = try? await other.value
        }
        return ScenarioReport(scenario: scenario, result: result, verdicts: verdicts)
    }

    private func plan(_ scenario: Scenario) -> CallPlan {
        let script = CustomerScript(name: scenario.name, opening: "", answers: [])
        var plan = account.plan(from: scenario.from, to: scenario.to ?? to, route: route, script: script, voice: voice)
        plan.scenario = scenario.steps
        plan.faults = scenario.faults
        plan.habits = scenario.habits
        plan.dials = scenario.dials
        plan.recordingReadyMs = scenario.recordingReadyMs
        plan.fallbackPath = scenario.fallbackPath
        plan.maximumSeconds = scenario.maximumSeconds
        plan.external = external
        return plan
    }

    /// Another call that only takes up a place. Returns when it has one.
    private func occupy(_ index: Int) async -> Task<CallResult, any Error> {
        var plan = account.plan(
            from: "+97250200\(1000 + index)", to: to, route: route, script: CustomerScript(name: "background", opening: "", answers: []), voice: voice
        )
        plan.scenario = CallerSteps([.silence(ms: 3_600_000)])
        plan.maximumSeconds = 3_600
        let (started, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        plan.watch = { if $0.kind == "stream-started" || $0.kind == "call-ended" { continuation.yield() } }
        let task = Task { [plan, account] in try await account.call(plan) }
        let patience = Task {
            try await Task.sleep(for: .seconds(20))
            continuation.finish()
        }
        for await _ in started { break }
        patience.cancel()
        return task
    }
}
