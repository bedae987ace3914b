import Glibc
import NIOCore
import NIOPosix

/// The settings of a load run.
package struct LoadPlan: Sendable {
    package var calls: Int
    package var accountSid: String
    package var authToken: String
    package var to: String
    package var route: Route
    package var signal: LoadSignal
    package var turns = LoadTurns.Settings()
    package var silenceRuleMs = 200.0
    /// Calls begin this far apart, so that neither webhooks nor utterances come in step.
    package var staggerMs = 37
    package var incomingPath = "/webhook/incoming_call"
    package var statusPath = "/webhook/call_status"
    /// 2500 messages a second in each direction per loop are about a quarter of a core.
    package var eventLoops = 1

    package init(calls: Int, accountSid: String, authToken: String, to: String, route: Route, signal: LoadSignal) {
        self.calls = calls
        self.accountSid = accountSid
        self.authToken = authToken
        self.to = to
        self.route = route
        self.signal = signal
    }

    /// A caller's number of its own for each call.
    func from(_ index: Int) -> String { "+97250" + String(1_000_000 + index) }
}

/// Many simple calls at once, to measure an application.
package enum LoadRun {
    package static func run(_ plan: LoadPlan) async -> LoadReport {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, plan.eventLoops))
        let begin = NIODeadline.now()
        let cpuBefore = cpuSeconds()
        let results = await withTaskGroup(of: LoadCallResult.self) { tasks in
            for index in 0..<plan.calls {
                let loop = group.next()
                tasks.addTask {
                    try? await Task.sleep(for: .milliseconds(index * plan.staggerMs))
                    return await LoadCall(plan: plan, index: index, eventLoop: loop).run()
                }
            }
            var results: [LoadCallResult] = []
            for await result in tasks { results.append(result) }
            return results
        }
        var report = summary(results, plan: plan)
        report.wallSeconds = Double((NIODeadline.now() - begin).nanoseconds) / 1e9
        report.simulatorCPUSeconds = cpuSeconds() - cpuBefore
        try? await group.shutdownGracefully()
        return report
    }

    static func summary(_ results: [LoadCallResult], plan: LoadPlan) -> LoadReport {
        var report = LoadReport(calls: plan.calls, silenceRuleMs: plan.silenceRuleMs)
        for result in results {
            report.utterances += result.utterances
            report.lostTurns += result.lostTurns
            report.framesSent += result.framesSent
            report.framesReceived += result.framesReceived
            report.invalidMessages += result.invalidMessages
            report.ticks += result.ticks
            report.lateTicks += result.lateTicks
            report.worstTickDelayMs = max(report.worstTickDelayMs, result.worstTickDelayMs)
            if let failure = result.failure { report.failedCalls.append(failure) }
        }
        let delays = results.flatMap(\.delays)
        report.fromLastVoicedFrame = .init(delays)
        report.afterSilenceRule = .init(delays.map { $0 - plan.silenceRuleMs })
        report.webhook = .init(results.compactMap(\.webhookMs))
        return report
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
