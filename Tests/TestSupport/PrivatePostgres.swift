import EventThread
import Glibc
import Synchronization

/// A PostgreSQL server of the test process's own: one cluster per process, one database per test.
///
/// The server listens on a Unix socket in a directory of its own, never on the network. It ends, and its files go, when the test
/// process ends, however that happens: a shell watches a pipe that only the test process holds open.
package final class PrivatePostgres: Sendable {
    /// The directory of the socket: libpq's `host`.
    package let host: String
    /// The superuser; no password.
    package let user = "postgres"

    private let binaries: String
    private let watch: Process
    private let worker: WorkerThread<Void>
    private let lastDatabase = Atomic<Int>(0)

    /// Whether Debian's PostgreSQL server is installed. For `.enabled(if:)`.
    package static var isInstalled: Bool { binaries != nil }

    /// The cluster of this process, started by the first who asks.
    package static func shared() async throws -> PrivatePostgres { try await start.value }

    private static let start = Task { try await PrivatePostgres() }

    private init() async throws {
        guard let binaries = Self.binaries else {
            throw TestSupportError(message: "PostgreSQL is not installed. Install the package postgresql.")
        }
        self.binaries = binaries
        // Starting takes seconds and blocks; not on the cooperative pool.
        let worker = try await WorkerThread(name: "private-postgres")
        self.worker = worker
        (host, watch) = try await worker.run { _ in try Self.start(binaries) }
    }

    /// A new, empty database.
    ///
    /// - Returns: its name.
    package func makeDatabase() async throws -> String {
        let name = "test_\(lastDatabase.add(1, ordering: .relaxed).newValue)"
        let arguments = [binaries + "/psql", "-X", "-q", "-h", host, "-U", user, "-d", "postgres", "-c", "CREATE DATABASE \(name)"]
        try await worker.run { _ in try Process(arguments).expectSuccess() }
        return name
    }

    /// Debian puts the server's programs outside PATH, one folder per major version; the newest wins.
    private static let binaries: String? = {
        let root = "/usr/lib/postgresql"
        guard let directory = opendir(root) else { return nil }
        defer { closedir(directory) }
        var versions: [Int] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if let version = Int(name), access("\(root)/\(name)/bin/initdb", X_OK) == 0 { versions.append(version) }
        }
        return versions.max().map { "\(root)/\($0)/bin" }
    }()

    private static func start(_ binaries: String) throws -> (host: String, watch: Process) {
        var template = Array("\(P_tmpdir)/pg.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestSupportError(message: "No directory for PostgreSQL could be made (errno \(errno)).")
        }
        let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        var asOwner: [String] = []
        if geteuid() == 0 {
            // PostgreSQL refuses to run as root.
            guard let owner = getpwnam("postgres") else {
                throw TestSupportError(message: "There is no user postgres. Install the package postgresql-common.")
            }
            chown(directory, owner.pointee.pw_uid, owner.pointee.pw_gid)
            asOwner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        }
        let prefix = asOwner.joined(separator: " ")
        let data = directory + "/data"
        // The pipe ends with the test process, and `cat` with the pipe. TERM ends a server that has no handlers yet, INT then makes
        // the shutdown a fast one, which does not wait for clients.
        let script = """
            cd /
            if \(prefix) \(binaries)/initdb -D \(data) -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync </dev/null; then
                \(prefix) \(binaries)/postgres -D \(data) -k \(directory) -c listen_addresses='' -c fsync=off \
                    -c full_page_writes=off -c max_connections=50 -c shared_buffers=16MB >\(directory)/log 2>&1 </dev/null &
                cat >/dev/null
                kill -TERM $!; kill -INT $!; wait $!
            fi
            rm -rf \(directory)
            """
        let watch = try Process(["/bin/sh", "-c", script], keepsInputOpen: true)
        for _ in 0..<600 {
            if try Process([binaries + "/pg_isready", "-q", "-h", directory]).wait() == 0 { return (directory, watch) }
            usleep(50_000)
        }
        throw TestSupportError(message: "PostgreSQL did not start within 30 s. Run initdb and postgres by hand to see why.")
    }
}

/// A child process. Blocks its thread while it waits.
private final class Process: Sendable {
    private let pid: pid_t
    private let name: String
    /// The end of the pipe that is the child's input.
    private let input: CInt

    init(_ arguments: [String], keepsInputOpen: Bool = false) throws {
        name = arguments[0]
        var pipe: [CInt] = [-1, -1]
        // Close-on-exec from the start: a child that another test makes meanwhile must not hold it open. pipe2 is not imported.
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pipe) == 0 else {
            throw TestSupportError(message: "No pipe (errno \(errno)).")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Event threads block signals, and a child inherits that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A process group of its own: an interrupt from the keyboard must not end the shell that cleans up.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP))
        var argv = arguments.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"].map { (entry: String) in strdup(entry) } + [nil]
        defer { environment.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, &environment)
        close(pipe[0])
        self.pid = pid
        input = pipe[1]
        if !keepsInputOpen || code != 0 { close(pipe[1]) }
        guard code == 0 else { throw TestSupportError(message: "\(arguments[0]) could not be run (errno \(code)).") }
    }

    /// The exit code, or -1 if it was killed.
    func wait() throws -> CInt {
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw TestSupportError(message: "\(name) cannot be waited for (errno \(errno)).") }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
    }

    func expectSuccess() throws {
        let code = try wait()
        guard code == 0 else { throw TestSupportError(message: "\(name) ended with code \(code).") }
    }
}
