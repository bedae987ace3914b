import Glibc

/// One caller's media socket, written and read by hand: a load that costs little itself, on the machine that it measures.
final class ServerCaller {
    let callSid: String
    private let streamSid: String
    private let descriptor: CInt
    private let tail: [UInt8]
    private var sequence = 1
    private var chunk = 0
    private var buffer: [UInt8] = []
    private var received = [UInt8](repeating: 0, count: 16_384)
    /// Frames between two looks at what the gateway has sent.
    private static let listening = 3
    private var inbox: [UInt8] = []
    private var speech = BenchmarkLine.voice[...]
    private var isSpeaking = false
    /// Marks wait until what precedes them has been played.
    private var marks: [(due: Int64, name: [UInt8])] = []
    private var playedUntil: Int64 = 0
    /// Has said something, or is saying it, and has not been answered.
    private(set) var isAsking = false
    private(set) var asked = 0
    private(set) var answered = 0
    private(set) var framesReceived = 0
    private(set) var isClosed = false
    /// Frames that the socket did not take at once: then the gateway is behind, and its figures are not those of a quiet machine.
    private(set) var stalls = 0

    /// Frames from one utterance to the next; 0: never speaks.
    private let every: Int
    private let first: Int

    /// Telephones, and comes as far as the stream's `start`.
    /// - Parameters:
    ///   - every: frames from the beginning of one utterance to that of the next; 0: none.
    ///   - first: how many of these have passed when the call begins.
    init(_ target: BenchmarkTarget, number: Int, every: Int, first: Int) throws {
        self.every = every
        self.first = first
        callSid = BenchmarkLine.sid("CA", number)
        streamSid = BenchmarkLine.sid("MZ", number)
        tail = Array(#""},"streamSid":"\#(streamSid)"}"#.utf8)
        let document = try target.ask("/webhook/incoming_call", call: callSid, status: "ringing")
        guard let token = text(in: document, after: #"name="token" value=""#, before: "\"") else {
            throw BenchmarkError(description: "no stream was offered: \(document)")
        }
        descriptor = try target.connection()
        let handshake = """
            GET /ws/twilio-media HTTP/1.1\r
            host: 127.0.0.1:\(target.port)\r
            connection: Upgrade\r
            upgrade: websocket\r
            sec-websocket-version: 13\r
            sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r

            """
        try writeAll(descriptor, Array(handshake.utf8))
        var answer = ""
        while !answer.contains("\r\n\r\n") {
            let part = try readSome(descriptor)
            guard !part.isEmpty else { throw BenchmarkError(description: "the handshake was not answered") }
            answer += String(decoding: part, as: UTF8.self)
        }
        guard answer.hasPrefix("HTTP/1.1 101") else { throw BenchmarkError(description: "the handshake was refused: \(answer)") }
        frame(Array(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#.utf8))
        let start =
            #"{"event":"start","sequenceNumber":"1","start":{"accountSid":"\#(target.accountSid)","streamSid":"\#(streamSid)","callSid":"\#(callSid)","#
            + #""tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"#
            + #""customParameters":{"call_sid":"\#(callSid)","token":"\#(token)"}},"streamSid":"\#(streamSid)"}"#
        frame(Array(start.utf8))
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    }

    deinit { close(descriptor) }

    private func speak() {
        speech = BenchmarkLine.voice[...]
        isSpeaking = true
        isAsking = true
        asked += 1
    }

    /// Twenty milliseconds more.
    func tick(now: Int64) {
        if every > 0, (chunk + first) % every == every - 1 { speak() }
        chunk += 1
        sequence += 1
        let payload = isSpeaking ? speech.popFirst() : nil
        if payload == nil { isSpeaking = false }
        var message = Array(#"{"event":"media","sequenceNumber":""#.utf8)
        message.reserveCapacity(400)
        Self.append(sequence, to: &message)
        message += #"","media":{"track":"inbound","chunk":""#.utf8
        Self.append(chunk, to: &message)
        message += #"","timestamp":""#.utf8
        Self.append((chunk - 1) * 20, to: &message)
        message += #"","payload":""#.utf8
        message += payload ?? BenchmarkLine.silence
        message += tail
        frame(message)
        if chunk % Self.listening == 0 { listen(now: now) }
        while let mark = marks.first, mark.due <= now {
            marks.removeFirst()
            sequence += 1
            frame(
                Array(#"{"event":"mark","sequenceNumber":"\#(sequence)","streamSid":"\#(streamSid)","mark":{"name":""#.utf8) + mark.name
                    + Array("\"}}".utf8))
        }
    }

    func hangUp() {
        sequence += 1
        frame(Array(#"{"event":"stop","sequenceNumber":"\#(sequence)","stop":{"callSid":"\#(callSid)"},"streamSid":"\#(streamSid)"}"#.utf8))
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// A text frame. The mask is zero, which is legal, and unmasked like any other.
    private func frame(_ text: [UInt8]) {
        guard !isClosed else { return }
        buffer.removeAll(keepingCapacity: true)
        buffer.append(0x81)
        if text.count < 126 {
            buffer.append(0x80 | UInt8(text.count))
        } else {
            buffer.append(0x80 | 126)
            buffer.append(UInt8(text.count >> 8))
            buffer.append(UInt8(text.count & 0xFF))
        }
        for _ in 0..<4 { buffer.append(0) }
        buffer += text
        var start = 0
        while start < buffer.count {
            let count = buffer[start...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if count > 0 {
                start += count
            } else if count < 0, errno == EAGAIN {
                stalls += 1
                usleep(1_000)
            } else if count == 0 || errno != EINTR {
                isClosed = true
                return
            }
        }
    }

    /// Takes what the gateway has sent.
    private func listen(now: Int64) {
        let count = recv(descriptor, &received, received.count, CInt(MSG_DONTWAIT))
        guard count > 0 else { return }
        inbox += received.prefix(count)
        var start = 0
        while let (text, end) = message(at: start) {
            take(text, now: now)
            start = end
        }
        inbox.removeFirst(start)
    }

    /// The frame that begins at an offset, when all of it is there.
    private func message(at start: Int) -> (ArraySlice<UInt8>, Int)? {
        guard inbox.count >= start + 2 else { return nil }
        var (length, head) = (Int(inbox[start + 1]), 2)
        if length == 126 {
            guard inbox.count >= start + 4 else { return nil }
            (length, head) = (Int(inbox[start + 2]) << 8 | Int(inbox[start + 3]), 4)
        } else if length == 127 {
            guard inbox.count >= start + 10 else { return nil }
            (length, head) = (inbox[(start + 2)..<(start + 10)].reduce(0) { $0 << 8 | Int($1) }, 10)
        }
        guard inbox.count >= start + head + length else { return nil }
        if inbox[start] & 0x0F == 8 { isClosed = true }
        return (inbox[(start + head)..<(start + head + length)], start + head + length)
    }

    private func take(_ text: ArraySlice<UInt8>, now: Int64) {
        // The gateway writes its fields in this order, always.
        if text.starts(with: #"{"event":"media""#.utf8) {
            framesReceived += 1
            // Base64 of 8 kHz, less the message's other 90 bytes.
            playedUntil = max(now, playedUntil) + Int64(max(0, text.count - 90)) * 3 / 4 * 125
            if isAsking, !isSpeaking {
                isAsking = false
                answered += 1
            }
        } else if text.starts(with: #"{"event":"mark""#.utf8) {
            guard let end = text.dropLast(3).lastIndex(of: UInt8(ascii: "\"")) else { return }
            marks.append((max(now, playedUntil), Array(text[(end + 1)..<(text.endIndex - 3)])))
        } else if text.starts(with: #"{"event":"clear""#.utf8) {
            playedUntil = now
            marks = marks.map { (now, $0.name) }
        }
    }
}
