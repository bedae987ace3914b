import CSupervisorShims
import Glibc

/// A running process of the fleet, in a process group of its own.
struct ChildProcess {
    let pid: pid_t
    /// What it writes to its standard output and error.
    let output: Descriptor

    /// How a process is started.
    struct Launch {
        var program: String
        /// `NAME=value`
        var environment: [String]
        /// Becomes descriptor 3, announced by LISTEN_FDS.
        var socket: Descriptor?
    }

    /// `/bin/sh` knows its own pid, which LISTEN_PID must name and posix_spawn cannot; setpriv asks the kernel for a
    /// SIGTERM should the supervisor itself die. Both become the program by exec, so the pid stays.
    private static let wrapper = """
        if [ -n "${LISTEN_FDS:-}" ]; then LISTEN_PID=$$; export LISTEN_PID; fi
        if command -v setpriv >/dev/null; then exec setpriv --pdeathsig TERM -- "$0"; fi
        exec "$0"
        """

    /// To be called on the thread that outlives the fleet: the death signal is sent when the *thread* ends that started the child.
    static func spawn(_ launch: Launch) throws -> ChildProcess {
        let (read, write) = try Descriptor.pipe()

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, write.number, 1)
        posix_spawn_file_actions_adddup2(&actions, write.number, 2)
        if let socket = launch.socket { posix_spawn_file_actions_adddup2(&actions, socket.number, 3) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The supervisor blocks its signals to read them from a descriptor; a child must not inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // A group of its own: Ctrl-C at the terminal reaches only the supervisor, which then ends the fleet in order.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var pid: pid_t = 0
        let fault = withCStrings(["/bin/sh", "-c", wrapper, launch.program]) { arguments in
            withCStrings(launch.environment) { environment in
                posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environment)
            }
        }
        guard fault == 0 else { throw SupervisorError.system("Cannot start \(launch.program)", fault) }
        return ChildProcess(pid: pid, output: read)
    }

    /// How it ended; nil while it runs. Does not reap, so the pid and its group stay ours.
    func observe() -> Termination? {
        var code: Int32 = 0
        return switch supervisor_child_observe(pid, &code) {
        case supervisor_child_exited: .exited(code)
        case supervisor_child_signalled: .signalled(code)
        default: nil
        }
    }

    func terminate() { Glibc.kill(pid, SIGTERM) }

    /// SIGKILL to the process and every helper it started. Only valid before `reap`.
    func killGroup() { Glibc.kill(-pid, SIGKILL) }

    /// Frees the pid of a process whose end was observed.
    func reap() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
}

/// A NULL-terminated C array of the strings, for the time of the call.
private func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
