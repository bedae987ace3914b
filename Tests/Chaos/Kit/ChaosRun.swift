import NIOCore
import NIOPosix
import Synchronization
import TwilioSimulatorKit

/// A whole run: callers without end, the schedule, the end of all calls, and the reading of the turn log.
package struct ChaosRun: Sendable {
    package var plan: ChaosPlan
    package var callers = 20
    /// Calm at the beginning: what is measured there is what chaos is compared with.
    /// The simulated callers' ticks that may be late, in percent. With more than one, the times are the harness's own; what is lost and doubled is
    /// counted all the same.
    package var latePercent = 1
    package var warmUpMs = 12_000
    package var coolDownMs = 8_000
    package var databaseURL: String
    package var place: Executioner.Place
    package var setup: ChaosSetup
    /// What reproduces the run.
    package var command: String
    /// One line for each thing that happens.
    package var print: @Sendable (String) -> Void

    /// Calls are not begun in step.
    private static let staggerMs = 170
    /// After this the callers hang up, answered or not.
    private static let closingLimit = Duration.seconds(60)

    package init(
        plan: ChaosPlan, databaseURL: String, place: Executioner.Place, setup: ChaosSetup, command: String,
        print: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.databaseURL = databaseURL
        self.place = place
        self.setup = setup
        self.command = command
        self.print = print
    }

    private final class Ledger: Sendable {
        let calls = Mutex<[CallRecord]>([])
        let running = Mutex<[Int: ChaosCall]>([:])
        let next = Mutex(0)
    }

    package func run() async throws -> RunRecord {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let board = Board()
        let ledger = Ledger()
        let schedule = ChaosSchedule(plan)
        let executioner = Executioner(schedule: schedule, place: place, board: board, setup: setup, callers: callers, print: print)
        var faults: [String] = []
        let began = await withTaskGroup(of: Void.self) { tasks in
            for slot in 0..<callers { tasks.addTask { await keepCalling(slot, board: board, ledger: ledger, on: group.next()) } }
            try? await Task.sleep(for: .milliseconds(warmUpMs))
            let began = setup.now
            print("\(began) ms  \(board.live) calls are live; \(schedule.events.count) events in \(schedule.duration / 1000) s")
            await executioner.run()
            try? await Task.sleep(for: .milliseconds(coolDownMs))
            board.close()
            let impatience = Task {
                try await Task.sleep(for: Self.closingLimit)
                for call in ledger.running.withLock({ Array($0.values) }) { await call.abandon() }
            }
            await tasks.waitForAll()
            impatience.cancel()
            return began
        }
        let calls = ledger.calls.withLock { $0 }.sorted { $0.began < $1.began }
        var written: [WrittenCall]?
        do {
            let log = try await TurnLog(url: databaseURL)
            try await log.settle(calls: calls.count { $0.streams > 0 })
            written = try await log.read()
            await log.close()
        } catch {
            faults.append("the database: \(error)")
        }
        faults += await executioner.faults
        let (ticks, late) = calls.reduce((0, 0)) { ($0.0 + $1.ticks, $0.1 + $1.lateTicks) }
        if late * 100 > ticks * latePercent { faults.append("the simulated callers fell behind: \(late) of \(ticks) ticks were late; use fewer calls") }
        let record = RunRecord(
            plan: plan, command: command, callers: callers, began: began, ended: setup.now, events: await executioner.struck, calls: calls,
            written: written, faults: faults)
        try? await group.shutdownGracefully()
        return record
    }

    /// One caller after another, so that there are always enough of them.
    private func keepCalling(_ slot: Int, board: Board, ledger: Ledger, on eventLoop: any EventLoop) async {
        try? await Task.sleep(for: .milliseconds(slot * Self.staggerMs))
        while !board.isClosing {
            let index = ledger.next.withLock { next in
                defer { next += 1 }
                return next
            }
            // The first calls end at different times, as later ones do by themselves.
            let longest = setup.caller.utterances
            let utterances = index < callers ? max(1, longest * (index + 1) / callers) : longest
            let call = ChaosCall(setup: setup, board: board, slot: slot, index: index, utterances: utterances, eventLoop: eventLoop)
            ledger.running.withLock { $0[slot] = call }
            let record = await call.run()
            ledger.running.withLock { $0[slot] = nil }
            ledger.calls.withLock { $0.append(record) }
            // A fleet that refuses every call must not be called a thousand times a second.
            // And calls that ended together must not begin together, or all would be at the same point of a turn when the next blow falls.
            let pause = 200 + slot * Self.staggerMs % 3_000
            try? await Task.sleep(for: .milliseconds(record.streams == 0 ? 1_000 + pause : pause))
        }
    }
}
