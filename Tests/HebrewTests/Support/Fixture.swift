import Glibc
import Testing

/// Tables of cases in Fixtures: fields between tabs; lines that begin with "# " are about the file, ␤ in a field is a line feed.
enum Fixture {
    static func lines(_ name: String) throws -> [(number: Int, fields: [String])] {
        var result: [(Int, [String])] = []
        for (index, line) in try text("Fixtures/" + name).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { $0.replacing("␤", with: "\n") }
            // A heading of Markdown begins with "# " too, but has its fields.
            guard fields.count >= 3, fields[0] != "# input" else { continue }
            result.append((index + 1, fields.map { String($0) }))
        }
        return result
    }

    /// A file beside the tests.
    static func text(_ name: String) throws -> String {
        let path = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/" + name
        let file = try #require(fopen(path, "r"), "\(path)")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
