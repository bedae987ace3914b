/// A form with a file (RFC 7578).
struct MultipartForm {
    private(set) var body: [UInt8] = []
    private let boundary: String

    init() { boundary = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined() }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    mutating func add(_ name: String, _ value: String) {
        begin("name=\"\(name)\"")
        body += "\r\n".utf8
        body += value.utf8
        body += "\r\n".utf8
    }

    mutating func add(_ name: String, file: String, type: String, _ bytes: [UInt8]) {
        begin("name=\"\(name)\"; filename=\"\(file)\"")
        body += "Content-Type: \(type)\r\n\r\n".utf8
        body += bytes
        body += "\r\n".utf8
    }

    mutating func finish() { body += "--\(boundary)--\r\n".utf8 }

    /// Names are our own: nothing in them needs an escape.
    private mutating func begin(_ disposition: String) {
        body += "--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n".utf8
    }
}
