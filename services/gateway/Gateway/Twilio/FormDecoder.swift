/// Names and values in the order in which they came; a name may come more than once.
package struct FormFields: Sendable, Equatable {
    /// One pair.
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var fields: [Field]

    package init(_ fields: [Field] = []) {
        self.fields = fields
    }

    /// For tests and literals: pairs in order.
    package init(_ pairs: KeyValuePairs<String, String>) {
        fields = pairs.map { Field(name: $0.key, value: $0.value) }
    }

    /// The first value of that name. Names are case-sensitive, as Twilio's are.
    package subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of that name.
    package func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}

/// Why a form could not be read. The answer is 400.
package struct FormError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was wrong and what helps.
    package let message: String
    package var description: String { message }
}

/// Reads `application/x-www-form-urlencoded` bytes (WHATWG URL standard, section 5), and query strings, which look the same.
package enum FormDecoder {
    /// Twilio's voice webhooks carry about 30 fields.
    package static let maximumFields = 256

    /// - Throws: ``FormError`` for a bad percent escape, text that is not UTF-8 or too many fields. Guessing instead would break signatures.
    package static func decode(_ bytes: some Collection<UInt8>, maximumFields: Int = maximumFields) throws(FormError) -> FormFields {
        var result = FormFields()
        for pair in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            guard result.fields.count < maximumFields else { throw FormError(message: "The form has more than \(maximumFields) fields. Send fewer.") }
            if let equals = pair.firstIndex(of: UInt8(ascii: "=")) {
                result.fields.append(.init(name: try text(pair[..<equals]), value: try text(pair[pair.index(after: equals)...])))
            } else {
                result.fields.append(.init(name: try text(pair), value: ""))
            }
        }
        return result
    }

    /// Reads the members of a JSON object: strings, numbers and booleans as text; null, objects and arrays are passed over.
    ///
    /// - Throws: ``FormError`` for anything but one object of UTF-8 text, or too many members.
    package static func decodeJSON(_ bytes: [UInt8], maximumFields: Int = maximumFields) throws(FormError) -> FormFields {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(MediaMessageError) in
                guard let base = buffer.baseAddress else { throw MediaMessageError(.syntax, at: 0, "an object") }
                var cursor = JSONCursor(buffer, base: base, maximumDepth: MediaMessageParser.maximumDepth)
                var form = FormFields()
                try cursor.object(depth: 1) { (cursor, key) throws(MediaMessageError) in
                    let value = try cursor.skip(depth: 2)
                    guard value.exists else { return }
                    guard form.fields.count < maximumFields else { throw MediaMessageError(.tooLarge, at: value.start, "fewer members") }
                    form.fields.append(.init(name: try cursor.text(key), value: try cursor.text(value)))
                }
                cursor.skipSpace()
                guard cursor.position == cursor.count else { throw cursor.error("the end of the object") }
                if cursor.hasNonASCII, String(validating: buffer, as: UTF8.self) == nil { throw MediaMessageError(.text, at: 0, "UTF-8") }
                return form
            }
        }
        switch result {
        case .success(let form): return form
        case .failure(let error):
            throw FormError(message: "The body is no JSON object of text (\(error.detail), byte \(error.offset)). Send one in UTF-8.")
        }
    }

    private static func text(_ encoded: some Collection<UInt8>) throws(FormError) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var iterator = encoded.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    throw FormError(message: "The form has a percent sign without two hexadecimal digits. Encode it as %25.")
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FormError(message: "The form is not UTF-8. Encode its text as UTF-8.")
        }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 0x41 + 10
        default: nil
        }
    }
}
