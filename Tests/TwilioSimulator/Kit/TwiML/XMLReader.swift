/// One XML element, with its text and children in document order.
package struct XMLElement: Sendable, Equatable {
    package var name: String
    package var attributes: [FormField]
    package var children: [XMLElement]
    /// Character data directly inside this element, references resolved.
    package var text: String

    /// The value of an attribute, nil when it is absent.
    package func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
}

/// A strict reader of the XML that TwiML uses: elements, attributes, comments, CDATA, the predefined and numeric references.
///
/// Document types are refused: TwiML has none, and entity definitions are an attack.
package struct XMLReader {
    /// Why a document is not well-formed; becomes error 12100.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let message: String
        package let line: Int
        package var description: String { "\(message) (line \(line))" }
    }

    private let source: [UInt8]
    private var position = 0
    private static let depthLimit = 16

    private init(_ source: [UInt8]) { self.source = source }

    /// Parses a whole document and gives its root element.
    package static func parse(_ bytes: [UInt8]) throws(Malformed) -> XMLElement {
        var reader = XMLReader(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { throw reader.fault("the document is not UTF-8") }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        if reader.take("<?xml") {
            guard let end = reader.find("?>") else { throw reader.fault("XML declaration without end") }
            reader.position = end + 2
        } else if let declaration = reader.find("<?xml"), bytes[..<declaration].allSatisfy({ $0 <= 0x20 }) {
            throw reader.fault("white space before the XML declaration")
        }
        try reader.skipMiscellany()
        let root = try reader.element(depth: 0)
        try reader.skipMiscellany()
        guard reader.position == bytes.count else { throw reader.fault("text after the root element") }
        return root
    }

    private func fault(_ message: String) -> Malformed {
        Malformed(message: message, line: source[..<min(position, source.count)].count { $0 == 0x0A } + 1)
    }

    private mutating func take(_ literal: String) -> Bool {
        guard source[position...].starts(with: literal.utf8) else { return false }
        position += literal.utf8.count
        return true
    }

    private func find(_ literal: String) -> Int? {
        var at = position
        while at < source.count {
            if source[at...].starts(with: literal.utf8) { return at }
            at += 1
        }
        return nil
    }

    private mutating func skipSpace() {
        while position < source.count, [0x20, 0x09, 0x0A, 0x0D].contains(source[position]) { position += 1 }
    }

    private mutating func skipMiscellany() throws(Malformed) {
        while true {
            skipSpace()
            if take("<!--") {
                guard let end = find("-->") else { throw fault("comment without end") }
                position = end + 3
            } else if take("<?") {
                guard let end = find("?>") else { throw fault("processing instruction without end") }
                position = end + 2
            } else if take("<!DOCTYPE") {
                throw fault("a document type is not allowed")
            } else {
                return
            }
        }
    }

    private mutating func name() throws(Malformed) -> String {
        let start = position
        while position < source.count, Self.isNameByte(source[position], first: position == start) { position += 1 }
        guard position > start else { throw fault("a name is expected") }
        return String(decoding: source[start..<position], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: ":"), 0x80...: true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): !first
        default: false
        }
    }

    private mutating func element(depth: Int) throws(Malformed) -> XMLElement {
        guard depth < Self.depthLimit else { throw fault("elements are nested too deeply") }
        guard take("<") else { throw fault(position < source.count ? "an element is expected" : "the document is empty or ends early") }
        var element = XMLElement(name: try name(), attributes: [], children: [], text: "")
        while true {
            let before = position
            skipSpace()
            if take("/>") { return element }
            if take(">") { break }
            guard position > before else { throw fault("white space is expected between attributes of <\(element.name)>") }
            let attributeName = try name()
            skipSpace()
            guard take("=") else { throw fault("attribute \(attributeName) has no value") }
            skipSpace()
            guard position < source.count, source[position] == UInt8(ascii: "\"") || source[position] == UInt8(ascii: "'") else {
                throw fault("the value of \(attributeName) is not quoted")
            }
            let quote = source[position]
            position += 1
            let value = try characters(until: quote, inAttribute: true)
            position += 1
            guard element.attribute(attributeName) == nil else { throw fault("attribute \(attributeName) occurs twice") }
            element.attributes.append(FormField(attributeName, value))
        }
        while true {
            element.text += try characters(until: UInt8(ascii: "<"), inAttribute: false)
            if take("<![CDATA[") {
                guard let end = find("]]>") else { throw fault("CDATA without end") }
                element.text += String(decoding: source[position..<end], as: UTF8.self)
                position = end + 3
            } else if take("<!--") {
                guard let end = find("-->") else { throw fault("comment without end") }
                position = end + 3
            } else if take("</") {
                let closing = try name()
                guard closing == element.name else { throw fault("<\(element.name)> is closed by </\(closing)>") }
                skipSpace()
                guard take(">") else { throw fault("</\(closing)> is not closed") }
                return element
            } else {
                element.children.append(try self.element(depth: depth + 1))
            }
        }
    }

    private mutating func characters(until end: UInt8, inAttribute: Bool) throws(Malformed) -> String {
        var bytes: [UInt8] = []
        while position < source.count, source[position] != end {
            let byte = source[position]
            if byte == UInt8(ascii: "<") { throw fault("'<' inside an attribute value") }
            if byte < 0x20, ![0x09, 0x0A, 0x0D].contains(byte) { throw fault("control character") }
            if byte == UInt8(ascii: "&") {
                bytes += try reference()
            } else {
                bytes.append(byte)
                position += 1
            }
        }
        guard position < source.count else { throw fault(inAttribute ? "attribute value without end" : "an element is not closed") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func reference() throws(Malformed) -> [UInt8] {
        guard let end = source[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { throw fault("bare '&'; write &amp;") }
        let body = String(decoding: source[position + 1..<end], as: UTF8.self)
        let known = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        var result = known[body]
        if body.hasPrefix("#") {
            let digits = body.hasPrefix("#x") ? UInt32(body.dropFirst(2), radix: 16) : UInt32(body.dropFirst())
            result = digits.flatMap(UnicodeScalar.init).map { String(Character($0)) }
        }
        guard let result else { throw fault("unknown reference &\(body);") }
        position = end + 1
        return Array(result.utf8)
    }
}
