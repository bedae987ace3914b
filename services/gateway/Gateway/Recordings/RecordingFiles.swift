import CallVocabulary
import Foundation
import Glibc

/// The folder of voice messages. For the recording `RE…` it holds:
/// - `RE….json` while it is on its way,
/// - `RE….wav`, readable by this user only,
/// - `RE….CA….1.done` (or `.lost`), empty, when nothing is left to be done: a late webhook must not begin anew, and after a restart the names of
///   one folder's files say it all.
struct RecordingFiles {
    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ doing: String, _ path: String, _ code: CInt = errno) { description = "\(doing) \(path): \(String(cString: strerror(code)))" }
    }

    private let directory: String
    /// As facts name it: under the state directory.
    private static let folder = "recordings"

    /// - Throws: when the folder cannot be made; the error names the path and the remedy.
    init(stateDirectory: String) throws {
        directory = "\(stateDirectory)/\(Self.folder)"
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw GatewayStartError(
                "MAANE_STATE_DIR: \(directory) cannot be made (\(error.localizedDescription)); choose a directory that this user may write")
        }
    }

    // MARK: - Entries

    func save(_ entry: RecordingEntry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try write([UInt8](try encoder.encode(entry)), to: "\(entry.sid).json")
    }

    /// What an earlier life has left.
    /// - Returns: entries, names of done recordings, and files that could not be read; those are put aside as `.bad`.
    func load() throws -> (entries: [RecordingEntry], done: [(String, RecordingBook.Done)], bad: [String]) {
        var entries: [RecordingEntry] = []
        var done: [(String, RecordingBook.Done)] = []
        var bad: [String] = []
        for name in try names() {
            let parts = name.split(separator: ".")
            if parts.count == 2, parts[1] == "json", RecordingNotice.isSid(parts[0]) {
                if let data = FileManager.default.contents(atPath: path(name)),
                    let entry = try? JSONDecoder().decode(RecordingEntry.self, from: data),
                    entry.sid == parts[0]
                {
                    entries.append(entry)
                } else {
                    bad.append(name)
                    rename(path(name), path("\(name).bad"))
                }
            } else if parts.count == 4, ["done", "lost"].contains(parts[3]), RecordingNotice.isSid(parts[0]), let call = CallID(String(parts[1])),
                let ordinal = Int(parts[2])
            {
                done.append((String(parts[0]), .init(call: call, ordinal: ordinal, isLost: parts[3] == "lost")))
            }
        }
        return (entries.sorted { ($0.at, $0.sid) < ($1.at, $1.sid) }, done, bad)
    }

    /// The entry makes way for the mark that the recording is done. The mark comes first: between the two an entry counts more.
    func finish(_ sid: String, _ done: RecordingBook.Done) throws {
        let mark = "\(sid).\(done.call.rawValue).\(done.ordinal)"
        try write([], to: "\(mark).\(done.isLost ? "lost" : "done")")
        unlink(path("\(mark).\(done.isLost ? "done" : "lost")"))
        guard unlink(path("\(sid).json")) == 0 || errno == ENOENT else { throw Failure("cannot delete", path("\(sid).json")) }
    }

    // MARK: - Audio

    /// - Returns: its path as facts name it.
    func store(_ bytes: [UInt8], of sid: String) throws -> String {
        try write(bytes, to: "\(sid).wav")
        return "\(Self.folder)/\(sid).wav"
    }

    func audio(of sid: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path("\(sid).wav")) else { throw Failure("cannot read", path("\(sid).wav"), ENOENT) }
        return [UInt8](data)
    }

    // MARK: - Retention

    /// Deletes what was last written before a moment. Rows in the database keep the paths.
    /// - Parameters:
    ///   - limit: Unix seconds.
    ///   - kept: recordings on their way.
    /// - Returns: recordings of which nothing is left, and how many voice messages were deleted.
    func sweep(before limit: Int64, keeping kept: Set<String>) throws -> (forgotten: [String], messages: Int) {
        var forgotten: [String] = []
        var messages = 0
        for name in try names() {
            // A file that is being written begins with a dot.
            let sid = String((name.hasPrefix(".") ? name.dropFirst() : name[...]).prefix { $0 != "." })
            guard RecordingNotice.isSid(sid), !kept.contains(sid), let modified = modified(name), modified < limit else { continue }
            guard unlink(path(name)) == 0 else { throw Failure("cannot delete", path(name)) }
            if name.hasSuffix(".wav") { messages += 1 }
            if name.hasSuffix(".done") || name.hasSuffix(".lost") { forgotten.append(sid) }
        }
        return (forgotten, messages)
    }

    // MARK: - The folder

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func names() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw Failure("cannot list", directory)
        }
    }

    private func modified(_ name: String) -> Int64? {
        var status = stat()
        return lstat(path(name), &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
    }

    /// The whole file or none of it, and on the disk when this returns.
    private func write(_ bytes: [UInt8], to name: String) throws {
        let temporary = path(".\(name)")
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Failure("cannot write", temporary) }
        do {
            defer { close(file) }
            var written = 0
            while written < bytes.count {
                let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw Failure("cannot write", temporary) }
                written += count
            }
            guard fsync(file) == 0 else { throw Failure("cannot write", temporary) }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path(name)) == 0 else { throw Failure("cannot rename", temporary) }
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Failure("cannot open", directory) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Failure("cannot write", directory) }
    }
}
