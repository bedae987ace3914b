import TwilioWire

func twimlFault(_ bytes: [UInt8]) -> String? {
    let texts = bytes.split(separator: 0xFF, maxSplits: 5, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    func text(_ index: Int) -> String { index < texts.count ? texts[index] : "" }
    let (url, action, name, value) = (text(0), text(1), text(2), text(3))
    var parameters: [TwiML.Parameter] = []
    do throws(TwiMLError) {
        parameters = [try TwiML.Parameter(name: name, value: value)]
        if name.unicodeScalars.count + value.unicodeScalars.count >= 500 { return "a parameter that Twilio refuses" }
    } catch {
        if name.unicodeScalars.count + value.unicodeScalars.count < 500 { return "a parameter refused without need" }
    }
    let document = TwiML([
        .play(url: url), .connect(TwiML.Stream(url: text(4), parameters: parameters), action: action), .pause(seconds: bytes.count),
        .record(TwiML.Recording(action: action, statusCallback: text(5))), .redirect(url: url), .hangup,
    ])
    switch XMLReader.read(document.text) {
    case .failure(let error): return "\(error.message) in \(document.text)"
    case .success(let root):
        // Whatever was put in comes out again, but for what XML cannot say, and no text becomes markup.
        let legal = { (text: String) in String(String.UnicodeScalarView(text.unicodeScalars.filter(XMLReader.isLegal))) }
        let elements = root.children
        guard root.name == "Response", elements.map(\.name) == ["Play", "Connect", "Pause", "Record", "Redirect", "Hangup"] else {
            return "other elements: \(document.text)"
        }
        let stream = elements[1].children
        guard stream.map(\.name) == ["Stream"], stream[0].children.map(\.name) == parameters.map({ _ in "Parameter" }) else {
            return "other elements in Connect: \(document.text)"
        }
        var pairs = [
            (elements[0].text, url), (elements[1].attributes["action"], action), (stream[0].attributes["url"], text(4)),
            (elements[3].attributes["action"], action), (elements[3].attributes["recordingStatusCallback"], text(5)), (elements[4].text, url),
        ]
        if !parameters.isEmpty { pairs += [(stream[0].children[0].attributes["name"], name), (stream[0].children[0].attributes["value"], value)] }
        for (found, wanted) in pairs where !(found ?? "\u{FFFF}").utf8.elementsEqual(legal(wanted).utf8) {
            return "\(wanted) comes back as \(found ?? "nothing") in \(document.text)"
        }
        return nil
    }
}

/// Reads XML 1.0 as far as TwiML uses it, strictly: a declaration, elements, attributes, text and references. No comments, no sections.
struct XMLReader {
    struct Element {
        var name: String
        var attributes: [String: String] = [:]
        var children: [Element] = []
        var text = ""
    }

    struct Fault: Error {
        let message: String
    }

    private let scalars: [Unicode.Scalar]
    private var index = 0

    static func read(_ text: String) -> Result<Element, Fault> {
        var reader = XMLReader(scalars: Array(text.unicodeScalars))
        return Result { () throws(Fault) in
            try reader.expect(#"<?xml version="1.0" encoding="UTF-8"?>"#)
            let root = try reader.element(depth: 0)
            guard reader.index == reader.scalars.count else { throw Fault(message: "something after the root") }
            return root
        }
    }

    /// What XML 1.0 allows in a document (section 2.2).
    static func isLegal(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func expect(_ text: String) throws(Fault) {
        for scalar in text.unicodeScalars {
            guard next == scalar else { throw Fault(message: "no \(text) at \(index)") }
            index += 1
        }
    }

    private mutating func name() throws(Fault) -> String {
        let start = index
        while let scalar = next, scalar.properties.isAlphabetic, scalar.isASCII { index += 1 }
        guard index > start else { throw Fault(message: "no name at \(start)") }
        return String(String.UnicodeScalarView(scalars[start..<index]))
    }

    private mutating func element(depth: Int) throws(Fault) -> Element {
        guard depth < 8 else { throw Fault(message: "too deep") }
        try expect("<")
        var element = Element(name: try name())
        while next == " " {
            index += 1
            let attribute = try name()
            try expect("=\"")
            let value = try text(until: "\"")
            guard element.attributes.updateValue(value, forKey: attribute) == nil else { throw Fault(message: "\(attribute) twice") }
            try expect("\"")
        }
        if next == "/" {
            try expect("/>")
            return element
        }
        try expect(">")
        while true {
            element.text += try text(until: "<")
            if index + 1 < scalars.count, scalars[index + 1] == "/" { break }
            element.children.append(try self.element(depth: depth + 1))
        }
        try expect("</\(element.name)>")
        return element
    }

    private mutating func text(until end: Unicode.Scalar) throws(Fault) -> String {
        var result = String.UnicodeScalarView()
        while let scalar = next, scalar != end {
            guard scalar != "<", Self.isLegal(scalar) else { throw Fault(message: "U+\(String(scalar.value, radix: 16)) at \(index)") }
            // Unescaped line ends and tabs are normalised by the reader: what comes out would not be what went in.
            guard scalar.value >= 0x20 else { throw Fault(message: "white space unescaped at \(index)") }
            index += 1
            if scalar == "&" { result.append(try reference()) } else { result.append(scalar) }
        }
        guard next == end else { throw Fault(message: "no \(end) until the end") }
        return String(result)
    }

    private mutating func reference() throws(Fault) -> Unicode.Scalar {
        var name = ""
        while let scalar = next, scalar != ";", name.utf8.count < 10 {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        try expect(";")
        if let known = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"][name] as Unicode.Scalar? { return known }
        guard name.hasPrefix("#"), let value = UInt32(name.dropFirst()), let scalar = Unicode.Scalar(value), Self.isLegal(scalar) else {
            throw Fault(message: "no such reference: \(name)")
        }
        return scalar
    }
}
