import Glibc

/// A new directory with a short path, removed with everything in it when the value is released.
///
/// Short, because the path of a Unix socket holds at most 107 bytes.
package final class TemporaryDirectory: Sendable {
    /// Absolute, without a trailing slash.
    package let path: String

    package init() throws(TestSupportError) {
        var template = Array("\(P_tmpdir)/t.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestSupportError(message: "No temporary directory could be made (errno \(errno)).")
        }
        path = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    }

    deinit { removeTree(path) }
}

/// Removes a file, or a directory with everything in it, without following links.
private func removeTree(_ path: String) {
    guard remove(path) != 0, let directory = opendir(path) else { return }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    closedir(directory)
    for name in names { removeTree(path + "/" + name) }
    remove(path)
}

/// Why a helper of the tests could not do its work.
package struct TestSupportError: Error, Sendable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    package init(message: String) { self.message = message }
}
