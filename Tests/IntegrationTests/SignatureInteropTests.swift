import Foundation
import Glibc
import Signing
import TestSupport
import Testing
import TwilioWire

/// Our signatures beside those of Twilio's own SDK for Python, over random requests. MAANE_FUZZ_SEED repeats a run.
@Suite struct SignatureInteropTests {
    static let cases = 2_500

    /// What the Python side is given.
    struct Case: Encodable {
        var token: String
        /// For the SDK, which cannot drop user information.
        var url: String
        var fields: [[String]]?
        var body: String?
        var settings: String?
        var signature: String
        var others: [[String]]
    }

    struct Answer: Decodable {
        struct Try: Decodable {
            let label: String
            let signature: String
            let verdict: Bool

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                label = try container.decode(String.self)
                signature = try container.decode(String.self)
                verdict = try container.decode(Bool.self)
            }
        }

        let algorithm: String?
        let exact: String
        let ours: Bool
        let tries: [Try]
    }

    /// Where we decide otherwise than the SDK, and why. Anything else is a fault.
    enum Difference: String, CaseIterable {
        case defaultPort = "the SDK takes 80 for the default port of wss; it is 443"
        case trailingSlash = "Twilio may sign a WebSocket's address with or without a slash at the end; its SDK leaves the second try to us"
        case emptyQuery = "the SDK loses the question mark of an empty query, and then refuses what was signed with it"
        case address = "the SDK cuts an IPv6 address at its first colon to drop the port"
    }

    @Test func theSDKAgrees() async throws {
        let seed = getenv("MAANE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("signatures beside Twilio's SDK: seed \(seed)")
        var requests = RandomRequests(seed: seed)
        let all = (0..<Self.cases).map { _ in requests.next() }
        let answers = try await ask(all.map(\.asCase))
        try #require(answers.count == all.count)
        var found: Set<Difference> = []
        var accepted = 0
        for (request, answer) in zip(all, answers) {
            let algorithm = RequestSignature.Settings(header: request.settings).algorithm
            #expect(algorithm == ["HMAC_SHA1": .hmacSHA1, "HMAC_SHA256": .hmacSHA256][answer.algorithm ?? ""], "\(request.settings ?? "")")
            let signature = RequestSignature(secret: request.token, algorithm: algorithm ?? .hmacSHA1)
            let content = request.content
            // Theirs is ours, character by character, and each accepts or refuses the other's.
            if signature.sign(url: request.asCase.url, content: content) != answer.exact {
                Issue.record("signed otherwise, seed \(seed): \(request)")
            }
            var judged = answer.tries.map { ($0.label, $0.signature, $0.verdict) }
            judged.append(("ours", request.asCase.signature, answer.ours))
            judged.append(("exact", answer.exact, answer.ours))
            for (label, text, verdict) in judged {
                let mine = algorithm != nil && signature.isValid(text, url: request.url, content: content)
                if mine { accepted += 1 }
                guard mine != verdict else { continue }
                if let difference = request.difference(label, accepted: mine) {
                    found.insert(difference)
                } else {
                    Issue.record("\(label): the SDK says \(verdict), we say \(mine); seed \(seed): \(request), signature \(text)")
                }
            }
        }
        // A list of differences that do not exist any more would hide new ones.
        #expect(found == Set(Difference.allCases), "seed \(seed)")
        // Both verdicts are common: some four signatures of each request with a known algorithm are good.
        #expect(accepted > Self.cases, "seed \(seed)")
        #expect(accepted < 10 * Self.cases, "seed \(seed)")
    }

    private func ask(_ cases: [Case]) async throws -> [Answer] {
        let made = try await Programs.run(Programs.repository + "/deploy/scripts/venv.sh", environment: ProcessInfo.processInfo.environment)
        let python = try #require(made.code == 0 ? made.output.split(separator: "\n").last.map(String.init) : nil, "\(made.output)")
        let folder = try TemporaryDirectory()
        let encoder = JSONEncoder()
        var lines = Data()
        for one in cases { lines += try encoder.encode(one) + [0x0A] }
        try lines.write(to: URL(fileURLWithPath: folder.path + "/cases"))
        let script = Programs.repository + "/Tests/Interop/check_signatures.py"
        let ended = try await Programs.run(python, [script, folder.path + "/cases", folder.path + "/answers"])
        try #require(ended.code == 0, "\(ended.output)")
        let answers = try #require(FileManager.default.contents(atPath: folder.path + "/answers"))
        let decoder = JSONDecoder()
        return try answers.split(separator: 0x0A).map { try decoder.decode(Answer.self, from: $0) }
    }
}

