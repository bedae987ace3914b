/// A value that can be a parameter, in PostgreSQL's text format. The server infers the type from the statement; write `$1::uuid` where it cannot.
package protocol PostgresEncodable: Sendable {
    var postgresText: String { get }
}

/// A value that can be read from a column's text format.
package protocol PostgresDecodable {
    /// nil if the text is not one of this type.
    init?(postgresText: String)
}

extension String: PostgresEncodable, PostgresDecodable {
    package var postgresText: String { self }
    package init?(postgresText: String) { self = postgresText }
}

extension Int: PostgresEncodable, PostgresDecodable {
    package var postgresText: String { String(self) }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Int32: PostgresEncodable, PostgresDecodable {
    package var postgresText: String { String(self) }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    package var postgresText: String { String(self) }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Double: PostgresEncodable, PostgresDecodable {
    package var postgresText: String {
        isNaN ? "NaN" : isInfinite ? (self < 0 ? "-Infinity" : "Infinity") : description
    }
    package init?(postgresText: String) { self.init(postgresText) }
}

extension Bool: PostgresEncodable, PostgresDecodable {
    package var postgresText: String { self ? "t" : "f" }
    package init?(postgresText: String) {
        switch postgresText {
        case "t": self = true
        case "f": self = false
        default: return nil
        }
    }
}

/// bytea, in its hexadecimal form.
extension [UInt8]: PostgresEncodable, PostgresDecodable {
    package var postgresText: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        var text = Array<UInt8>("\\x".utf8)
        text.reserveCapacity(2 + count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    package init?(postgresText: String) {
        let text = Array<UInt8>(postgresText.utf8)
        guard text.starts(with: "\\x".utf8), text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            guard let high = Character(UnicodeScalar(text[index])).hexDigitValue,
                let low = Character(UnicodeScalar(text[index + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self = bytes
    }
}

/// What a statement gave back.
package struct PostgresResult: Sendable {
    /// Column names in the order of the statement.
    package var columns: [String] { header.names }
    package let rows: [PostgresRow]
    /// Rows inserted, changed, deleted or selected; nil where the command has no such number.
    package let affectedRows: Int?
    /// For example `INSERT 0 1`.
    package let commandTag: String

    let header: PostgresColumns

    static let empty = PostgresResult(rows: [], affectedRows: nil, commandTag: "", header: PostgresColumns(names: []))
}

/// Names shared by all rows of a result.
final class PostgresColumns: Sendable {
    let names: [String]
    let indices: [String: Int]

    init(names: [String]) {
        self.names = names
        // Of two columns of one name the first is found.
        indices = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    }
}

/// One row: values, independent of the connection.
package struct PostgresRow: Sendable {
    /// The text of each column; nil is null.
    package let values: [String?]
    let header: PostgresColumns

    /// The text of a column; nil if it is null or there is no such column.
    package subscript(_ column: String) -> String? {
        header.indices[column].flatMap { values[$0] }
    }

    /// The value of a column that is never null.
    ///
    /// - Throws: ``PostgresError`` with `decoding` if it is not there, null, or of another type.
    package func decode<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws(PostgresError) -> Value {
        guard let value = try decodeIfPresent(column, as: type) else {
            throw PostgresError(.decoding, "Column \(column) is null. Use decodeIfPresent, or declare the column not null.")
        }
        return value
    }

    /// The value of a column, nil for null.
    ///
    /// - Throws: ``PostgresError`` with `decoding` if it is not there or of another type.
    package func decodeIfPresent<Value: PostgresDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? {
        guard let index = header.indices[column] else {
            throw PostgresError(.decoding, "There is no column \(column). Name it in the statement.")
        }
        guard let text = values[index] else { return nil }
        guard let value = Value(postgresText: text) else {
            throw PostgresError(.decoding, "Column \(column) is no \(type). Ask for the type that the statement returns.")
        }
        return value
    }
}
