import Glibc

/// An owned file descriptor.
///
/// Everything the supervisor opens is moved to 10 or above: the small numbers have a meaning in a child (3 is the passed socket).
final class Descriptor {
    let number: Int32

    private init(number: Int32) { self.number = number }

    deinit { close(number) }

    /// Takes over `raw`, which is closed in any case.
    static func owning(_ raw: Int32, _ what: String) throws -> Descriptor {
        guard raw >= 0 else { throw SupervisorError.system(what) }
        let moved = fcntl(raw, F_DUPFD_CLOEXEC, 10)
        let number = errno
        close(raw)
        guard moved >= 0 else { throw SupervisorError.system(what, number) }
        return Descriptor(number: moved)
    }

    /// A pipe; reading does not block.
    static func pipe() throws -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw SupervisorError.system("Cannot make a pipe") }
        let write = Result { try owning(ends[1], "Cannot make a pipe") }
        let read = try owning(ends[0], "Cannot make a pipe")
        guard fcntl(read.number, F_SETFL, O_NONBLOCK) == 0 else { throw SupervisorError.system("Cannot make a pipe") }
        return (read, try write.get())
    }
}
