import Yams

/// Collects what is wrong in one file.
final class FaultLog {
    let file: String
    private var faults: [BusinessFault] = []
    init(file: String) { self.file = file }

    func add(_ code: BusinessFault.Code, _ line: Int?, _ problem: String, _ remedy: String) {
        faults.append(BusinessFault(code: code, file: file, line: line, problem: problem, remedy: remedy))
    }

    /// By line, as an editor would walk through them. Stable for faults of one line.
    var sorted: [BusinessFault] {
        faults.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }.map(\.element)
    }
}

/// A value and the line where it stands.
struct Located<Value> {
    let value: Value
    let line: Int?
}

/// One mapping of the file, read key by key. A fault is logged and an empty value returned: reading goes on to find the next fault.
struct YAMLSection {
    let what: String
    let line: Int?
    let log: FaultLog
    private let entries: [String: Node]
    /// Keys in the order of the file.
    let keys: [Located<String>]

    /// - Parameter fields: the keys that may stand here; nil when the keys are names of the owner's.
    init(_ node: Node?, what: String, fields: [String]?, log: FaultLog, line: Int? = nil) {
        self.what = what
        self.log = log
        self.line = node?.mark?.line ?? line
        guard let mapping = node?.mapping else {
            if node != nil { log.add(.wrongValue, self.line, "\(what) must be a list of `key: value` lines", "Indent its fields under it") }
            entries = [:]
            keys = []
            return
        }
        var entries: [String: Node] = [:]
        var keys: [Located<String>] = []
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            if let fields, !fields.contains(name) {
                log.add(.unknownField, key.mark?.line, "\(what) has no field `\(name)`", "Known fields: \(fields.joined(separator: ", "))")
                continue
            }
            entries[name] = value
            keys.append(Located(value: name, line: key.mark?.line))
        }
        self.entries = entries
        self.keys = keys
    }

    func node(_ key: String) -> Node? { entries[key] }
    func line(of key: String) -> Int? { keys.first { $0.value == key }?.line ?? line }

    func section(_ key: String, _ what: String, fields: [String]?) -> YAMLSection {
        if entries[key] == nil { missing(key) }
        return YAMLSection(entries[key], what: what, fields: fields, log: log, line: line)
    }

    func missing(_ key: String) { log.add(.missing, line, "\(what) has no `\(key)`", "Add `\(key):`") }

    /// nil when absent; a fault when it is there and empty.
    func text(_ key: String) -> Located<String>? {
        guard let node = entries[key] else { return nil }
        return Self.text(node, "`\(key)` of \(what)", log, line: line(of: key)).map { Located(value: $0, line: line(of: key)) }
    }

    func requiredText(_ key: String) -> Located<String> {
        if entries[key] == nil { missing(key) }
        return text(key) ?? Located(value: "", line: line)
    }

    /// A text whose lines are kept, for readers that are no voice. nil when absent; a fault when it is there and empty, too long or no text.
    /// - Parameter longest: characters.
    func prose(_ key: String, longest: Int) -> Located<String>? {
        guard let node = entries[key] else { return nil }
        // The same faults as of any text.
        guard text(key) != nil, let scalar = node.scalar else { return nil }
        let lines = scalar.string.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.lastIndex { !$0.isWhitespace }.map { line[...$0] } ?? ""
        }
        let first = lines.firstIndex { !$0.isEmpty } ?? 0
        let last = lines.lastIndex { !$0.isEmpty } ?? 0
        let value = lines[first...last].joined(separator: "\n")
        if value.count > longest {
            log.add(
                .wrongValue, line(of: key), "`\(key)` of \(what) has \(value.count) characters",
                "Keep it below \(longest): say what matters on the telephone, and leave the rest out")
        }
        if let odd = value.unicodeScalars.first(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }) {
            log.add(
                .wrongValue, line(of: key), "`\(key)` of \(what) holds the control character \(odd.value)", "Remove it")
        }
        return Located(value: value, line: line(of: key))
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int {
        let text = requiredText(key)
        if let value = Int(text.value), range.contains(value) { return value }
        if !text.value.isEmpty {
            log.add(
                .wrongValue, text.line, "`\(key)` of \(what) is `\(text.value)`",
                "Write a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return range.lowerBound
    }

    /// A single text or a list of texts. Empty when absent.
    func texts(_ key: String) -> [Located<String>] {
        guard let node = entries[key] else { return [] }
        let name = "`\(key)` of \(what)"
        guard let sequence = node.sequence else {
            return Self.text(node, name, log, line: line(of: key)).map { [Located(value: $0, line: line(of: key))] } ?? []
        }
        if sequence.isEmpty { log.add(.missing, line(of: key), "\(name) is empty", "Write at least one, or leave the field out") }
        return sequence.compactMap { item in
            Self.text(item, "an item of \(name)", log, line: item.mark?.line).map { Located(value: $0, line: item.mark?.line) }
        }
    }

    func requiredTexts(_ key: String) -> [Located<String>] {
        if entries[key] == nil { missing(key) }
        return texts(key)
    }

    func items(_ key: String) -> [Node] {
        guard let node = entries[key] else { return [] }
        guard let sequence = node.sequence else {
            log.add(.wrongValue, line(of: key), "`\(key)` of \(what) must be a list", "Begin each item with `- `")
            return []
        }
        return Array(sequence)
    }

    static func text(_ node: Node, _ name: String, _ log: FaultLog, line: Int?) -> String? {
        guard let scalar = node.scalar else {
            log.add(.wrongValue, line, "\(name) must be a text", "Write it on one line, in quotes if it has special characters")
            return nil
        }
        let words = scalar.string.split(whereSeparator: \.isWhitespace)
        guard !words.isEmpty else {
            log.add(.missing, line, "\(name) is empty", "Write the text")
            return nil
        }
        return words.joined(separator: " ")
    }
}
