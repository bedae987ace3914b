import CSupervisorShims
import Glibc
import Logging

/// Runs the actions of `Fleet`: one loop over signals, notifications and the output of the processes.
///
/// Everything happens on the thread that calls `run`, which must be the main thread (see `ChildProcess.spawn`).
package final class Runner {
    /// Where programs are, what they are told and where their output goes.
    package struct Settings {
        package var description: FleetDescription
        /// Directory of the programs.
        package var programs: String
        /// One file per process here, instead of everything on standard error.
        package var logDirectory: String?
        /// `NAME=value`, given to every process; the supervisor adds its own.
        package var environment: [String]

        package init(description: FleetDescription, programs: String, logDirectory: String?, environment: [String]) {
            self.description = description
            self.programs = programs
            self.logDirectory = logDirectory
            self.environment = environment
        }
    }

    /// A process's standing between its starts.
    private struct Slot {
        let spec: ProcessSpec
        let sink: LineSink
        var child: ChildProcess?
        var splitter = LineSplitter()
        var tail = Tail()
        var status: String?
    }

    /// Nobody waits longer than this for an unread terminal when all is over.
    private static let lastFlush = Duration.milliseconds(500)
    /// A pipe holds 64 KiB by default.
    private static let readSize = 65536

    private let settings: Settings
    private let listener: ListeningSocket
    private let state: StateDirectory
    private let logger: Logger
    private let notify: NotifySocket
    private let signals: Descriptor
    private let terminal = LineSink(descriptor: STDERR_FILENO)
    private let logFiles: [Descriptor]
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var fleet: Fleet
    private var slots: [String: Slot]
    private var exitCode: Int32?
    private var publishedFaulty = false

    /// - Throws: `missingProgram` when one of the fleet's programs is not there, `systemCall` otherwise.
    package init(settings: Settings, listener: ListeningSocket, state: StateDirectory, logger: Logger) throws {
        for program in Set(settings.description.processes.map(\.program)).sorted()
        where access("\(settings.programs)/\(program)", X_OK) != 0 {
            throw SupervisorError(
                .missingProgram,
                "The program \(program) is not in \(settings.programs). Build it with `make build`, or name the right directory with --bin.")
        }
        self.settings = settings
        self.listener = listener
        self.state = state
        self.logger = logger
        notify = try NotifySocket(name: "maane-supervisor-\(getpid())")
        // A terminal that goes away, or a reader that ends, must not kill the fleet in mid-sentence.
        signal(SIGPIPE, SIG_IGN)
        signals = try Descriptor.owning(supervisor_signalfd(), "Cannot receive signals")
        origin = clock.now
        fleet = Fleet(settings.description)
        var files: [Descriptor] = []
        var slots: [String: Slot] = [:]
        for spec in settings.description.processes {
            var sink = terminal
            if let directory = settings.logDirectory {
                let path = "\(directory)/\(spec.name).log"
                let file = try Descriptor.owning(
                    open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600), "Cannot write \(path)")
                files.append(file)
                sink = LineSink(descriptor: file.number)
            }
            slots[spec.name] = Slot(spec: spec, sink: sink)
        }
        logFiles = files
        self.slots = slots
    }

    /// Keeps the fleet alive until it is asked to end or cannot come up.
    /// - Returns: the exit code.
    package func run() -> Int32 {
        logger.info("FLEET_START", metadata: ["port": "\(listener.port)", "processes": "\(fleet.members.count)"])
        perform(fleet.begin(at: now))
        while exitCode == nil {
            wait()
        }
        drainTerminal()
        state.removeFleetFile()
        let code = exitCode ?? 1
        logger.info("FLEET_END", metadata: ["code": "\(code)"])
        return code
    }

    private var now: Duration { clock.now - origin }

    /// One turn of the loop.
    private func wait() {
        var polled = [
            pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: notify.descriptor.number, events: Int16(POLLIN), revents: 0),
        ]
        let running = slots.values.compactMap { slot in slot.child.map { (slot.spec.name, $0.output.number) } }
        polled += running.map { pollfd(fd: $0.1, events: Int16(POLLIN), revents: 0) }
        if !terminal.isEmpty { polled.append(pollfd(fd: terminal.pollNumber, events: Int16(POLLOUT), revents: 0)) }
        poll(&polled, nfds_t(polled.count), timeout())

        for (index, (name, _)) in running.enumerated() where polled[index + 2].revents != 0 { readOutput(of: name) }
        // Before the signals: a READY followed by a quick death must count as READY.
        readNotifications()
        readSignals()
        perform(fleet.tick(at: now))
        terminal.flush()
    }

    /// Milliseconds until the next deadline, rounded up so that the loop does not spin just before it; -1 without one.
    private func timeout() -> Int32 {
        guard let deadline = fleet.deadline else { return -1 }
        let left = max(.zero, deadline - now)
        return Int32(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func readSignals() {
        while case let number = supervisor_signalfd_read(signals.number), number != 0 {
            if number == SIGCHLD { continue }
            logger.info("FLEET_STOPPING", metadata: ["signal": "\(number)"])
            perform(fleet.requestEnd(at: now))
        }
        // Pending SIGCHLDs merge into one, so every child is looked at.
        for name in slots.keys.sorted() {
            guard let child = slots[name]?.child, let termination = child.observe() else { continue }
            bury(name, child, termination)
        }
    }

    private func bury(_ name: String, _ child: ChildProcess, _ termination: Termination) {
        // Its helpers go with it, as with systemd's control groups.
        child.killGroup()
        readOutput(of: name)
        if let rest = slots[name]?.splitter.finish() { pass(rest, of: name) }
        terminal.flush()
        child.reap()
        slots[name]?.child = nil
        slots[name]?.status = nil
        let level: Logger.Level = fleet.isEnding ? .info : .warning
        let actions = fleet.died(name, termination, at: now)
        publish()
        logger.log(
            level: level, "PROCESS_ENDED", metadata: ["process": "\(name)", "pid": "\(child.pid)", "how": "\(termination)"])
        perform(actions)
    }

    private func readOutput(of name: String) {
        guard let child = slots[name]?.child else { return }
        var bytes = [UInt8](repeating: 0, count: Self.readSize)
        let count = read(child.output.number, &bytes, bytes.count)
        guard count > 0, let lines = slots[name]?.splitter.feed(bytes.prefix(count)) else { return }
        for line in lines { pass(line, of: name) }
    }

    private func pass(_ line: [UInt8], of name: String) {
        slots[name]?.tail.append(line)
        guard let sink = slots[name]?.sink else { return }
        sink.append(prefix: name, line)
        if sink !== terminal { sink.flush() }
    }

    private func readNotifications() {
        while let (sender, notification) = notify.receive() {
            guard let name = slots.values.first(where: { $0.child?.pid == sender })?.spec.name else { continue }
            if let status = notification.status { slots[name]?.status = status }
            if notification.ready { fleet.becameReady(name) }
            // The file before the line: who reads the line finds the file in agreement.
            publish()
            if notification.ready { logger.info("PROCESS_READY", metadata: ["process": "\(name)", "pid": "\(sender)"]) }
        }
    }

    private func perform(_ actions: [Fleet.Action]) {
        for action in actions {
            switch action {
            case .start(let name): start(name)
            case .terminate(let name): slots[name]?.child?.terminate()
            case .kill(let name): slots[name]?.child?.killGroup()
            case .reportOverdue(let name):
                logger.error("PROCESS_OVERDUE", metadata: ["process": "\(name)", "remedy": "it did not end on SIGTERM in time and is killed"])
            case .reportFault(let name, let termination): reportFault(name, termination)
            case .finish(let code): exitCode = code
            }
        }
    }

    private func start(_ name: String) {
        guard let spec = slots[name]?.spec else { return }
        slots[name]?.tail = Tail()
        do {
            let child = try ChildProcess.spawn(
                .init(
                    program: "\(settings.programs)/\(spec.program)",
                    environment: environment(of: spec),
                    socket: spec.role == .gateway ? listener.descriptor : nil))
            slots[name]?.child = child
            publish()
            logger.info("PROCESS_STARTED", metadata: ["process": "\(name)", "pid": "\(child.pid)"])
        } catch {
            // Out of memory or processes: the same delays as for a death, not a crash of the whole fleet.
            pass(Array("\(error)".utf8), of: name)
            perform(fleet.died(name, .exited(127), at: now))
        }
    }

    private func environment(of spec: ProcessSpec) -> [String] {
        let own = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "SWIFT_BACKTRACE", "MAANE_WORKER_NAME", "PORT"]
        var result = settings.environment.filter { entry in !own.contains { entry.hasPrefix("\($0)=") } }
        // A backtrace of a crash takes seconds, which a caller hears as silence.
        result += ["SWIFT_BACKTRACE=enable=no", "NOTIFY_SOCKET=\(notify.address)", "PORT=\(listener.port)"]
        switch spec.role {
        case .gateway: result += ["LISTEN_FDS=1", "LISTEN_FDNAMES=public"]
        case .worker: result.append("MAANE_WORKER_NAME=\(spec.name)")
        }
        return result
    }

    private func reportFault(_ name: String, _ termination: Termination) {
        logger.error(
            "PROCESS_FAULT",
            metadata: [
                "process": "\(name)", "how": "\(termination)",
                "remedy": "it ended \(RestartPolicy.failedBootsAllowed) times before it was ready; its last lines name the reason",
            ])
        // With log files the terminal has not seen them yet; without, they are far up by now.
        for line in slots[name]?.tail.lines ?? [] { terminal.append(prefix: "\(name)!", line) }
        terminal.flush()
    }

    private func publish() {
        let file = FleetFile(
            supervisor: getpid(), port: listener.port,
            processes: fleet.members.map { member in
                let slot = slots[member.spec.name]
                return .init(
                    name: member.spec.name, pid: slot?.child?.pid, restarts: member.restarts, ready: member.ready, status: slot?.status)
            })
        do {
            try file.write(stateDirectory: state.path)
            publishedFaulty = false
        } catch {
            // A full disk does not end calls; told once.
            if !publishedFaulty { logger.error("FLEET_FILE_FAULT", metadata: ["error": "\(error)"]) }
            publishedFaulty = true
        }
    }

    private func drainTerminal() {
        let end = now + Self.lastFlush
        terminal.flush()
        while !terminal.isEmpty, now < end {
            var query = pollfd(fd: terminal.pollNumber, events: Int16(POLLOUT), revents: 0)
            poll(&query, 1, 50)
            terminal.flush()
        }
    }
}
