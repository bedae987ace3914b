import Glibc

/// One caller's media socket, written and read by hand: a load that costs little itself, on the machine that it measures.
final class CallSocket {
    enum Message {
        /// Base64 of mu-law at 8 kHz.
        case media(ArraySlice<UInt8>)
        case mark(name: ArraySlice<UInt8>)
        case clear
    }

    let callSid: String
    let descriptor: CInt
    private let streamSid: String
    private let tail: [UInt8]
    private var sequence = 1
    /// Frames sent.
    private(set) var chunk = 0
    private var buffer: [UInt8] = []
    private var received = [UInt8](repeating: 0, count: 16_384)
    private var inbox: [UInt8] = []
    private(set) var isClosed = false
    /// Frames that the socket did not take at once: then the gateway is behind, and its figures are not those of a quiet machine.
    private(set) var stalls = 0

    /// What stands before the audio of the gateway's messages.
    private static let mediaHead = #"{"event":"media","streamSid":"MZ0123456789abcdef0123456789abcdef","media":{"payload":""#.utf8.count

    /// Telephones, and comes as far as the stream's `start`.
    init(_ target: BenchmarkTarget, number: Int) throws {
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

    /// Twenty milliseconds of Base64.
    func send(_ payload: [UInt8]) {
        chunk += 1
        sequence += 1
        var message = Array(#"{"event":"media","sequenceNumber":""#.utf8)
        message.reserveCapacity(400)
        Self.append(sequence, to: &message)
        message += #"","media":{"track":"inbound","chunk":""#.utf8
        Self.append(chunk, to: &message)
        message += #"","timestamp":""#.utf8
        Self.append((chunk - 1) * 20, to: &message)
        message += #"","payload":""#.utf8
        message += payload
        message += tail
        frame(message)
    }

    /// A mark returns.
    func send(mark name: some Collection<UInt8>) {
        sequence += 1
        frame(
            Array(#"{"event":"mark","sequenceNumber":"\#(sequence)","streamSid":"\#(streamSid)","mark":{"name":""#.utf8) + name
                + Array("\"}}".utf8))
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
            let count = buffer[start...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
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

    /// Takes what the gateway has sent, without waiting.
    func receive(_ take: (Message) -> Void) {
        let count = recv(descriptor, &received, received.count, CInt(MSG_DONTWAIT))
        guard count > 0 else {
            if count == 0 { isClosed = true }
            return
        }
        inbox += received.prefix(count)
        var start = 0
        while let (text, end) = message(at: start) {
            // The gateway writes its fields in this order, always.
            if text.starts(with: #"{"event":"media""#.utf8) {
                take(.media(text.dropFirst(Self.mediaHead).dropLast(3)))
            } else if text.starts(with: #"{"event":"mark""#.utf8), let quote = text.dropLast(3).lastIndex(of: UInt8(ascii: "\"")) {
                take(.mark(name: text[(quote + 1)..<(text.endIndex - 3)]))
            } else if text.starts(with: #"{"event":"clear""#.utf8) {
                take(.clear)
            }
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
}
