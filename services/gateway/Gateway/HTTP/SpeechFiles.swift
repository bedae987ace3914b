import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The MP3s that Twilio plays, from one folder. Files are read on a thread pool; the event loops never touch the disk.
struct SpeechFiles: Sendable {
    /// An hour of telephone MP3 is about 15 MB.
    static let maximumBytes = 32 << 20

    let folder: String
    let threads: NIOThreadPool

    /// - Parameters:
    ///   - name: what came after the folder's path in the request, not trusted.
    ///   - headers: the request's: its conditions and its range.
    func reply(name: Substring, headers: HTTPHeaders, isHead: Bool, on eventLoop: any EventLoop) -> HTTPAnswer {
        guard Self.isLegal(name) else { return .now(.refusal(.notFound)) }
        let path = "\(folder)/\(name)"
        return .later(threads.runIfActive(eventLoop: eventLoop) { Self.read(path, headers, isHead: isHead) })
    }

    /// A plain file name that ends in .mp3. No slash, no percent sign and no leading dot, so it cannot leave the folder.
    static func isLegal(_ name: Substring) -> Bool {
        name.utf8.count <= 200 && name.hasSuffix(".mp3") && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E
                    || byte == 0x5F
            }
    }

    private static func read(_ path: String, _ request: HTTPHeaders, isHead: Bool) -> HTTPReply {
        // Whoever writes the folder renames whole files into it, so one descriptor shows one version. A link could lead out: not followed.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .refusal(.notFound) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= maximumBytes else { return .refusal(.notFound) }
        let version = FileVersion(size: Int(info.st_size), seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec)
        var headers: HTTPHeaders = [
            "ETag": version.tag, "Last-Modified": HTTPDate.text(version.seconds), "Accept-Ranges": "bytes",
            // Twilio keeps what it plays; a greeting that was made anew should be heard within a minute.
            "Cache-Control": "public, max-age=60",
        ]
        if version.isKnown(request) { return HTTPReply(.notModified, headers: headers) }
        headers.add(name: "Content-Type", value: "audio/mpeg")
        // A range asks for the content, which HEAD does not (RFC 9110 section 14.2).
        if isHead { return HTTPReply(.ok, headers: headers, length: version.size) }
        var status = HTTPResponseStatus.ok
        var part = 0..<version.size
        switch ByteRange(request, version) {
        case .whole: break
        case .part(let range):
            status = .partialContent
            part = range
            headers.add(name: "Content-Range", value: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(version.size)")
        case .unsatisfiable:
            var reply = HTTPReply.refusal(.rangeNotSatisfiable)
            reply.headers.add(name: "Content-Range", value: "bytes */\(version.size)")
            return reply
        }
        guard let body = bytes(descriptor, part) else { return .refusal(.internalServerError) }
        return HTTPReply(status, headers: headers, body: body)
    }

    private static func bytes(_ descriptor: CInt, _ part: Range<Int>) -> ByteBuffer? {
        var body = ByteBufferAllocator().buffer(capacity: part.count)
        while body.readableBytes < part.count {
            let missing = part.count - body.readableBytes
            let offset = part.lowerBound + body.readableBytes
            let count = body.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { buffer in
                max(0, pread(descriptor, buffer.baseAddress, missing, offset))
            }
            guard count > 0 else { return nil }
        }
        return body
    }
}

/// What tells one version of a file from another.
struct FileVersion {
    let size: Int
    /// When it was written, as Unix time.
    let seconds: Int
    let nanoseconds: Int

    /// A strong validator: files are replaced whole.
    var tag: String { "\"\(String(size, radix: 16))-\(String(seconds, radix: 16))-\(String(nanoseconds, radix: 16))\"" }

    /// Whether the client already has this version (RFC 9110 section 13.2.2: a date counts only where no tag is given).
    func isKnown(_ request: HTTPHeaders) -> Bool {
        let tags = request[canonicalForm: "If-None-Match"]
        if !tags.isEmpty { return tags.contains { $0 == tag || $0 == "W/\(tag)" || $0 == "*" } }
        return request.first(name: "If-Modified-Since").flatMap { HTTPDate.seconds($0) }.map { seconds <= $0 } ?? false
    }

    /// Whether a part of this version belongs to what the client has.
    func continues(_ request: HTTPHeaders) -> Bool {
        guard let condition = request.first(name: "If-Range") else { return true }
        // A weak tag matches nothing here: its bytes may differ.
        return condition == tag || HTTPDate.seconds(condition) == seconds
    }
}

/// What a request asks for of a file (RFC 9110 section 14).
enum ByteRange: Equatable {
    /// No range, several, or nothing that we understand: the whole file, which is always a right answer.
    case whole
    case part(Range<Int>)
    /// 416.
    case unsatisfiable

    init(_ request: HTTPHeaders, _ version: FileVersion) {
        let values = request["Range"]
        self = .whole
        guard values.count == 1, version.continues(request) else { return }
        let parts = values[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return }
        let bounds = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let first = Self.number(bounds[0]), let last = Self.number(bounds[1]) else { return }
        let size = version.size
        switch (first, last) {
        case (nil, nil): return
        case (nil, let count?): self = count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        case (let first?, nil): self = first < size ? .part(first..<size) : .unsatisfiable
        case (let first?, let last?):
            guard first <= last else { return }
            self = first < size ? .part(first..<min(size, last == .max ? last : last + 1)) : .unsatisfiable
        }
    }

    /// nil for what is no number; the number is nil where there is none. More digits than fit mean "very large".
    private static func number(_ text: Substring) -> Int?? {
        guard !text.isEmpty else { return .some(nil) }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }
}
