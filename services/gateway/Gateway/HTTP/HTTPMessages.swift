import Glibc
import NIOCore
import NIOHTTP1

/// One whole request.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// Path and query exactly as received.
    package var target: String
    package var headers: HTTPHeaders
    package var body: ByteBuffer
    /// The IP address of the socket's other end.
    package var peer: String

    package var path: Substring { target.prefix { $0 != "?" } }
    /// Without the question mark.
    package var query: Substring { target[path.endIndex...].dropFirst() }
}

/// One whole answer.
package struct HTTPReply: Sendable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: ByteBuffer
    /// What Content-Length says in the answer to HEAD, where the body is not sent.
    package var length: Int

    package init(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer(), length: Int? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.length = length ?? body.readableBytes
    }

    /// A line of text.
    package static func text(_ status: HTTPResponseStatus, _ text: String, type: String = "text/plain; charset=utf-8") -> HTTPReply {
        HTTPReply(status, headers: ["Content-Type": type], body: ByteBuffer(string: text))
    }

    /// The status as text, for errors.
    package static func refusal(_ status: HTTPResponseStatus) -> HTTPReply { .text(status, "\(status.code) \(status.reasonPhrase)\n") }

    /// 405, naming what is allowed.
    package static func methodNotAllowed(_ allowed: String) -> HTTPReply {
        var reply = refusal(.methodNotAllowed)
        reply.headers.add(name: "Allow", value: allowed)
        return reply
    }
}

/// Answers requests. Called on the connection's event loop, so the answer either is there at once or comes from elsewhere later.
protocol HTTPResponder: Sendable {
    func answer(_ request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer
    /// A request that was refused before it was whole.
    func refused(_ status: HTTPResponseStatus)
    /// Whether connections stay open for a next request.
    var keepsAlive: Bool { get }
}

/// An answer, now or later.
enum HTTPAnswer {
    case now(HTTPReply)
    case later(EventLoopFuture<HTTPReply>)
}

/// Dates as HTTP writes them (RFC 9110 section 5.6.7).
enum HTTPDate {
    /// - Parameter seconds: Unix time.
    static func text(_ seconds: Int) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        func two(_ value: CInt) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    static var now: String { text(time(nil)) }

    /// Unix time of a date in any of the three forms that HTTP knows; nil for anything else.
    static func seconds(_ text: String) -> Int? {
        // "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"
        var words = text.split { $0 == " " || $0 == "," || $0 == "-" }
        if words.count == 5 {
            words = [words[0], words[2], words[1], words[4], words[3]]
        } else if words.count != 6 || words[5] != "GMT" {
            return nil
        }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false).compactMap { CInt($0) }
        guard let month = months.firstIndex(where: { $0 == words[2] }), let day = CInt(words[1]), var year = CInt(words[3]), clock.count == 3,
            (1...31).contains(day), (0...9999).contains(year), (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        if words[3].utf8.count == 2 { year += year < 70 ? 2000 : 1900 }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, CInt(month), day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (clock[0], clock[1], clock[2])
        return timegm(&parts)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
