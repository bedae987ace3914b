import CSupervisorShims
import Glibc

/// What a process says to its service manager (sd_notify(3)): lines of `NAME=value` in one datagram.
package struct Notification: Sendable, Equatable {
    /// `READY=1`
    package var ready = false
    /// `STOPPING=1`
    package var stopping = false
    /// `STATUS=…`, one line for people.
    package var status: String?

    package init(_ text: String) {
        for line in text.split(separator: "\n") {
            switch line {
            case "READY=1": ready = true
            case "STOPPING=1": stopping = true
            case _ where line.hasPrefix("STATUS="): status = String(line.dropFirst("STATUS=".count))
            // WATCHDOG=1, MAINPID= and whatever comes later: valid, of no use here.
            default: break
            }
        }
    }
}

/// The socket behind NOTIFY_SOCKET. One for the whole fleet: the kernel tells the sender's pid, so a process can only
/// speak for itself. It has no path, so nothing is left behind and no directory name is too long.
package final class NotifySocket {
    /// systemd's own limit is a page; a longer datagram is cut.
    private static let longest = 4096

    let descriptor: Descriptor
    /// The value of NOTIFY_SOCKET; `@` stands for the abstract namespace.
    package let address: String

    package init(name: String) throws {
        descriptor = try Descriptor.owning(supervisor_notify_socket(name), "Cannot open the notification socket")
        address = "@\(name)"
    }

    /// The next waiting notification and the pid of its sender; nil when none waits.
    package func receive() -> (sender: pid_t, notification: Notification)? {
        var sender: pid_t = 0
        var bytes = [UInt8](repeating: 0, count: Self.longest)
        let count = bytes.withUnsafeMutableBytes {
            supervisor_notify_receive(descriptor.number, $0.baseAddress, $0.count, &sender)
        }
        guard count >= 0 else { return nil }
        return (sender, Notification(String(decoding: bytes.prefix(count), as: UTF8.self)))
    }
}
