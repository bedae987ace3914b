import Audio
import Glibc
import Signing

/// Where the gateway is and which account calls it.
struct BenchmarkTarget: Sendable {
    var port: UInt16
    var accountSid: String
    var authToken: String
    var to: String

    var base: String { "http://127.0.0.1:\(port)" }

    /// A connection, made at once: the loopback answers before `connect` returns.
    func connection() throws -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard code == 0 else {
            close(descriptor)
            throw BenchmarkError(description: "no connection to port \(port) (errno \(errno))")
        }
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        return descriptor
    }

    /// A webhook as Twilio sends it: signed, on a connection of its own.
    func webhook(_ path: String, call: String, status: String) -> [UInt8] {
        let form = [
            ("AccountSid", accountSid), ("ApiVersion", "2010-04-01"), ("CallSid", call), ("CallStatus", status), ("Direction", "inbound"),
            ("From", "+972501234567"), ("To", to),
        ]
        // The fields stand in the order in which they are signed.
        let text = base + path + form.map { $0.0 + $0.1 }.joined()
        let signature = Base64.encode(Digest.hmacSHA1(Array(text.utf8), key: Array(authToken.utf8)))
        let body = form.map { $0.0 + "=" + $0.1.split(separator: "+", omittingEmptySubsequences: false).joined(separator: "%2B") }.joined(
            separator: "&")
        return Array(
            """
            POST \(path) HTTP/1.1\r
            host: 127.0.0.1:\(port)\r
            user-agent: TwilioProxy/1.1\r
            x-twilio-signature: \(signature)\r
            content-type: application/x-www-form-urlencoded; charset=UTF-8\r
            content-length: \(body.utf8.count)\r
            connection: close\r
            \r
            \(body)
            """.utf8)
    }

    /// A webhook whose answer is waited for.
    func ask(_ path: String, call: String, status: String) throws -> String {
        let descriptor = try connection()
        defer { close(descriptor) }
        try writeAll(descriptor, webhook(path, call: call, status: status))
        var answer: [UInt8] = []
        while true {
            let part = try readSome(descriptor)
            if part.isEmpty { break }
            answer += part
        }
        return String(decoding: answer, as: UTF8.self)
    }
}

func writeAll(_ descriptor: CInt, _ bytes: [UInt8]) throws {
    var start = 0
    while start < bytes.count {
        let count = bytes[start...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw BenchmarkError(description: "the gateway takes nothing (errno \(errno))") }
        start += count
    }
}

/// Waits for bytes; none at the end.
func readSome(_ descriptor: CInt) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw BenchmarkError(description: "the connection broke (errno \(errno))") }
    return Array(buffer.prefix(count))
}

/// The text between two marks.
func text(in source: String, after prefix: String, before suffix: String) -> String? {
    guard let start = source.firstRange(of: prefix), let end = source[start.upperBound...].firstRange(of: suffix) else { return nil }
    return String(source[start.upperBound..<end.lowerBound])
}

/// Twilio's SIDs and the sound on the line.
enum BenchmarkLine {
    static func sid(_ prefix: String, _ number: Int) -> String {
        let digits = String(number, radix: 16)
        // The process's id keeps the calls of two runs apart.
        let run = String(getpid(), radix: 16)
        return prefix + String(repeating: "0", count: 32 - digits.count - run.count - 1) + run + "f" + digits
    }

    /// How long audio lasts: 8 kHz, a byte each.
    static func microseconds(ofBase64 characters: Int) -> Int64 { Int64(characters) * 3 / 4 * 125 }

    static let silence = Array(Base64.encode(MuLaw.silentFrame).utf8)

    /// A voiced sound: harmonics of 120 Hz.
    static let voice: [[UInt8]] = {
        let samples = (0..<1_600 * 8).map { index in
            var sum = 0.0
            for harmonic in 1...12 { sum += sin(2 * .pi * 120 * Double(harmonic * index) / 8_000) / Double(harmonic) }
            return Int16((3_300 * sum).rounded())
        }
        let audio = MuLaw.encode(samples)
        return stride(from: 0, to: audio.count, by: MuLaw.frameSamples).map { Array(Base64.encode(audio[$0..<$0 + MuLaw.frameSamples]).utf8) }
    }()
}
