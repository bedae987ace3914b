import Glibc
import ZeroMQ

/// Key files: one key per line in Z85; what follows a blank, lines that begin with `#` and empty lines are remarks. (`#` is a character of
/// Z85, too: a whole key is taken for a key wherever it stands first.)
package enum BusKeyFiles {
    /// The largest file that is read: some thousand workers.
    private static let maximumBytes = 1 << 18

    /// What tells that a file is another one than before.
    struct Stamp: Equatable, Sendable {
        private let device, inode: UInt64
        private let size, seconds, nanoseconds: Int

        /// All zero for a file that is not there.
        init(_ path: String) {
            var status = stat()
            if stat(path, &status) != 0 { status = stat() }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    package static func oneKey(in path: String, secret: Bool) throws(BusKeyError) -> CurveKey {
        let keys = try keys(in: path, secret: secret)
        guard keys.count == 1 else {
            throw BusKeyError(code: .form, message: "\(path) holds \(keys.count) keys and should hold one. Make a pair with maane-keys.")
        }
        return keys[0]
    }

    package static func keys(in path: String, secret: Bool) throws(BusKeyError) -> [CurveKey] {
        var keys: [CurveKey] = []
        for (number, line) in try read(path, secret: secret).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = line.drop { $0 == " " || $0 == "\t" }.prefix { !($0 == " " || $0 == "\t" || $0 == "\r") }
            if let key = CurveKey(z85: String(text)) {
                keys.append(key)
            } else if !text.isEmpty, text.first != "#" {
                // Not quoted: it may be most of a secret.
                throw BusKeyError(
                    code: .form,
                    message:
                        "\(path), line \(number + 1): a key is 40 characters of Z85 and this has \(text.utf8.count). Copy it whole from the file that maane-keys wrote."
                )
            }
        }
        return keys
    }

    private static func read(_ path: String, secret: Bool) throws(BusKeyError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw BusKeyError(
                code: .file, message: "\(path) cannot be opened. Correct the path, or let the user of the service read it.",
                cause: SystemErrorNumber(number: errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumBytes else {
            throw BusKeyError(code: .form, message: "\(path) is no key file: it is no regular file, or too large. Make one with maane-keys.")
        }
        // The group may read: systemd hands credentials over so.
        if secret, status.st_mode & 0o027 != 0 {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw BusKeyError(
                code: .permissions,
                message:
                    "\(path) holds a secret key and others have access to it (mode \(mode)). Run chmod 600 on it; if others may have read it, make a new pair."
            )
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw BusKeyError(
                    code: .file, message: "\(path) cannot be read. Check the disk and the permissions.", cause: SystemErrorNumber(number: errno))
            }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
            guard bytes.count <= maximumBytes else { throw BusKeyError(code: .form, message: "\(path) is no key file: it is too large.") }
        }
    }

    /// Writes `<path>.secret`, for its owner alone, and `<path>.public`. Overwrites nothing.
    package static func write(_ pair: CurveKeyPair, to path: String) throws(BusKeyError) {
        let (secret, open) = (path + ".secret", path + ".public")
        for file in [secret, open] where access(file, F_OK) == 0 {
            throw BusKeyError(code: .exists, message: "\(file) is there already and is not overwritten. Move it away, or choose another name.")
        }
        try create(secret, mode: 0o600, "# Secret key of a Maane process on the bus. Keep it on this machine.\n\(pair.secretKey.z85)\n")
        do throws(BusKeyError) {
            try create(open, mode: 0o644, "# Public key of a Maane process on the bus.\n\(pair.publicKey.z85)\n")
        } catch {
            unlink(secret)
            throw error
        }
    }

    private static func create(_ path: String, mode: mode_t, _ content: String) throws(BusKeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            let number = errno
            throw BusKeyError(
                code: number == EEXIST ? .exists : .file,
                message: "\(path) cannot be created. See that its directory exists and is writable, and that the file is not there.",
                cause: SystemErrorNumber(number: number))
        }
        let bytes = Array(content.utf8)
        let written = Glibc.write(descriptor, bytes, bytes.count)
        let number = errno
        guard close(descriptor) == 0, written == bytes.count else {
            unlink(path)
            throw BusKeyError(code: .file, message: "\(path) could not be written. Make room on the disk.", cause: SystemErrorNumber(number: number))
        }
    }
}
