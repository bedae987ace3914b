import BenchmarksKit
import Testing

struct LoadReportTests {
    @Test func percentilesAreSamples() {
        let figures = Percentiles((1...200).map(Double.init).shuffled())
        #expect(figures.count == 200)
        #expect(figures.p50 == 100)
        #expect(figures.p95 == 190)
        #expect(figures.p99 == 198)
        #expect(figures.max == 200)
        #expect(Percentiles([7]).p99 == 7)
        #expect(Percentiles([]).p50 == nil)
    }

    @Test func theKernelsAccountIsRead() {
        // The name has spaces and a parenthesis.
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194560 900 0 0 0 310 25 0 0 20 0 9 0 100 1 1"
        #expect(ProcessFigures.ticks(stat) == 335)
        #expect(ProcessFigures.ticks("42") == nil)
        #expect(ProcessFigures.megabytes("Pss:", in: "Rss:       4096 kB\nPss:       1536 kB\nPss_Dirty:  12 kB\n") == 1.5)
    }

    private static func report(_ calls: Int) -> LoadReport {
        var report = LoadReport(calls: calls, seconds: 30, profile: "none", silenceRule: 200)
        report.asked = 10 * calls
        report.sound = Percentiles([1, 2, 30])
        return report
    }

    @Test func theTableIsInOrderOfCallsAndAligned() {
        let table = LoadReport.table([Self.report(100), Self.report(1), Self.report(50)])
        #expect(table.count == 4)
        #expect(Set(table.map(\.count)).count == 1)
        let rows = table.dropFirst().map { $0.split(separator: " ").map(String.init) }
        #expect(rows.map { $0[1] } == ["1", "50", "100"])
        #expect(rows[2][2] == "1000")
        #expect(rows[2][5...8] == ["2.0", "30.0", "30.0", "30.0"])
    }

    @Test func costsAreSummedOnlyWhenEveryProcessHasThem() {
        var report = Self.report(100)
        report.idleMemory = 100
        var process = LoadReport.Process("a", before: nil, after: nil, callMinutes: 1)
        process.cpuPerCallMinute = 0.07
        process.resident = 130
        report.processes = [process, process]
        #expect(report.fleetCPU == 0.14)
        #expect(report.memoryPerCall == 1.6)
        report.processes[1].cpuPerCallMinute = nil
        #expect(report.fleetCPU == nil)
    }

    @Test func aCallerWhoIsLateIsTheLimit() {
        var caller = LoadReport.Caller()
        caller.latenessP99 = 4.9
        caller.cpu = 0.8
        #expect(!caller.wasTheLimit)
        caller.latenessP99 = 5.1
        #expect(caller.wasTheLimit)
        caller.latenessP99 = 1
        caller.cpu = 0.9
        #expect(caller.wasTheLimit)
    }
}
