import Signing
import TwilioWire

func signatureFault(_ bytes: [UInt8]) -> String? {
    let parts = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    func text(_ index: Int) -> String { index < parts.count ? String(decoding: parts[index], as: UTF8.self) : "" }
    let (header, url) = (text(0), text(2))
    let body = parts.count > 3 ? Array(parts[3]) : []
    let settings = RequestSignature.Settings(header: text(1))
    if settings.key?.isEmpty == true { return "a key without a name" }
    if settings.usesAuthToken && settings.algorithm != .hmacSHA1 { return "the auth token with another algorithm" }
    let signature = RequestSignature(secret: "12345", algorithm: settings.algorithm ?? .hmacSHA1)
    let stranger = RequestSignature(secret: "12346", algorithm: settings.algorithm ?? .hmacSHA1)
    // What came as a signature is no stream token either: nobody made one with this secret.
    for token in [header, url] where (try? StreamToken.verify(token, callSid: text(1), now: 0, secret: [1])) != nil { return "a forged token" }
    var contents: [RequestSignature.Content] = [.none, .body(body)]
    if let form = try? FormDecoder.decode(body) { contents.append(.form(form)) }
    for content in contents {
        let right = signature.sign(url: url, content: content)
        let isRight = signature.isValid(right, url: url, content: content)
        if isRight, stranger.isValid(right, url: url, content: content) { return "valid with another secret" }
        // What came is good only if it is one of the few that the secret makes of this URL; those have one length.
        if signature.isValid(header, url: url, content: content), header.utf8.count != right.utf8.count { return "a signature of another length" }
        switch content {
        case .body: if isRight, !body.isEmpty, !isBound(url, body) { return "a body that nothing binds" }
        case .none: if !isRight, isPlain(url) { return "our own signature is refused" }
        case .form(let form):
            if !isRight, isPlain(url) { return "our own signature of a form is refused" }
            // Neither order nor repetition counts.
            let turned = FormFields(form.fields.reversed() + form.fields)
            if signature.sign(url: url, content: .form(turned)) != right { return "the fields' order counts" }
        }
    }
    return nil
}

/// Without what is dropped or changed before a URL is signed.
private func isPlain(_ url: String) -> Bool {
    !url.utf8.contains { [UInt8(ascii: "@"), UInt8(ascii: "#")].contains($0) } && !url.utf8.contains { (0x41...0x5A).contains($0) || $0 >= 0x80 }
        && !url.utf8.starts(with: "://".utf8) && !hasEmptyPort(url)
}

/// "host:/path", where the colon says nothing.
private func hasEmptyPort(_ url: String) -> Bool {
    let bytes = Array(url.utf8)
    for index in bytes.indices where bytes[index] == UInt8(ascii: ":") {
        let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "/")
        if next == UInt8(ascii: "?") { return true }
        if next == UInt8(ascii: "/"), index + 2 >= bytes.count || bytes[index + 2] != UInt8(ascii: "/") { return true }
        if next == UInt8(ascii: "/"), index > 0, bytes[..<index].contains(UInt8(ascii: ":")) { return true }
    }
    return false
}

private func isBound(_ url: String, _ body: [UInt8]) -> Bool {
    // The hash may be escaped; what decodes to it must be there.
    let hash = Hex.encode(Digest.sha256(body))
    let query = url.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()
    return query.split(separator: UInt8(ascii: "&")).contains {
        (try? FormDecoder.decode($0.prefix { $0 != UInt8(ascii: "#") }))?["bodySHA256"] == hash
    }
}
