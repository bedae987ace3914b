import Testing

@testable import Supervisor

@Suite struct RestartPolicyTests {
    @Test func quickDeathsDoubleTheDelayUpToFiveSeconds() {
        var policy = RestartPolicy()
        policy.ready()
        let delays = (0..<7).map { _ in policy.died(uptime: .milliseconds(10)) }
        #expect(delays == [200, 400, 800, 1600, 3200, 5000, 5000].map { .restart(after: .milliseconds($0)) })
    }

    @Test func aLongLifeEndsTheSlowingDown() {
        var policy = RestartPolicy()
        policy.ready()
        _ = policy.died(uptime: .zero)
        #expect(policy.died(uptime: .milliseconds(999)) == .restart(after: .milliseconds(400)))
        #expect(policy.died(uptime: .seconds(1)) == .restart(after: .milliseconds(200)))
        #expect(policy.died(uptime: .zero) == .restart(after: .milliseconds(200)))
    }

    @Test func theFifthDeathBeforeReadyIsTheLast() {
        var policy = RestartPolicy()
        for _ in 0..<4 { #expect(policy.died(uptime: .milliseconds(5)) != .giveUp) }
        #expect(policy.died(uptime: .milliseconds(5)) == .giveUp)
    }

    @Test func aSlowFailedBootCountsToo() {
        var policy = RestartPolicy()
        for _ in 0..<4 { #expect(policy.died(uptime: .seconds(8)) != .giveUp) }
        #expect(policy.died(uptime: .seconds(8)) == .giveUp)
    }

    @Test func whatWasReadyOnceIsNeverGivenUp() {
        var policy = RestartPolicy()
        policy.ready()
        for _ in 0..<50 { #expect(policy.died(uptime: .zero) != .giveUp) }
    }
}

@Suite struct FleetDescriptionTests {
    @Test func byDefaultOneOfEach() throws {
        let names = try FleetDescription().processes.map(\.name)
        #expect(names == ["gateway", "asr-1", "dialog-1", "tts-1", "crm-1"])
    }

    @Test func poolsGrowAndAreLeftOut() throws {
        let processes = try FleetDescription(workers: "asr=2, crm=0").processes
        #expect(processes.map(\.name) == ["gateway", "asr-1", "asr-2", "dialog-1", "tts-1"])
        #expect(processes[2].program == "asr-worker")
    }

    @Test(arguments: ["asr", "asr=", "asr=-1", "asr=65", "voice=1", "asr=1=2", "gateway=2"])
    func whatCannotBeReadIsNamed(_ text: String) {
        let error = #expect(throws: SupervisorError.self) { try FleetDescription(workers: text) }
        #expect(error?.code == .badFleet)
        #expect(error?.message.contains("\"\(text)\"") == true)
    }
}

@Suite struct FleetTests {
    static func seconds(_ value: Double) -> Duration { .milliseconds(Int64(value * 1000)) }

    /// A small running fleet: gateway, asr-1, tts-1.
    static func running(ready: Bool = true) throws -> Fleet {
        var fleet = Fleet(try FleetDescription(workers: "dialog=0,crm=0"))
        #expect(fleet.begin(at: .zero) == [.start("gateway"), .start("asr-1"), .start("tts-1")])
        if ready { for name in ["gateway", "asr-1", "tts-1"] { fleet.becameReady(name) } }
        return fleet
    }

    @Test func whatDiesComesBackAfterItsDelay() throws {
        var fleet = try Self.running()
        #expect(fleet.deadline == nil)
        #expect(fleet.died("asr-1", .signalled(9), at: Self.seconds(30)) == [])
        #expect(fleet.members[1].ready == false)
        #expect(fleet.deadline == Self.seconds(30.2))
        #expect(fleet.tick(at: Self.seconds(30.199)) == [])
        #expect(fleet.tick(at: Self.seconds(30.2)) == [.start("asr-1")])
        #expect(fleet.members[1].restarts == 1)
        #expect(fleet.deadline == nil)
    }

    @Test func twoDeathsAtOnceAreTwoRestarts() throws {
        var fleet = try Self.running()
        _ = fleet.died("asr-1", .signalled(9), at: Self.seconds(30))
        _ = fleet.died("tts-1", .signalled(9), at: Self.seconds(30))
        #expect(fleet.tick(at: Self.seconds(31)) == [.start("asr-1"), .start("tts-1")])
    }

    @Test func theGatewayEndsFirst() throws {
        var fleet = try Self.running()
        #expect(fleet.requestEnd(at: Self.seconds(5)) == [.terminate("gateway")])
        #expect(fleet.died("gateway", .exited(0), at: Self.seconds(6)) == [.terminate("asr-1"), .terminate("tts-1")])
        #expect(fleet.died("tts-1", .exited(0), at: Self.seconds(6)) == [])
        #expect(fleet.died("asr-1", .exited(0), at: Self.seconds(7)) == [.finish(0)])
        #expect(fleet.deadline == nil)
    }

    @Test func nothingIsRestartedDuringTheEnd() throws {
        var fleet = try Self.running()
        _ = fleet.requestEnd(at: .zero)
        #expect(fleet.died("asr-1", .signalled(11), at: Self.seconds(1)) == [])
        #expect(fleet.tick(at: Self.seconds(2)) == [])
    }

    @Test func whatWaitsForItsRestartDoesNotDelayTheEnd() throws {
        var fleet = try Self.running()
        _ = fleet.died("gateway", .signalled(9), at: Self.seconds(5))
        #expect(fleet.requestEnd(at: Self.seconds(5)) == [.terminate("asr-1"), .terminate("tts-1")])
        _ = fleet.died("asr-1", .exited(0), at: Self.seconds(6))
        #expect(fleet.died("tts-1", .exited(0), at: Self.seconds(6)) == [.finish(0)])
    }

    @Test func whatDoesNotEndIsKilledAndTheEndIsNotClean() throws {
        var fleet = try Self.running()
        _ = fleet.requestEnd(at: .zero)
        #expect(fleet.deadline == Self.seconds(7))
        #expect(
            fleet.tick(at: Self.seconds(7)) == [
                .reportOverdue("gateway"), .kill("gateway"), .terminate("asr-1"), .terminate("tts-1"),
            ])
        #expect(fleet.died("gateway", .signalled(9), at: Self.seconds(7)) == [])
        #expect(fleet.died("asr-1", .exited(0), at: Self.seconds(8)) == [])
        #expect(fleet.deadline == Self.seconds(10))
        #expect(fleet.tick(at: Self.seconds(10)) == [.reportOverdue("tts-1"), .kill("tts-1")])
        #expect(fleet.died("tts-1", .signalled(9), at: Self.seconds(10)) == [.finish(1)])
    }

    @Test func aSecondRequestDoesNotWait() throws {
        var fleet = try Self.running()
        _ = fleet.requestEnd(at: .zero)
        let kills = fleet.requestEnd(at: .zero).filter { if case .kill = $0 { true } else { false } }
        #expect(kills == [.kill("gateway"), .kill("asr-1"), .kill("tts-1")])
        #expect(fleet.requestEnd(at: .zero) == [])
    }

    @Test(arguments: [(Termination.exited(78), Int32(78)), (.exited(0), 1), (.signalled(4), 132)])
    func aProcessThatNeverComesUpEndsTheFleet(_ termination: Termination, _ code: Int32) throws {
        var fleet = try Self.running(ready: false)
        var now = Duration.zero
        for _ in 0..<4 {
            #expect(fleet.died("asr-1", termination, at: now) == [])
            now = try #require(fleet.deadline)
            #expect(fleet.tick(at: now) == [.start("asr-1")])
        }
        #expect(now == Self.seconds(0.2 + 0.4 + 0.8 + 1.6))
        #expect(fleet.died("asr-1", termination, at: now) == [.reportFault("asr-1", termination), .terminate("gateway")])
        _ = fleet.died("gateway", .exited(0), at: now)
        #expect(fleet.died("tts-1", .exited(0), at: now) == [.finish(code)])
    }
}

@Suite struct OutputTests {
    @Test func linesAreCutWhereverTheBytesAreCut() {
        var splitter = LineSplitter()
        #expect(splitter.feed(Array("one\ntw".utf8)) == [Array("one".utf8)])
        #expect(splitter.feed(Array("o\n\nthree".utf8)) == [Array("two".utf8), []])
        #expect(splitter.finish() == Array("three".utf8))
        #expect(splitter.finish() == nil)
    }

    @Test func anEndlessLineIsCut() {
        var splitter = LineSplitter()
        let lines = splitter.feed([UInt8](repeating: 65, count: LineSplitter.longestLine * 2 + 5))
        #expect(lines.map(\.count) == [LineSplitter.longestLine, LineSplitter.longestLine])
        #expect(splitter.finish()?.count == 5)
    }

    @Test func theTailKeepsTheLast() {
        var tail = Tail()
        for number in 0..<UInt8(Tail.length + 3) { tail.append([number]) }
        #expect(tail.lines.count == Tail.length)
        #expect(tail.lines.first == [3])
    }

    @Test func anUnreadPipeDropsAndCounts() throws {
        let (read, write) = try Descriptor.pipe()
        let sink = LineSink(descriptor: write.number)
        let line = [UInt8](repeating: 65, count: 4000)
        for _ in 0..<400 {
            sink.append(prefix: "x", line)
            sink.flush()
        }
        #expect(sink.dropped > 100)
        #expect(sink.isEmpty == false)
        withExtendedLifetime((read, write)) {}
    }

    @Test func notificationsAreRead() {
        let notification = Notification("STATUS=12 calls\nREADY=1\nWATCHDOG=1\n")
        #expect(notification.ready)
        #expect(notification.stopping == false)
        #expect(notification.status == "12 calls")
        #expect(Notification("READY=0").ready == false)
    }
}
