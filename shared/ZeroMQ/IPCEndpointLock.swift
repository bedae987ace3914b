import Glibc
import Synchronization

/// The right to bind an ipc endpoint. Take it before binding and keep it while bound.
///
/// ZeroMQ removes an existing socket file and binds anew, with success, while the first owner goes deaf: measured, and no error
/// anywhere. The lock is a flock(2) on `<path>.lock`: the kernel releases it when its owner dies, however it dies.
package final class IPCEndpointLock: Sendable {
    /// The socket file.
    package let path: String
    /// What to give to ``ZeroMQSocket/bind(_:)``.
    package var endpoint: String { "ipc://" + path }

    private let descriptor: Mutex<CInt>

    /// Takes the lock and removes a socket file that a dead owner left behind.
    ///
    /// - Parameter path: of the socket; at most 107 bytes, the room in sockaddr_un. Its directory must exist.
    /// - Throws: ``ZeroMQError`` with `endpointTaken` if a live process has the lock, `endpointPath` if the path cannot be used.
    package init(path: String) throws(ZeroMQError) {
        guard path.utf8.count <= 107, !path.utf8.contains(0), !path.isEmpty else {
            throw ZeroMQError(
                code: .endpointPath, errno: ENAMETOOLONG,
                message: "The socket path has \(path.utf8.count) bytes; 1 to 107 are possible. Use a shorter runtime directory: \(path)")
        }
        let lockPath = path + ".lock"
        // Close-on-exec: a child process would otherwise keep the lock after its owner's end.
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw ZeroMQError(
                code: .endpointPath, errno: errno,
                message: "\(lockPath) cannot be opened (errno \(errno)). Create the runtime directory and give it to the user of the service.")
        }
        var result: CInt
        repeat { result = flock(descriptor, LOCK_EX | LOCK_NB) } while result != 0 && errno == EINTR
        guard result == 0 else {
            let number = errno
            Glibc.close(descriptor)
            throw ZeroMQError(
                code: .endpointTaken, errno: number,
                message: "Another process is bound at \(path). Stop it first, or give this one another runtime directory.")
        }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                Glibc.close(descriptor)
                throw ZeroMQError(
                    code: .endpointPath, errno: EEXIST,
                    message: "\(path) exists and is not a socket. Move it away, or use another runtime directory.")
            }
            unlink(path)
        }
        self.path = path
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Gives the right back. Close the socket first. The lock file stays: removing it would let two processes lock two files of
    /// the same name.
    package func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            Glibc.close(descriptor)
            descriptor = -1
        }
    }
}
