import Signing

/// The request that asks for a WebSocket (RFC 6455, 4.1).
struct HandshakeRequest {
    let bytes: [UInt8]
    /// What the answer's Sec-WebSocket-Accept must be.
    let accept: String

    private static let reserved: Set<String> = [
        "host", "upgrade", "connection", "content-length", "transfer-encoding", "sec-websocket-key", "sec-websocket-version",
        "sec-websocket-extensions", "sec-websocket-protocol", "sec-websocket-accept",
    ]

    /// - Throws: ``WebSocketFailure`` with `invalidRequest`.
    init(_ address: WebSocketAddress, headers: [(name: String, value: String)], userAgent: String?, nonce: [UInt8]) throws(WebSocketFailure) {
        let key = Base64.encode(nonce)
        accept = Self.accept(key)
        var text = "GET \(address.target) HTTP/1.1\r\nHost: \(address.authority)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        text += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
        if let userAgent { text += "User-Agent: \(userAgent)\r\n" }
        for (name, value) in headers {
            guard HandshakeReader.isToken(name), !Self.reserved.contains(name.lowercased()), Self.isValue(value) else {
                throw WebSocketFailure(.invalidRequest, "A header cannot be sent: its name or value is malformed, or it is the handshake's own.")
            }
            text += "\(name): \(value)\r\n"
        }
        guard userAgent.map(Self.isValue) ?? true else {
            throw WebSocketFailure(.invalidRequest, "The user agent's name holds a control character. Clean it.")
        }
        bytes = Array((text + "\r\n").utf8)
    }

    static func accept(_ key: String) -> String {
        Base64.encode(Digest.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// A line break in a header would let its author write further headers.
    private static func isValue(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 } }
}

/// Reads the answer to the upgrade, however it is cut into pieces. A value.
struct HandshakeReader {
    enum Outcome: Equatable {
        /// Whatever follows is the peer's first frames.
        case open(rest: [UInt8])
        case refused(WebSocketRefusal)
        case failed(WebSocketFailure)
    }

    static let maximumHeadBytes = 16 << 10
    static let maximumBodyBytes = 4 << 10

    private let accept: String
    private var bytes: [UInt8] = []
    private var searched = 0
    private var refusal: WebSocketRefusal?
    private var bodyLength: Int?

    init(accept: String) { self.accept = accept }

    /// An HTTP answer has begun; only its body may still come.
    var isRefused: Bool { refusal != nil }

    /// - Returns: nil while more is needed.
    mutating func read(_ more: some Sequence<UInt8>) -> Outcome? {
        bytes += more
        if refusal != nil { return body(isComplete: false) }
        while let end = headEnd() {
            let head = Array(bytes[..<end])
            bytes.removeFirst(end + 4)
            searched = 0
            guard let answer = Answer(head) else { return Self.nonsense }
            switch answer.status {
            // 100 and 103 announce that the answer is still to come.
            case 100, 102...199: continue
            case 101: return answer.opens(accept) ? .open(rest: bytes) : Self.nonsense
            default:
                bodyLength = answer.first("content-length").flatMap { Int($0) }.map { max(0, $0) }
                refusal = WebSocketRefusal(status: answer.status, retryAfter: answer.retryAfter)
                return body(isComplete: false)
            }
        }
        return bytes.count > Self.maximumHeadBytes ? Self.nonsense : nil
    }

    /// The connection has ended, or nobody wants to wait any longer.
    mutating func end() -> Outcome {
        if let outcome = body(isComplete: true) { return outcome }
        return .failed(WebSocketFailure(.handshake, "The connection ended during the handshake. See whether the address is a WebSocket's."))
    }

    private mutating func body(isComplete: Bool) -> Outcome? {
        guard var refusal else { return nil }
        guard isComplete || bytes.count >= min(bodyLength ?? .max, Self.maximumBodyBytes) else { return nil }
        refusal.body = Array(bytes.prefix(min(bodyLength ?? .max, Self.maximumBodyBytes)))
        return .refused(refusal)
    }

    private static let nonsense = Outcome.failed(
        WebSocketFailure(.handshake, "The answer to the upgrade is no WebSocket handshake. See whether the address is a WebSocket's."))

    /// Where the empty line begins.
    private mutating func headEnd() -> Int? {
        guard bytes.count >= 4 else { return nil }
        var index = searched
        while index + 3 < bytes.count, index <= Self.maximumHeadBytes {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 { return index }
            index += 1
        }
        searched = index
        return nil
    }

    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

/// The head of an HTTP/1 answer.
private struct Answer {
    let status: Int
    private let headers: [(name: String, value: String)]

    init?(_ head: [UInt8]) {
        // Latin-1 at worst: nothing that is read here depends on letters beyond ASCII.
        let lines = head.split(separator: 10, omittingEmptySubsequences: false).map { $0.last == 13 ? $0.dropLast() : $0 }
        guard let first = lines.first, lines.count <= 100, lines.allSatisfy({ !$0.contains(13) && !$0.contains(0) }) else { return nil }
        let parts = String(decoding: first, as: UTF8.self).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, ["HTTP/1.1", "HTTP/1.0"].contains(parts[0]), parts[1].utf8.count == 3, let status = Int(parts[1]),
            (100...599).contains(status)
        else { return nil }
        if status == 101, parts[0] != "HTTP/1.1" { return nil }
        self.status = status
        var headers: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            guard HandshakeReader.isToken(name) else { return nil }
            var value = line[line.index(after: colon)...]
            while let byte = value.first, byte == 32 || byte == 9 { value.removeFirst() }
            while let byte = value.last, byte == 32 || byte == 9 { value.removeLast() }
            headers.append((name.lowercased(), String(decoding: value, as: UTF8.self)))
        }
        self.headers = headers
    }

    func first(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    private func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    /// RFC 6455, 4.1: an extension or protocol that was not asked for is a failure too.
    func opens(_ accept: String) -> Bool {
        all("upgrade").map { $0.lowercased() } == ["websocket"]
            && all("connection").contains { $0.lowercased().split(separator: ",").contains { $0.trimmed == "upgrade" } }
            && all("sec-websocket-accept") == [accept] && all("sec-websocket-extensions").isEmpty && all("sec-websocket-protocol").isEmpty
    }

    var retryAfter: Duration? {
        guard let text = first("retry-after") else { return nil }
        if let seconds = Int(text) { return (0...604_800).contains(seconds) ? .seconds(seconds) : nil }
        guard let then = HTTPDate.seconds(text), let now = first("date").flatMap(HTTPDate.seconds) else { return nil }
        return .seconds(max(0, min(then - now, 604_800)))
    }
}

/// Dates like "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), in seconds since 1970.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func seconds(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), (1...31).contains(day),
            let month = months.firstIndex(where: { $0 == parts[2] }), let year = Int(parts[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2]) else { return nil }
        // Years that begin in March: the leap day is the last.
        let (y, m) = month < 2 ? (year - 1, month + 10) : (year, month - 2)
        let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719_469
        return days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2]
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