/// A request such as Twilio might send, and some that it would not.
private struct RandomRequest: CustomStringConvertible {
    var token = ""
    var scheme = ""
    var userInformation = ""
    var host = ""
    var port: String?
    var path = ""
    /// With its question mark.
    var query = ""
    var settings: String?
    var fields: [[String]]?
    var body: String?

    var content: RequestSignature.Content {
        if let body { return .body(Array(body.utf8)) }
        return fields.map { .form(FormFields($0.map { FormFields.Field(name: $0[0], value: $0[1]) })) } ?? .none
    }

    var url: String { text() }

    func text(userInformation: Bool = true, scheme: String? = nil, host: String? = nil, port: String?? = nil, path: String? = nil) -> String {
        let port = port ?? self.port
        return (scheme ?? self.scheme) + "://" + (userInformation ? self.userInformation : "") + (host ?? self.host) + (port.map { ":" + $0 } ?? "")
            + (path ?? self.path) + query
    }

    var isSocket: Bool { scheme == "ws" || scheme == "wss" }
    var otherPath: String { path.hasSuffix("/") ? String(path.dropLast()) : path + "/" }

    var asCase: SignatureInteropTests.Case {
        let url = text(userInformation: false)
        var others: [[String]] = []
        func add(_ label: String, _ other: String) { if other != url { others.append([label, other]) } }
        add("other host", text(userInformation: false, host: "x" + host))
        add("other scheme", text(userInformation: false, scheme: scheme == "https" ? "http" : "https"))
        add("slash", text(userInformation: false, path: otherPath))
        if query == "?" {
            add("no question mark", String(url.dropLast()))
        } else {
            add("no port", text(userInformation: false, port: .some(nil)))
            for port in ["80", "443", "8443"] { add("port \(port)", text(userInformation: false, port: port)) }
        }
        let algorithm = RequestSignature.Settings(header: settings).algorithm ?? .hmacSHA1
        return SignatureInteropTests.Case(
            token: token, url: url, fields: fields, body: body, settings: settings,
            signature: RequestSignature(secret: token, algorithm: algorithm).sign(url: url, content: content), others: others)
    }

    /// Why we may accept (or refuse) this where the SDK does not.
    func difference(_ label: String, accepted: Bool) -> SignatureInteropTests.Difference? {
        if isSocket, label == "slash", accepted { return .trailingSlash }
        if scheme == "wss", port == nil, label == "port 443", accepted { return .defaultPort }
        if scheme == "wss", port == nil, label == "port 80", !accepted { return .defaultPort }
        // Other ways to come to the very same text: the field that was dropped may be there twice.
        let isSame =
            ["exact", "ours", "value once more", "fields turned round", "flattened", "field dropped"].contains(label)
            || label == "other scheme" && scheme == "HTTPS"
        if query == "?", isSame, accepted { return .emptyQuery }
        if host.hasPrefix("["), port != nil, label == "no port", accepted { return .address }
        return nil
    }

    var description: String { "\(url) \(fields.map { "\($0)" } ?? body ?? "nothing") settings: \(settings ?? "none")" }
}

private struct RandomRequests {
    private var dice: Dice

    init(seed: UInt64) { dice = Dice(state: seed) }

