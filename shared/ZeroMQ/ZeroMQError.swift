import CZMQ

/// Why a ZeroMQ call failed. Full queues and absent peers are outcomes of ``ZeroMQSocket/send(_:)``, not errors.
package struct ZeroMQError: Error, Sendable, CustomStringConvertible {
    /// Open-ended: new codes may come.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// The library could not create a context or a socket.
        package static let create = Code(name: "create")
        /// An option was refused.
        package static let option = Code(name: "option")
        /// An endpoint could not be bound, connected or released.
        package static let endpoint = Code(name: "endpoint")
        /// A message could not be handed over.
        package static let send = Code(name: "send")
        /// A message could not be taken.
        package static let receive = Code(name: "receive")
        /// Waiting for sockets failed.
        package static let poll = Code(name: "poll")
        /// Another process owns the endpoint.
        package static let endpointTaken = Code(name: "endpointTaken")
        /// The path cannot serve as an ipc endpoint.
        package static let endpointPath = Code(name: "endpointPath")
    }

    package let code: Code
    /// The library's or the system's number, 0 if there is none.
    package let errno: CInt
    /// What happened and what helps. Never holds the content of a message.
    package let message: String
    package var description: String { message }

    init(code: Code, errno: CInt, message: String) {
        self.code = code
        self.errno = errno
        self.message = message
    }

    /// For the call that just failed on this thread.
    static func last(_ code: Code, _ what: String, remedy: String) -> ZeroMQError {
        let number = zmq_errno()
        let reason = zmq_strerror(number).map { String(cString: $0) } ?? "errno \(number)"
        return ZeroMQError(code: code, errno: number, message: "\(what): \(reason). \(remedy)")
    }
}
