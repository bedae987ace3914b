import Glibc
import Testing

@testable import Gateway

/// The MP3s at the public port: what Twilio, a browser and a stranger may ask for.
@Suite(.timeLimit(.minutes(1))) struct SpeechFileTests {
    static let content = "0123456789"
    static let path = "/static/tts/greeting_he.mp3"
    /// 1994-11-06 08:49:37 UTC, the date of the examples in RFC 9110.
    static let written = 784_111_777

    private func withFile(_ body: (RawClient, borrowing Folder, String) async throws -> Void) async throws {
        let folder = try Folder()
        try folder.write("greeting_he.mp3", Self.content)
        try folder.write("empty.mp3", "")
        var times = [timespec(tv_sec: Self.written, tv_nsec: 5), timespec(tv_sec: Self.written, tv_nsec: 5)]
        #expect(utimensat(AT_FDCWD, folder.path + "/greeting_he.mp3", &times, 0) == 0)
        try await withServer(folder: folder.path) { _, port, _ in
            let client = try await RawClient(port: port)
            let tag = try #require(try await client.request("HEAD", Self.path).headers["etag"])
            try await body(client, folder, tag)
        }
    }

    @Test func wholeFile() async throws {
        try await withFile { client, folder, tag in
            let get = try await client.request("GET", Self.path + "?v=1")
            #expect(get.status == 200)
            #expect(get.body == Self.content)
            let expected = [
                "content-type": "audio/mpeg", "content-length": "10", "etag": tag, "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT",
                "accept-ranges": "bytes", "cache-control": "public, max-age=60",
            ]
            #expect(get.headers.filter { $0.key != "date" } == expected)
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 2)
            let head = try await client.request("HEAD", Self.path)
            #expect(head.status == 200)
            #expect(head.headers.filter { $0.key != "date" } == expected)
            #expect(head.body.isEmpty)
            let empty = try await client.request("GET", "/static/tts/empty.mp3")
            #expect(empty.status == 200)
            #expect(empty.headers["content-length"] == "0")
            // A file that was made anew is another version, also within the same second.
            var times = [timespec(tv_sec: Self.written, tv_nsec: 6), timespec(tv_sec: Self.written, tv_nsec: 6)]
            #expect(utimensat(AT_FDCWD, folder.path + "/greeting_he.mp3", &times, 0) == 0)
            #expect(try await client.request("HEAD", Self.path).headers["etag"] != tag)
        }
    }

    @Test(
        arguments: [
            ("bytes=0-3", 206, "bytes 0-3/10", "0123"), ("bytes=3-3", 206, "bytes 3-3/10", "3"), ("bytes=5-", 206, "bytes 5-9/10", "56789"),
            ("bytes=-4", 206, "bytes 6-9/10", "6789"), ("bytes=-99", 206, "bytes 0-9/10", content), ("bytes=0-99", 206, "bytes 0-9/10", content),
            ("bytes=9-9", 206, "bytes 9-9/10", "9"), ("Bytes=0-0", 206, "bytes 0-0/10", "0"),
            ("bytes=8-99999999999999999999999", 206, "bytes 8-9/10", "89"), ("bytes=2-9223372036854775807", 206, "bytes 2-9/10", "23456789"),
            ("bytes=10-", 416, "bytes */10", nil), ("bytes=10-20", 416, "bytes */10", nil), ("bytes=-0", 416, "bytes */10", nil),
            ("bytes=99999999999999999999999-", 416, "bytes */10", nil),
            // Several ranges, other units and what is no range: the whole file.
            ("bytes=0-1,3-4", 200, nil, content), ("bytes=0-1,", 200, nil, content), ("seconds=0-1", 200, nil, content),
            ("bytes=4-3", 200, nil, content),
            ("bytes=-", 200, nil, content), ("bytes=", 200, nil, content), ("bytes", 200, nil, content), ("bytes=a-b", 200, nil, content),
            ("bytes=0x1-2", 200, nil, content), ("bytes=1-2-3", 200, nil, content), ("bytes=+1-2", 200, nil, content),
            ("bytes= 1-2", 200, nil, content),
            ("", 200, nil, content),
        ] as [(String, Int, String?, String?)])
    func ranges(header: String, status: Int, contentRange: String?, body: String?) async throws {
        try await withFile { client, _, tag in
            let get = try await client.request("GET", Self.path, headers: ["Range": header])
            #expect(get.status == status)
            #expect(get.headers["content-range"] == contentRange)
            if let body {
                #expect(get.body == body)
                #expect(get.headers["content-length"] == "\(body.utf8.count)")
                #expect(get.headers["content-type"] == "audio/mpeg")
                #expect(get.headers["etag"] == tag)
            }
            // HEAD asks for no content, so for no part of it.
            let head = try await client.request("HEAD", Self.path, headers: ["Range": header])
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "10")
        }
    }

    @Test func rangesOfAnEmptyFile() async throws {
        try await withFile { client, _, _ in
            for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
                let get = try await client.request("GET", "/static/tts/empty.mp3", headers: ["Range": header])
                #expect(get.status == 416)
                #expect(get.headers["content-range"] == "bytes */0")
            }
        }
    }

    @Test func conditions() async throws {
        try await withFile { client, _, tag in
            let date = "Sun, 06 Nov 1994 08:49:37 GMT"
            let table: [([String: String], Int)] = [
                (["If-None-Match": tag], 304), (["If-None-Match": "W/\(tag)"], 304), (["If-None-Match": "*"], 304),
                (["If-None-Match": "\"x\", \(tag)"], 304), (["If-None-Match": "\"x\""], 200), (["If-None-Match": tag.dropLast() + ""], 200),
                (["If-Modified-Since": date], 304), (["If-Modified-Since": "Sunday, 06-Nov-94 08:49:37 GMT"], 304),
                (["If-Modified-Since": "Sun Nov  6 08:49:37 1994"], 304), (["If-Modified-Since": "Sun, 06 Nov 2044 08:49:37 GMT"], 304),
                (["If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"], 200), (["If-Modified-Since": "yesterday"], 200),
                (["If-Modified-Since": "Sun, 06 Nov 1994 24:49:37 GMT"], 200), (["If-Modified-Since": ""], 200),
                // The tag knows better than the date.
                (["If-None-Match": "\"x\"", "If-Modified-Since": date], 200),
                (["If-None-Match": tag, "If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"], 304),
                // A version that is known needs no part of it.
                (["If-None-Match": tag, "Range": "bytes=0-1"], 304),
                (["If-Range": tag, "Range": "bytes=0-1"], 206), (["If-Range": date, "Range": "bytes=0-1"], 206),
                (["If-Range": "W/\(tag)", "Range": "bytes=0-1"], 200), (["If-Range": "\"x\"", "Range": "bytes=0-1"], 200),
                (["If-Range": "Sun, 06 Nov 1994 08:49:38 GMT", "Range": "bytes=0-1"], 200), (["If-Range": "", "Range": "bytes=0-1"], 200),
                (["If-Range": tag], 200), (["If-Range": "\"x\"", "Range": "bytes=10-"], 200),
            ]
            for (headers, status) in table {
                let get = try await client.request("GET", Self.path, headers: headers)
                #expect(get.status == status, "\(headers)")
                #expect(get.headers["etag"] == tag, "\(headers)")
                if status == 200 { #expect(get.body == Self.content, "\(headers)") }
                if status == 304 { #expect(get.headers["content-length"] == nil && get.headers["last-modified"] == date) }
                let head = try await client.request("HEAD", Self.path, headers: headers)
                #expect(head.status == (status == 206 ? 200 : status), "HEAD \(headers)")
            }
        }
    }

    /// Whatever is not a file of the folder with a plain name is not there, and never a folder's list.
    @Test func nothingElse() async throws {
        let folder = try Folder()
        try folder.write("greeting_he.mp3", Self.content)
        try folder.write("secret.txt", "secret")
        try folder.write(".hidden.mp3", "hidden")
        #expect(symlink("secret.txt", "\(folder.path)/link.mp3") == 0)
        #expect(symlink("greeting_he.mp3", "\(folder.path)/inner.mp3") == 0)
        #expect(mkfifo("\(folder.path)/pipe.mp3", 0o644) == 0)
        #expect(mkdir("\(folder.path)/folder.mp3", 0o755) == 0)
        try await withServer(folder: folder.path + "/folder.mp3/..") { _, port, _ in
            let client = try await RawClient(port: port)
            #expect(try await client.request("GET", Self.path).body == Self.content)
            for name in [
                "none.mp3", "secret.txt", "link.mp3", "inner.mp3", "pipe.mp3", "folder.mp3", "folder.mp3/", "folder.mp3/x.mp3", ".hidden.mp3", ".mp3",
                "", "?a=b.mp3", ".", "..", "../", "../tts/greeting_he.mp3", "../../etc/passwd", "./greeting_he.mp3", "/greeting_he.mp3",
                "//greeting_he.mp3", "%2e%2e/secret.mp3", "%2e%2e%2fsecret.mp3", "..%2fgreeting_he.mp3", "%252e%252e%252fgreeting_he.mp3",
                "..%5cgreeting_he.mp3", "..\\greeting_he.mp3", "a\\..\\greeting_he.mp3", "greeting_he.mp3%00", "greeting_he%00.mp3",
                "secret.txt%00.mp3", "%67reeting_he.mp3", "greeting_he.mp3/", "greeting_he.mp3/.", "GREETING_HE.MP3", "greeting_he.MP3",
                "greeting_he.mp3;x", "greeting_he.mp3 ", "%c0%ae%c0%ae/greeting_he.mp3", "%u002e%u002e/greeting_he.mp3", "~root.mp3", "*.mp3",
                String(repeating: "a", count: 197) + ".mp3", String(repeating: "a", count: 300) + ".mp3",
            ] where !name.hasSuffix(" ") {
                for method in ["GET", "HEAD"] {
                    let response = try await client.request(method, "/static/tts/" + name)
                    #expect(response.status == 404, "\(method) \(name)")
                    #expect(!response.body.contains("secret") && !response.body.contains("greeting"), "\(name)")
                }
            }
            for target in ["/static", "/static/", "/static/tts", "/static/greeting_he.mp3", "/greeting_he.mp3", "//static/tts/greeting_he.mp3"] {
                #expect(try await client.request("GET", target).status == 404, "\(target)")
            }
            // What is no request target at all does not get past the parser.
            for bytes in ["GET \(Self.path)\0 HTTP/1.1\r\n\r\n", "GET /static/tts/../x.mp3\r\n\r\n\r\n"] {
                let raw = try await RawClient(port: port)
                try await raw.send(bytes)
                #expect(try await raw.response().status >= 400)
                await raw.end()
            }
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
                let response = try await client.request(method, Self.path)
                #expect(response.status == 405, "\(method)")
                #expect(response.headers["allow"] == "GET, HEAD")
            }
        }
    }

    @Test func datesBothWays() {
        for seconds in [0, 784_111_777, 951_782_399, 951_782_400, 1_709_208_000, 4_102_444_799] {
            #expect(HTTPDate.seconds(HTTPDate.text(seconds)) == seconds)
        }
        for junk in [
            "", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6x Nov 1994 08:49:37 GMT", "a b c d e", "- - - - - -",
        ] {
            #expect(HTTPDate.seconds(junk) == nil, "\(junk)")
        }
    }
}
