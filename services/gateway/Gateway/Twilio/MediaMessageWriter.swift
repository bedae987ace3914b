import Signing

/// Builds our messages to Twilio as bytes, with exactly the contract's fields.
///
/// A missing or an extra field makes Twilio ignore the message (warning 31951, told once per stream).
package struct MediaMessageWriter: Sendable {
    /// What stands before the payload; the same for every frame of a stream.
    private let mediaHead: [UInt8]
    private let markHead: [UInt8]
    /// Empties Twilio's buffer. Every mark that is still pending comes back at once.
    package let clear: [UInt8]

    package init(streamSid: String) {
        let sid = Self.quoted(streamSid)
        mediaHead = Array(#"{"event":"media","streamSid":\#(sid),"media":{"payload":""#.utf8)
        markHead = Array(#"{"event":"mark","streamSid":\#(sid),"mark":{"name":"#.utf8)
        clear = Array(#"{"event":"clear","streamSid":\#(sid)}"#.utf8)
    }

    /// - Parameter payload: mu-law at 8 kHz without any header, of any length; Twilio plays messages in order.
    package func media(_ payload: some Collection<UInt8>) -> [UInt8] {
        let encoded = Base64.encodeToBytes(payload)
        var message: [UInt8] = []
        message.reserveCapacity(mediaHead.count + encoded.count + 3)
        message += mediaHead
        message += encoded
        message += [UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "}")]
        return message
    }

    /// Twilio sends the name back when everything queued before it was played, or at once after a `clear`.
    package func mark(_ name: String) -> [UInt8] {
        markHead + Array(Self.quoted(name).utf8) + [UInt8(ascii: "}"), UInt8(ascii: "}")]
    }

    /// A JSON string with its quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
