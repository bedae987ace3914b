import Glibc

/// The fleet's public TCP socket. The supervisor keeps it open over restarts of the gateway, so that connections wait
/// in the kernel's queue instead of being refused.
package struct ListeningSocket {
    /// Calls that begin while the gateway restarts wait here; the kernel caps it at net.core.somaxconn.
    static let backlog: Int32 = 1024

    let descriptor: Descriptor
    /// The port in use, also when 0 was asked for.
    package let port: UInt16

    /// - Parameters:
    ///   - host: an IPv4 address of this machine; 0.0.0.0 is every one.
    ///   - port: 0 lets the kernel choose.
    /// - Throws: `portInUse` or `badPort`, with the remedy.
    package init(host: String, port: UInt16) throws {
        let descriptor = try Descriptor.owning(
            socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "Cannot open a socket")
        // Without it a port is refused for a minute after the last run, while its connections are in TIME_WAIT.
        var on: Int32 = 1
        setsockopt(descriptor.number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))

        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw SupervisorError(.badPort, "\"\(host)\" is no IPv4 address. Use 0.0.0.0 for every interface or 127.0.0.1 for this machine only.")
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fault = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(descriptor.number, generic, length) == 0,
                    // Linux reports a port that another socket listens on here, when both set SO_REUSEADDR.
                    listen(descriptor.number, Self.backlog) == 0,
                    getsockname(descriptor.number, generic, &length) == 0
                else { return errno }
                return 0
            }
        }
        switch fault {
        case 0: break
        case EADDRINUSE:
            throw SupervisorError(
                .portInUse,
                "Port \(port) is already in use. Choose another one, for instance PORT=\(port < 60000 ? port + 1 : 8080), "
                    + "or end the program that holds it (`ss -ltnp 'sport = :\(port)'` names it).")
        case EACCES:
            throw SupervisorError(.badPort, "Port \(port) needs root's rights. Choose a PORT of 1024 or above.")
        case EADDRNOTAVAIL:
            throw SupervisorError(.badPort, "\(host) is no address of this machine. Use 0.0.0.0 for every interface.")
        default:
            throw SupervisorError.system("Cannot listen on \(host) port \(port)", fault)
        }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
    }
}
