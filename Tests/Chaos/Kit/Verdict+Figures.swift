import TwilioSimulatorKit

/// How long callers waited.
extension Verdict {
    mutating func measure(_ calm: [Double], _ disturbed: [(silence: Double, events: [EventRecord])], _ after: [Double]) {
        guard let calmValues = LoadReport.Distribution(calm) else { return add(.harness, "no turn was calm, so extra silence cannot be told") }
        let median = calmValues.p50
        calmMedian = median
        func extra(_ values: [Double]) -> LoadReport.Distribution? { .init(values.map { max(0, $0 - median) }) }
        func values(_ match: (ChaosEvent) -> Bool) -> [Double] { disturbed.filter { $0.events.contains { match($0.event) } }.map(\.silence) }
        func isWorker(_ event: ChaosEvent) -> Bool { ChaosTarget.pools.contains(event.target) }
        let workers = extra(values(isWorker))
        silences = [
            Row(name: "calm", values: extra(calm)), Row(name: "within 3 s after", values: extra(after)), Row(name: "workers", values: workers),
        ]
        // Turns that met one pool only, or one kind: with a blow a second most meet several, and those would blur every row.
        func alone(_ match: (ChaosEvent) -> Bool) -> LoadReport.Distribution? {
            extra(disturbed.filter { $0.events.allSatisfy { match($0.event) } }.map(\.silence))
        }
        for pool in ChaosTarget.pools { silences.append(Row(name: "  only \(pool.rawValue)", values: alone { $0.target == pool })) }
        for kind in ChaosKind.allCases where kind != .outage {
            silences.append(Row(name: "  only \(kind.rawValue)", values: alone { isWorker($0) && $0.kind == kind }))
        }
        silences.append(Row(name: "gateway, not cut", values: extra(values { $0.target == .gateway })))
        silences.append(Row(name: "postgres away", values: extra(values { $0.target == .postgres })))
        if let workers, workers.p99 > Self.silenceLimit {
            add(.tooSlow, "extra silence around workers' deaths has p99 \(Int(workers.p99)) ms; the limit is \(Int(Self.silenceLimit)) ms")
        }
    }

    mutating func measureResumed() {
        var deaths: [Double] = []
        var restarts: [Double] = []
        for call in run.calls {
            for gap in call.gaps {
                guard let cause = cause(of: gap) else { continue }
                let isRestart = cause.event.kind == .terminate
                let limit = isRestart ? Self.restartLimit : Self.resumedLimit
                guard let audible = gap.audible else {
                    // A call that ended meanwhile had no time to go on; a call that was ended is judged already.
                    if Double(end(of: call) - gap.closed) > limit, call.cutOff == nil {
                        add(
                            .tooSlow, "not resumed: closed at \(gap.closed), stream again at \(gap.opened.map(String.init) ?? "no time"), no sound",
                            call: call)
                    }
                    continue
                }
                let time = Double(audible - gap.closed)
                if isRestart { restarts.append(time) } else { deaths.append(time) }
                guard time > limit else { continue }
                add(
                    .tooSlow, "resumed after \(Int(time)) ms: closed at \(gap.closed), stream again at \(gap.opened ?? 0), sound at \(audible)",
                    call: call)
            }
        }
        resumed = [Row(name: "gateway deaths", values: .init(deaths)), Row(name: "gateway restarts", values: .init(restarts))]
    }
}