    private mutating func pick<Element>(_ list: [Element]) -> Element { list[Int.random(in: 0..<list.count, using: &dice)] }
    private mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &dice) == 0 }
    private mutating func many(_ range: ClosedRange<Int>, _ make: (inout Self) -> String) -> [String] {
        (0..<Int.random(in: range, using: &dice)).map { _ in make(&self) }
    }

    mutating func next() -> RandomRequest {
        var request = RandomRequest()
        request.token = once(in: 10) ? "סוד" : many(1...40) { $0.pick(Array("0123456789abcdef").map(String.init)) }.joined()
        request.scheme = pick(["https", "https", "https", "http", "wss", "ws", "HTTPS"])
        request.host = pick(["voice.example.com", "a.b", "localhost", "10.0.0.1", "VOICE.Example.com", "[2001:db8::1]"])
        request.port = pick([nil, nil, "443", "80", "8080", "8443", "65535"])
        if once(in: 6) { request.userInformation = pick(["user:pass@", "user@", "u:p%40s@"]) }
        request.path = many(0...4) { "/" + $0.many(0...3) { $0.pick(Self.pathPieces) }.joined() }.joined()
        let pairs = many(0...4) { $0.encoded() + $0.pick(["=", "=", ""]) + $0.encoded() }
        request.query = pairs.isEmpty ? pick(["", "", "?"]) : "?" + pairs.joined(separator: pick(["&", "&", "&&"]))
        if once(in: 2) { request.settings = pick(Self.headers) }
        switch Int.random(in: 0..<10, using: &dice) {
        case 0...5: request.fields = fields()
        case 6, 7: addBody(&request)
        default: break
        }
        return request
    }

    private mutating func fields() -> [[String]] {
        var result = (0..<Int.random(in: 0...12, using: &dice)).map { _ in [pick(Self.names), value()] }
        // The same again, here and there.
        for _ in 0..<Int.random(in: 0...2, using: &dice) where !result.isEmpty { result.append(pick(result)) }
        return result.shuffled(using: &dice)
    }

    private mutating func addBody(_ request: inout RandomRequest) {
        let body = once(in: 8) ? "" : "{\"text\":\"\(value())\"}"
        request.body = body
        let hash = Self.hash(body)
        let separator = request.query.count > 1 ? "&" : request.query.isEmpty ? "?" : ""
        let parameter = pick([
            "bodySHA256=" + hash, "bodySHA256=" + hash, "bodySHA256=" + hash, "bodySHA256=" + hash.uppercased(), "bodySHA256=",
            "bodySHA256=&bodySHA256=" + hash, "body%53HA256=" + hash, "bodySHA256=" + Self.hash(body + " "), "bodysha256=" + hash, "",
            "bodySHA256=\(Self.hash("x"))&bodySHA256=\(hash)", "bodySHA256=" + hash + "&x=1",
        ])
        request.query += parameter.isEmpty ? "" : separator + parameter
    }

    private mutating func value() -> String { many(0...4) { $0.pick(Self.pieces) }.joined() }
    private mutating func encoded() -> String { many(0...3) { $0.pick(Self.queryPieces) }.joined() }

    private static func hash(_ text: String) -> String { Hex.encode(Digest.sha256(Array(text.utf8))) }

    // No semicolon: Python takes what follows it for parameters of its own.
    private static let pathPieces = ["a", "voice", "%D7%A9", "%2F", "%20", "~", "+", "-", ".", "..", "@", ":", "'", "%e2%82%ac", "webhook"]
    private static let queryPieces = ["a", "CallSid", "%D7%A9%D7%9C", "+", "%2B972", "%20", "/", "?", "@", ":", "~", "%00", "%26", "1"]
    private static let names = ["CallSid", "From", "To", "MediaUrl", "a", "A", "b", "", "שם", "Z", "_", "é", "e\u{301}", "Body", "ת"]
    /// Among them what is equal for a reader and not for a signature, and what sorts otherwise in UTF-16 than in UTF-8.
    private static let pieces = [
        "", "+972501234567", "שלום", " ", "+", "%2B", "%", "&", "=", "א\u{5B8}", "é", "e\u{301}", "😀", "\u{FFFD}", "\u{E000}", "\n", "\t", "\u{0}",
        "https://a.example/1", "\u{200F}", "0.91", "\\", "'", "\u{10FFFF}",
    ]
    private static let headers = [
        "", "key=k1,algorithm=HMAC_SHA256", "algorithm=HMAC_SHA256", "algorithm=hmac_sha256", " algorithm = HMAC_SHA256 , key = k", "key=k1",
        "algorithm=,algorithm=HMAC_SHA256", "algorithm=HMAC_SHA512", "algorithm=HMAC_SHA1,algorithm=HMAC_SHA256", "ALGORITHM=HMAC_SHA256",
        "algorithm", "nonsense", "key=k1,algorithm=HMAC_SHA1", "algorithm=HMAC_SHA256=", ",,",
    ]
}

private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
