import Glibc
import Supervisor

/// A variable of the environment; nil when it is unset or empty.
func variable(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
}

/// The whole environment as `NAME=value`.
func environment() -> [String] {
    // `environ` is a mutable global, which Swift 6 does not let us read; the kernel's copy of it is the same, as nothing here changes it.
    guard let bytes = readAll("/proc/self/environ") else { return [] }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
}

/// Where this program lies, links resolved.
func ownDirectory() throws -> String {
    guard let resolved = realpath("/proc/self/exe", nil) else {
        throw SupervisorError(.missingProgram, "Cannot find the directory of this program. Name the programs' directory with --bin.")
    }
    defer { free(resolved) }
    return String(cString: dirname(resolved))
}

func complain(_ message: String) {
    let line = Array("\(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}

private func readAll(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { result += chunk.prefix(count) }
    return result
}
