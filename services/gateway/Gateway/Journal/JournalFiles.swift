import GRDB
import Glibc

/// Names, sizes and renamings of the journal's files.
enum JournalFiles {
    static let name = "journal.sqlite"
    private static let suffixes = ["", "-wal", "-shm"]

    /// Makes the directory and an empty file that only its owner may read: what callers say stands in it. SQLite gives its other files the same mode.
    static func create(_ directory: String) throws {
        var path = ""
        for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
            path += part + "/"
            if mkdir(path, 0o700) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS, errno != EACCES { throw failure("make \(path)", errno) }
        }
        let file = directory + "/" + name
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open \(file)", errno) }
        close(descriptor)
    }

    private static func failure(_ what: String, _ code: CInt) -> DatabaseError {
        DatabaseError(resultCode: code == ENOSPC ? .SQLITE_FULL : .SQLITE_CANTOPEN, message: "cannot \(what): \(String(cString: strerror(code)))")
    }

    static func size(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Renames `journal.sqlite*` to `journal.corrupt-<seconds>*`. The write-ahead log and its index go with their file.
    /// - Returns: the new name of the file, or nil when nothing could be renamed.
    static func setAside(_ directory: String, unixSeconds: Int64) -> String? {
        var target = "\(directory)/journal.corrupt-\(unixSeconds)"
        var attempt = 1
        while access(target, F_OK) == 0 {
            attempt += 1
            target = "\(directory)/journal.corrupt-\(unixSeconds)-\(attempt)"
        }
        var renamed = false
        for suffix in suffixes where rename("\(directory)/\(name)\(suffix)", target + suffix) == 0 { renamed = true }
        return renamed ? target : nil
    }
}

/// What a failure of SQLite asks for.
enum JournalFault: Equatable {
    /// The file is damaged: a new one takes its place.
    case corrupt
    /// No room. What was acknowledged may make some.
    case full
    /// The disk, the rights or another process are in the way: later again.
    case unavailable
    /// One of the records is at fault, not the disk.
    case record

    init(_ error: any Error) {
        guard let error = error as? DatabaseError else {
            self = .record
            return
        }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt
        case .SQLITE_FULL: self = .full
        case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE: self = .record
        default: self = .unavailable
        }
    }
}
