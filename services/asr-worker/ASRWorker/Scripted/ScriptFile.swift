import CallVocabulary
import Foundation
import Glibc

/// What one caller has written down so far: a file that grows by a line of JSON before each utterance.
///
/// A line: `{"frame": 312, "words": [{"word": "שלום", "start": 0, "end": 310}]}`. `frame` is the number of the utterance's first frame on the
/// line, from 0; `start` and `end` are milliseconds from that frame's beginning. Reading blocks: only for a thread of its own.
struct ScriptFile {
    struct Line: Decodable {
        struct Word: Decodable {
            let word: String
            let start: Int
            let end: Int
        }
        let frame: UInt32
        let words: [Word]

        var heard: [ScriptedHearing.Word] {
            let origin = Int(frame) * AudioFrame.milliseconds
            return words.map { .init(text: $0.word, start: origin + $0.start, end: origin + $0.end) }
        }
    }

    private let path: String
    private var descriptor: CInt = -1
    private var rest: [UInt8] = []
    /// Lines that could not be read.
    private(set) var malformed = 0

    init(path: String) { self.path = path }

    /// The lines that have come since the last call; none while there is no file.
    mutating func read() -> [Line] {
        if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            rest += buffer[..<count]
        }
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let complete = rest[..<end].split(separator: UInt8(ascii: "\n"))
        let lines = complete.compactMap { try? JSONDecoder().decode(Line.self, from: Data($0)) }
        malformed += complete.count - lines.count
        rest.removeSubrange(...end)
        return lines
    }

    mutating func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}
