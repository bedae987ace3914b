import CCurl

/// One request on its way: the easy handle and what has come so far. Lives on the driver's thread.
final class Transfer {
    /// Headers of one response. Far more than any provider sends; libcurl's own limit is 300 KiB for one line.
    private static let maximumHeaderBytes = 64 << 10

    let id: UInt64
    let easy: UnsafeMutableRawPointer
    private let receiver: TransferReceiver
    /// A little after libcurl's own, which knows better what happened.
    private let lastMoment: ContinuousClock.Instant
    private let firstByteMoment: ContinuousClock.Instant?
    private let idleTimeout: Duration?
    private var lastByte: ContinuousClock.Instant?

    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let maximumBytes: Int
    private var headers: [(name: String, value: String)] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var bodyBytes = 0
    private var hasToldHead = false
    private var isTooLarge = false

    init(
        id: UInt64, request: HTTPRequest, configuration: HTTPFetchConfiguration,
        receiver: TransferReceiver
    ) throws(HTTPFetchError) {
        try Self.check(request)
        guard let easy = curl_easy_init() else {
            throw HTTPFetchError(.setup, "libcurl has no memory for a transfer. Give the service more.")
        }
        self.id = id
        self.easy = easy
        self.receiver = receiver
        let now = ContinuousClock.now
        lastMoment = now + min(request.timeout, .seconds(86_400)) + .milliseconds(20)
        firstByteMoment = request.firstByteTimeout.map { now + $0 }
        idleTimeout = request.idleTimeout
        maximumBytes = request.maximumResponseBytes
        try applyConnection(request, configuration)
        try applyMessage(request)
        try applyCallbacks()
    }

