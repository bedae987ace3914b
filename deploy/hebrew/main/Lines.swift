import Glibc

/// Standard input by lines, and JSON by hand: the objects are flat and few.
enum Lines {
    /// Calls with each text, or where there are none with each line that is read, without its end. Bytes that are no UTF-8 become replacement characters.
    static func forEach(_ texts: [String] = [], _ body: (String) -> Void) {
        guard texts.isEmpty else { return texts.forEach(body) }
        while let line = readLine(strippingNewline: true) { body(line) }
    }

    /// Writes a line at once: a program at the other end of a pipe may be waiting for it.
    static func put(_ line: String) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// A JSON string with its quotation marks.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
