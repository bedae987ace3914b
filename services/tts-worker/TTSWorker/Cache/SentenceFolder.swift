import Glibc
import Synchronization

/// A folder of sentences that several processes may share: each file is written under another name and renamed, so that it is whole or not
/// there. Bounded by a sweep that removes what was not used for the longest time. Used on one thread; every call blocks.
final class SentenceFolder {
    struct Limits: Sendable, Equatable {
        /// Of all files.
        var bytes: Int
        /// What was not used for so long goes, whatever the room: sentences may hold what a caller said.
        var seconds = 30 * 86_400
    }

    enum Finding: Equatable {
        case audio([UInt8])
        case nothing
        /// It was there and no sentence, and has been removed.
        case damaged
    }

    private static let suffix = ".ulaw"
    private static let temporarySuffix = ".part"
    /// A temporary file older than this was left by a process that has died.
    private static let temporarySeconds = 600
    /// With several processes, each writes up to this share of the limit before it looks what the others have written.
    private static let shareBetweenSweeps = 16
    /// A sweep makes room for more than the next sentence.
    private static let fillAfterSweep = 0.9
    /// Of temporary files: two of this process never have one name.
    private static let number = Atomic<Int>(0)

    private let path: String
    private let limits: Limits
    private var known = 0
    private var written = 0
    private var swept = false
    private var lock: CInt?

    /// - Throws: `VoiceFailure` when the folder cannot be made or written.
    init(path: String, limits: Limits) throws {
        self.path = path
        self.limits = limits
        var made = ""
        for part in path.split(separator: "/") {
            made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/\(part)"
            guard mkdir(made, 0o700) == 0 || errno == EEXIST || errno == EROFS || errno == EACCES else { break }
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw VoiceFailure(
                code: .unavailable,
                message: "MAANE_TTS_CACHE_DIR: \(path) cannot be made or written (errno \(errno)); choose a folder that this user may write.")
        }
    }

    deinit { releaseWarming() }

    /// The sentence, which counts as used now.
    func read(_ name: String) -> Finding {
        let file = file(name)
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .nothing }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .nothing }
        let size = Int(status.st_size)
        var bytes: [UInt8] = []
        if size <= SentenceFile.headerBytes + SentenceFile.largestAudio { bytes = Self.read(descriptor, size) }
        guard let audio = SentenceFile.decode(bytes) else {
            unlink(file)
            return .damaged
        }
        futimens(descriptor, nil)
        return .audio(audio)
    }

    /// Whether it was written. A failure is the disk's: it is full, or gone.
    func write(_ name: String, _ audio: [UInt8]) -> Bool {
        let number = Self.number.add(1, ordering: .relaxed).newValue
        let temporary = "\(path)/\(name).\(getpid()).\(number)\(Self.temporarySuffix)"
        let bytes = SentenceFile.encode(audio)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        // Not synchronised: after a loss of power the digest tells what is whole.
        let isWhole = Self.write(descriptor, bytes)
        close(descriptor)
        guard isWhole, rename(temporary, file(name)) == 0 else {
            unlink(temporary)
            return false
        }
        written += bytes.count
        return true
    }

    var needsSweep: Bool { !swept || known + written > limits.bytes || written > limits.bytes / Self.shareBetweenSweeps }

    /// Removes what is too old, what dead processes have left, and then what was unused for the longest time until there is room.
    /// - Returns: bytes that are left.
    @discardableResult func sweep(now: Int = time(nil)) -> Int {
        var files: [(name: String, bytes: Int, used: timespec)] = []
        for name in Self.names(path) {
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            let age = now - status.st_mtim.tv_sec
            if name.hasSuffix(Self.temporarySuffix), age > Self.temporarySeconds { unlink("\(path)/\(name)") }
            guard name.hasSuffix(Self.suffix) else { continue }
            if age > limits.seconds {
                unlink("\(path)/\(name)")
            } else {
                files.append((name, Int(status.st_size), status.st_mtim))
            }
        }
        var total = files.reduce(0) { $0 + $1.bytes }
        if total > limits.bytes {
            files.sort { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) }
            let goal = Int(Double(limits.bytes) * Self.fillAfterSweep)
            for file in files where total > goal {
                unlink("\(path)/\(file.name)")
                total -= file.bytes
            }
        }
        (known, written, swept) = (total, 0, true)
        return total
    }

    /// Of several processes one warms the folder. False: another does.
    func claimWarming() -> Bool {
        let descriptor = open("\(path)/warming.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return false
        }
        lock = descriptor
        return true
    }

    func releaseWarming() {
        if let lock { close(lock) }
        lock = nil
    }

    private func file(_ name: String) -> String { "\(path)/\(name)\(Self.suffix)" }

    private static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
                })
        }
        return names
    }

    /// As many bytes as there are, up to `count` and one: a file that has grown is none of ours.
    private static func read(_ descriptor: CInt, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, filled in
            filled = 0
            while filled < buffer.count, let base = buffer.baseAddress {
                let got = Glibc.read(descriptor, base + filled, buffer.count - filled)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
        }
    }

    private static func write(_ descriptor: CInt, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count, let base = buffer.baseAddress {
                let count = Glibc.write(descriptor, base + done, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
