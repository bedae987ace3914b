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

    /// - Parameter name: what came after the folder's path in the request, not trusted.
    func reply(name: Substring, ifNoneMatch: [String], isHead: Bool, on eventLoop: any EventLoop) -> HTTPAnswer {
        guard Self.isLegal(name) else { return .now(.refusal(.notFound)) }
        let path = "\(folder)/\(name)"
        return .later(threads.runIfActive(eventLoop: eventLoop) { Self.read(path, ifNoneMatch: ifNoneMatch, isHead: isHead) })
    }

    /// A plain file name that ends in .mp3. No slash, no percent sign and no leading dot, so it cannot leave the folder.
    static func isLegal(_ name: Substring) -> Bool {
        name.utf8.count <= 200 && name.hasSuffix(".mp3") && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E
                    || byte == 0x5F
            }
    }

    private static func read(_ path: String, ifNoneMatch: [String], isHead: Bool) -> HTTPReply {
        // Whoever writes the folder renames whole files into it, so one descriptor shows one version. A link could lead out: not followed.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .refusal(.notFound) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= maximumBytes else { return .refusal(.notFound) }
        let size = Int(info.st_size)
        let tag = "\"\(String(size, radix: 16))-\(String(info.st_mtim.tv_sec, radix: 16))-\(String(info.st_mtim.tv_nsec, radix: 16))\""
        var headers: HTTPHeaders = [
            "ETag": tag, "Last-Modified": HTTPDate.text(info.st_mtim.tv_sec),
            // Twilio keeps what it plays; a greeting that was made anew should be heard within a minute.
            "Cache-Control": "public, max-age=60",
        ]
        let known = ifNoneMatch.flatMap { $0.split(separator: ",") }.map { $0.filter { !$0.isWhitespace } }
        if known.contains(where: { $0 == tag || $0 == "W/\(tag)" || $0 == "*" }) { return HTTPReply(.notModified, headers: headers) }
        headers.add(name: "Content-Type", value: "audio/mpeg")
        if isHead { return HTTPReply(.ok, headers: headers, length: size) }
        var body = ByteBufferAllocator().buffer(capacity: size)
        while body.readableBytes < size {
            let count = body.writeWithUnsafeMutableBytes(minimumWritableBytes: size - body.readableBytes) { buffer in
                max(0, Glibc.read(descriptor, buffer.baseAddress, min(buffer.count, size)))
            }
            guard count > 0 else { return .refusal(.internalServerError) }
        }
        return HTTPReply(.ok, headers: headers, body: body)
    }
}
