/// E-mail and web addresses: what they are, and how they are dictated.
enum WebAddress {
    static func isAddress(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        let schemes: [[Unicode.Scalar]] = [Array("http://".unicodeScalars), Array("https://".unicodeScalars)]
        if schemes.contains(where: { text.starts(with: $0) && text.count > $0.count }) { return true }
        if let at = text.firstIndex(of: "@") {
            let domain = text[(at + 1)...]
            let local = text[..<at]
            return !local.isEmpty && local.allSatisfy { $0 != "/" && $0 != ":" } && labels(domain).count >= 2 && isHost(domain)
        }
        let host = text.prefix { $0 != "/" && $0 != ":" && $0 != "?" && $0 != "#" }
        guard host.first?.isASCIILetter == true || host.contains(where: \.isASCIILetter) else { return false }
        let labels = labels(host)
        guard labels.count >= 2, isHost(host), let last = labels.last else { return false }
        if string(labels[0]).lowercased() == "www" { return true }
        // "node.js" and "v1.2" are no addresses.
        return topLevel.contains(string(last).lowercased())
    }

    private static func labels(_ host: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
        host.split(separator: ".", omittingEmptySubsequences: false)
    }

    private static func isHost(_ host: ArraySlice<Unicode.Scalar>) -> Bool {
        let labels = labels(host)
        guard let last = labels.last, last.count >= 2, last.allSatisfy(\.isASCIILetter) else { return false }
        return labels.allSatisfy { label in !label.isEmpty && label.allSatisfy { $0.isASCIILetter || $0.isDigit || $0 == "-" } }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }

    private static let topLevel: Set<String> = [
        "com", "net", "org", "io", "il", "gov", "edu", "info", "biz", "me", "ai", "app", "dev", "tv", "shop", "online", "site", "store", "eu", "uk",
        "us", "ly", "gl",
    ]

    // MARK: - In words

    /// As people dictate it: info שטרודל example נקודה קו נקודה איי אל. The scheme, `www` and a query are left out.
    static func words(_ address: String, latin: SpokenOptions.Latin) -> String {
        var rest = address[...]
        for scheme in ["https://", "http://"] where rest.lowercased().hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        if rest.lowercased().hasPrefix("www."), rest.contains("/") || !rest.contains("@") { rest = rest.dropFirst(4) }
        if !rest.contains("@") || rest.contains("/") { rest = rest.prefix { $0 != "?" && $0 != "#" } }
        while rest.last == "/" { rest = rest.dropLast() }
        var words: [String] = []
        var chunk = ""
        func flush() {
            guard !chunk.isEmpty else { return }
            words.append(Self.chunk(chunk, latin))
            chunk = ""
        }
        var wasDigit = false
        for scalar in rest.unicodeScalars {
            if let name = marks[scalar] {
                flush()
                words.append(name)
            } else if scalar.isASCIILetter || scalar.isDigit {
                if scalar.isDigit != wasDigit { flush() }
                wasDigit = scalar.isDigit
                chunk.unicodeScalars.append(scalar)
            } else {
                flush()
            }
        }
        flush()
        return words.joined(separator: " ")
    }

    private static func chunk(_ chunk: String, _ latin: SpokenOptions.Latin) -> String {
        if chunk.utf8.first.map({ (0x30...0x39).contains($0) }) == true { return DigitWords.words(chunk) }
        if let known = LatinLetters.webWords[chunk.lowercased()] { return known }
        return latin == .leave ? chunk : LatinLetters.spelled(chunk)
    }

    private static let marks: [Unicode.Scalar: String] = [
        "@": "שטרודל", ".": "נקודה", "-": "מקף", "_": "קו תחתון", "/": "סלאש", "+": "פלוס", ":": "נקודתיים", "=": "שווה", "&": "אנד", "~": "טילדה",
        "%": "אחוז",
    ]
}
