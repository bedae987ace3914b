import Signing
import TwilioWire

func mediaFault(_ bytes: [UInt8]) -> String? {
    var parser = MediaMessageParser()
    let first = Result { () throws(MediaMessageError) in try parser.parse(bytes) }
    // What the parser remembers of a stream changes nothing.
    let second = Result { () throws(MediaMessageError) in try parser.parse(bytes) }
    switch (first, second) {
    case (.failure(let error), .failure(let again)):
        if error != again { return "first \(error), then \(again)" }
        if error.offset < 0 || error.offset > bytes.count { return "an error at \(error.offset) of \(bytes.count) bytes" }
        if error.description.isEmpty { return "an error without words" }
        return nil
    case (.success(let message), .success(let again)): return message == again ? meaning(message, bytes) : "first \(message), then \(again)"
    default: return "first \(first), then \(second)"
    }
}

private func meaning(_ message: TwilioMessage, _ bytes: [UInt8]) -> String? {
    if String(validating: bytes, as: UTF8.self) == nil { return "understood, and no UTF-8" }
    switch message {
    case .mark(let name):
        // Our own words for it are understood as the same.
        var parser = MediaMessageParser()
        guard case .mark(let back)? = try? parser.parse(MediaMessageWriter(streamSid: "MZ1").mark(name)) else { return "a mark that cannot be sent" }
        return Array(back.utf8) == Array(name.utf8) ? nil : "the mark \(name) comes back as \(back)"
    case .start(let start):
        let writer = MediaMessageWriter(streamSid: start.streamSid)
        var parser = MediaMessageParser()
        for own in [writer.clear, writer.media([0xFF]), writer.mark("m")] {
            do {
                _ = try parser.parse(own)
            } catch {
                // An outbound media message has no numbers; but it is JSON.
                if error.code != .missingField { return "what we say on stream \(start.streamSid) is not understood: \(error)" }
            }
        }
        return start.sampleRate < 0 || start.channels < 0 ? "a negative format" : nil
    case .media(let media):
        if media.sequence < 0 || media.chunk < 0 || media.timestampMilliseconds < 0 { return "a negative number" }
        if media.payload.count * 4 / 3 > bytes.count { return "more audio than the message has room for" }
        return Base64.decode(Base64.encodeToBytes(media.payload)) == media.payload ? nil : "audio that does not survive base64"
    case .connected, .stop, .dtmf, .unknown: return nil
    }
}
