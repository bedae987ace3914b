import CZMQ

/// A ZeroMQ context: the library's own threads, and the name space of `inproc` endpoints. One per process is enough.
///
/// Sockets keep their context alive; it ends with the last of them.
package final class ZeroMQContext: @unchecked Sendable {
    // Proof: a context is the one ZeroMQ object that the library declares thread-safe, and the pointer never changes.
    let raw: UnsafeMutableRawPointer

    /// - Parameter ioThreads: the library's threads. One carries about a gigabyte per second, by the library's manual.
    package init(ioThreads: CInt = 1) throws(ZeroMQError) {
        guard let raw = zmq_ctx_new() else {
            throw .last(.create, "No ZeroMQ context", remedy: "Raise the limit of open files of the service.")
        }
        self.raw = raw
        zmq_ctx_set(raw, ZMQ_IO_THREADS, ioThreads)
    }

    deinit {
        // Cannot wait: every socket holds the context, so all are closed here, and none lingers longer than it was told to.
        while zmq_ctx_term(raw) != 0 && zmq_errno() == EINTR {}
    }
}
