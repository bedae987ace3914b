/// One step of the schema. Applied once per database, in the order of the numbers, and never changed afterwards:
/// the checksum is stored with it, and a database that got other text under the same number is refused.
package struct Migration: Sendable, Equatable {
    /// 1, 2, 3, … without a gap.
    package let number: Int
    package let name: String
    /// One or more statements. They run inside a transaction, so what cannot run in one (CREATE INDEX CONCURRENTLY) has no place here.
    package let sql: String

    package init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// FNV-1a, 64 bits, as 16 hexadecimal digits. It guards against an accident (an edited migration), not against an attacker.
    package var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The schema of this program, oldest first.
    package static let all: [Migration] = [.calls, .reading, .recordings]
}