    /// The driver has removed the handle from the multi handle by now.
    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
    }

    /// When this transfer has taken too long, whatever comes first.
    var deadline: ContinuousClock.Instant {
        guard let lastByte else { return min(lastMoment, firstByteMoment ?? lastMoment) }
        return idleTimeout.map { min(lastMoment, lastByte + $0) } ?? lastMoment
    }

    /// Tells the receiver. Once.
    func end(_ outcome: Result<HTTPResponse, any Error>) {
        if case .success = outcome { tellHead() }
        receiver.end(outcome)
    }

    private var status: Int {
        var status = 0
        _ = cshim_curl_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    private func tellHead() {
        guard !hasToldHead, case .streamed(let receive) = receiver else { return }
        hasToldHead = true
        receive(.head(status: status, headers: headers))
    }

    /// What the end of the transfer means.
    func outcome(_ code: CURLcode) -> Result<HTTPResponse, any Error> {
        if code == CURLE_OK { return .success(HTTPResponse(status: status, headers: headers, body: body)) }
        let reason = String(cString: curl_easy_strerror(code))
        func failure(_ kind: HTTPFetchError.Code, _ remedy: String) -> Result<HTTPResponse, any Error> {
            .failure(HTTPFetchError(kind, "\(reason). \(remedy)", libraryCode: Int(code.rawValue)))
        }
        if isTooLarge {
            return .failure(
                HTTPFetchError(
                    .tooLarge, "A response was larger than allowed. Ask for less, or allow more.", libraryCode: Int(code.rawValue)))
        }
        // libcurl has one code for every time that is over: waiting for one of the host's connections, connecting, waiting for the answer.
        // Only the last of them leaves a doubt, and only then has anything of the request gone out.
        var sent = 0
        _ = cshim_curl_getinfo_long(easy, CURLINFO_REQUEST_SIZE, &sent)
        switch code {
        case CURLE_OPERATION_TIMEDOUT where sent == 0:
            return failure(.connectFailed, "Allow more time, or look at the network and whether the server is overloaded.")
        case CURLE_OPERATION_TIMEDOUT: return failure(.timeout, "Allow more time, or look whether the server is overloaded.")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            return failure(.connectFailed, "Check the address, the network and whether the server runs.")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR:
            return failure(.tls, "Check the server's certificate and the file of authorities.")
        // So libcurl calls an answer that is no HTTP, too.
        case CURLE_UNSUPPORTED_PROTOCOL where sent > 0:
            return failure(.interrupted, "Look whether a proxy stands between, and whether the server acted.")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return failure(.invalidRequest, "Use a complete http or https address.")
        default: return failure(.interrupted, "Look whether the server acted before sending again.")
        }
    }

    // MARK: Options

    private func applyConnection(_ request: HTTPRequest, _ configuration: HTTPFetchConfiguration) throws(HTTPFetchError) {
        // Time limits must not be kept by SIGALRM in a process with threads.
        try set(cshim_curl_setopt_long(easy, CURLOPT_NOSIGNAL, 1))
        try set(cshim_curl_setopt_string(easy, CURLOPT_PROTOCOLS_STR, "http,https"))
        try set(cshim_curl_setopt_string(easy, CURLOPT_URL, request.url))
        try set(cshim_curl_setopt_string(easy, CURLOPT_PROXY, configuration.proxy ?? ""))
        try set(cshim_curl_setopt_long(easy, CURLOPT_FOLLOWLOCATION, 0))
        try set(cshim_curl_setopt_long(easy, CURLOPT_SSL_VERIFYPEER, 1))
        try set(cshim_curl_setopt_long(easy, CURLOPT_SSL_VERIFYHOST, 2))
        try set(cshim_curl_setopt_long(easy, CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout)))
        try set(cshim_curl_setopt_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout)))
        if let file = configuration.certificateAuthorityFile {
            try set(cshim_curl_setopt_string(easy, CURLOPT_CAINFO, file))
            // Otherwise the system's directory of authorities would be trusted beside the file.
            try set(cshim_curl_setopt_string(easy, CURLOPT_CAPATH, nil))
        }
        if let agent = configuration.userAgent { try set(cshim_curl_setopt_string(easy, CURLOPT_USERAGENT, agent)) }
        if let (user, password) = request.basicAuthentication {
            try set(cshim_curl_setopt_long(easy, CURLOPT_HTTPAUTH, 1))  // CURLAUTH_BASIC, a cast macro
            try set(cshim_curl_setopt_string(easy, CURLOPT_USERNAME, user))
            try set(cshim_curl_setopt_string(easy, CURLOPT_PASSWORD, password))
        }
    }

    private func applyMessage(_ request: HTTPRequest) throws(HTTPFetchError) {
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        let body = request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil)
        if let body {
            try set(cshim_curl_setopt_long(easy, CURLOPT_POST, 1))
            // The size first: without it libcurl copies up to the first zero byte.
            try set(cshim_curl_setopt_off(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            // libcurl takes a nil pointer for "read the body from a callback", so an empty body too needs an address.
            let code = (body + [0]).withUnsafeBytes {
                cshim_curl_setopt_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
            try set(code)
            // libcurl would wait up to a second for "100 Continue" before a body over 1 MiB, and invents a content type.
            lines.append("Expect:")
            if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        }
        if request.method == "HEAD" {
            try set(cshim_curl_setopt_long(easy, CURLOPT_NOBODY, 1))
        } else {
            try set(cshim_curl_setopt_string(easy, CURLOPT_CUSTOMREQUEST, request.method))
        }
        for line in lines {
            guard let list = curl_slist_append(headerList, line) else {
                throw HTTPFetchError(.setup, "libcurl has no memory for headers. Give the service more.")
            }
            headerList = list
        }
        try set(cshim_curl_setopt_list(easy, CURLOPT_HTTPHEADER, headerList))
    }

    private func applyCallbacks() throws(HTTPFetchError) {
        // Unretained: callbacks come only inside curl_multi_perform, while the driver holds this transfer.
        let context = Unmanaged.passUnretained(self).toOpaque()
        try set(cshim_curl_setopt_pointer(easy, CURLOPT_WRITEDATA, context))
        try set(
            cshim_curl_setopt_callback(easy, CURLOPT_WRITEFUNCTION) { data, size, count, context in
                Transfer.from(context)?.take(body: UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
            })
        try set(cshim_curl_setopt_pointer(easy, CURLOPT_HEADERDATA, context))
        try set(
            cshim_curl_setopt_callback(easy, CURLOPT_HEADERFUNCTION) { data, size, count, context in
                Transfer.from(context)?.take(header: UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
            })
    }

    private func set(_ code: CURLcode) throws(HTTPFetchError) {
        guard code == CURLE_OK else {
            throw HTTPFetchError(
                .invalidRequest,
                "libcurl refused an option of the request: \(String(cString: curl_easy_strerror(code))). Check its address and headers.",
                libraryCode: Int(code.rawValue))
        }
    }

    // MARK: Callbacks

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Fewer bytes taken than given ends the transfer.
    private func take(body data: UnsafeRawBufferPointer) -> Int {
        guard bodyBytes + data.count <= maximumBytes else {
            isTooLarge = true
            return 0
        }
        bodyBytes += data.count
        lastByte = .now
        switch receiver {
        case .whole: body.append(contentsOf: data)
        case .streamed(let receive):
            tellHead()
            if !data.isEmpty { receive(.body(Array(data))) }
        }
        // libcurl takes 0 for "refused", and may hand over nothing at all.
        return data.count
    }

    private func take(header data: UnsafeRawBufferPointer) -> Int {
        headerBytes += data.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            isTooLarge = true
            return 0
        }
        let line = String(decoding: data, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // A status line begins anew: what came before belonged to an interim response such as 100 or 103.
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            headers.append((String(line[..<colon]), Self.trimmed(line[line.index(after: colon)...])))
        }
        return data.count
    }

    // MARK: Helpers

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// At least 1: to libcurl 0 means no limit.
    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(max(1, min(seconds, 86_400) * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// A line break in a header would let its author write further headers, or a second request.
    private static func check(_ request: HTTPRequest) throws(HTTPFetchError) {
        let texts = [request.url, request.method] + request.headers.flatMap { [$0.name, $0.value] }
        let secrets = request.basicAuthentication.map { [$0.user, $0.password] } ?? []
        let isToken = { (text: String) in
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";") }
        }
        guard (texts + secrets).allSatisfy({ !$0.utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 } }),
            isToken(request.method), request.headers.allSatisfy({ isToken($0.name) }),
            request.basicAuthentication?.user.contains(":") != true
        else {
            throw HTTPFetchError(.invalidRequest, "A request holds a line break, a zero byte or a malformed name. Clean its address and headers.")
        }
    }
}
