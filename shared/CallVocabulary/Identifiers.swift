/// One business (tenant) whose telephone is answered. Every envelope and every row carries it.
package struct BusinessID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// A Twilio CallSid: `CA` and 32 hexadecimal digits, 34 characters (Twilio, "String Identifier").
/// The fixed width matters: topics match by byte prefix and audio packets have a fixed header.
package struct CallID: Hashable, Sendable, Codable, CustomStringConvertible {
    package static let width = 34
    package let rawValue: String

    /// - Returns: nil unless the text has the fixed form.
    package init?(_ rawValue: String) {
        let bytes = rawValue.utf8
        guard bytes.count == Self.width, rawValue.hasPrefix("CA"), bytes.allSatisfy(Self.isIdentifierByte) else { return nil }
        self.rawValue = rawValue
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
    }

    package var description: String { rawValue }
    /// The conversation that this call is.
    package var conversation: ConversationID { ConversationID("call:" + rawValue) }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = CallID(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a CallSid"))
        }
        self = value
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// What dialog and memory are keyed by. A telephone call is `call:<CallSid>`; a WhatsApp chat has no call and another prefix.
package struct ConversationID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    /// The call, when the conversation is one.
    package var call: CallID? { rawValue.hasPrefix("call:") ? CallID(String(rawValue.dropFirst(5))) : nil }
    package init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// Number of a turn within a conversation. Turn 0 is the agent's opening; each utterance of the caller (or silence) is one more.
/// One reply per turn id, everywhere.
package struct TurnID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let number: Int
    package init(_ number: Int) { self.number = number }
    package var description: String { String(number) }
    package static func < (left: TurnID, right: TurnID) -> Bool { left.number < right.number }
    package var next: TurnID { TurnID(number + 1) }
    package init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(Int.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}

/// The fence against late output: gateway boot number (persisted) in the upper half, a counter in the lower.
/// Whatever arrives with an older epoch than the assignment's is dropped and counted.
package struct Epoch: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(boot: UInt32, counter: UInt32) { rawValue = UInt64(boot) << 32 | UInt64(counter) }
    package var description: String { "\(rawValue >> 32).\(rawValue & 0xFFFF_FFFF)" }
    package static func < (left: Epoch, right: Epoch) -> Bool { left.rawValue < right.rawValue }
    package init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(UInt64.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// One sentence of a reply: it is synthesized, played, marked and heard (or not) as one. The mark sent to Twilio carries `markName`.
package struct SpeechID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let turn: TurnID
    /// Index of the sentence within the reply, from 0.
    package let piece: Int
    package init(turn: TurnID, piece: Int) {
        self.turn = turn
        self.piece = piece
    }
    package var markName: String { "t\(turn.number).p\(piece)" }
    package var description: String { markName }
    package static func < (left: SpeechID, right: SpeechID) -> Bool { (left.turn, left.piece) < (right.turn, right.piece) }

    /// Inverse of `markName`; nil for names that are not ours.
    package init?(markName: String) {
        guard markName.hasPrefix("t") else { return nil }
        let parts = markName.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("p"), let turn = Int(parts[0]), let piece = Int(parts[1].dropFirst()) else { return nil }
        self.init(turn: TurnID(turn), piece: piece)
    }
}

/// A pool of interchangeable workers.
package enum Pool: String, Sendable, Codable, CaseIterable, Hashable {
    case asr, dialog, tts, crm
}
