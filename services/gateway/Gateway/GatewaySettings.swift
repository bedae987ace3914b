import CallEngine
import ServiceKit
import Signing
import TwilioREST

/// What the gateway reads at boot. Every fault is named, all at once.
package struct GatewaySettings: Sendable {
    /// The public port. Ignored when the manager hands over a socket.
    package var port: Int
    /// As Twilio sees us, without a slash at the end: signatures are checked against it and TwiML is built from it.
    package var publicBaseURL: String
    package var accountSID: String
    package var authToken: String
    package var validatesSignatures: Bool
    package var trustedProxies: [String]
    package var adminPort: Int
    package var businesses: String
    /// False: calls are answered by the spoken fallback instead of a conversation. nil: as long as a stage has no worker.
    package var realtime: Bool?
    /// TTS_PROVIDERS: prompts are made anew when another voice speaks.
    package var voices: [String]
    package var traceDirectory: String?
    /// Calls at the same time. Further ones hear that all lines are busy.
    package var slots: Int
    /// Bytes of journal on disk.
    package var journalBytes: Int
    /// Days for which voice messages are kept.
    package var recordingDays: Int
    package var apiBaseURL: String
    /// The shared key of Twilio's SHA-256 signatures.
    package var signingKey: String?
    package var policy = CallPolicy()

    package var account: TwilioAccount { TwilioAccount(sid: accountSID, authToken: authToken, baseURL: apiBaseURL) }

    package init(_ reader: SettingsReader) {
        port = reader.integer("PORT", default: 8080, in: 1...65_535)
        publicBaseURL = reader.required("PUBLIC_BASE_URL", "set it to the address that Twilio reaches, for example https://voice.example.com")
        accountSID = reader.required("TWILIO_ACCOUNT_SID", "copy it from Twilio's console; it begins with AC")
        validatesSignatures = reader.flag("TWILIO_VALIDATE_SIGNATURE", default: true)
        authToken = reader.required("TWILIO_AUTH_TOKEN", secret: true, "copy the primary auth token from Twilio's console")
        trustedProxies = reader.optional("TRUSTED_PROXIES").map { $0.split(separator: ",").map { String($0).filter { $0 != " " } } } ?? []
        adminPort = reader.integer("ADMIN_PORT", default: 9090, in: 1...65_535)
        businesses = reader.string("MAANE_BUSINESSES", default: "/etc/maane/businesses")
        traceDirectory = reader.optional("MAANE_TRACE_DIR")
        slots = reader.integer("MAANE_MAX_CALLS", default: 200, in: 1...5_000)
        journalBytes = reader.integer("MAANE_JOURNAL_MB", default: 1_024, in: 16...1_048_576) << 20
        policy.endpoint.silence = reader.integer("ENDPOINT_SILENCE_MS", default: policy.endpoint.silence, in: 100...3_000)
        policy.preemptions = reader.integer("PREEMPTIONS", default: 3, in: 0...10)
        policy.filler = reader.integer("FILLER_MS", default: 1_200, in: 0...5_000)
        // The embedded recogniser guesses from the answers that the dialogue expects.
        policy.trustsInterims = reader.list("ASR_PROVIDERS", default: ["local"], allowed: Providers.asr).first != "local"
        policy.endpoint.stable = policy.trustsInterims ? 1_200 : 0
        _ = reader.list("DIALOG_PROVIDERS", default: ["local"], allowed: Providers.dialog)
        voices = reader.list("TTS_PROVIDERS", default: ["local"], allowed: Providers.tts)
        let mode = reader.string("REPLY_MODE", default: "stream")
        if let mode = CallPolicy.ReplyMode(rawValue: mode) {
            policy.replyMode = mode
        } else {
            reader.fault("REPLY_MODE", "\(mode) is neither stream nor play")
        }
        policy.streamStart = reader.integer("WATCHDOG_START_TIMEOUT", default: policy.streamStart / 1000, in: 1...60) * 1000
        policy.noMedia = reader.integer("WATCHDOG_NO_MEDIA_TIMEOUT", default: policy.noMedia / 1000, in: 2...60) * 1000
        policy.noReply = reader.integer("WATCHDOG_NO_REPLY_TIMEOUT", default: policy.noReply / 1000, in: 5...60) * 1000
        policy.longestCall = reader.integer("MAANE_MAX_CALL_MINUTES", default: policy.longestCall / 60_000, in: 1...240) * 60_000
        recordingDays = reader.integer("MAANE_RECORDING_DAYS", default: 30, in: 1...3_650)
        apiBaseURL = reader.string("TWILIO_API_BASE_URL", default: TwilioAccount.defaultBaseURL)
        if let fault = TwilioAccount.fault(inBaseURL: apiBaseURL) { reader.fault("TWILIO_API_BASE_URL", fault) }
        signingKey = reader.optional("TWILIO_SIGNING_KEY", secret: true)
        if !publicBaseURL.isEmpty, let fault = Self.fault(inBaseURL: publicBaseURL) { reader.fault("PUBLIC_BASE_URL", fault) }
        while publicBaseURL.hasSuffix("/") { publicBaseURL.removeLast() }
        realtime = reader.optional("HEBREW_REALTIME_ENABLED") == nil ? nil : reader.flag("HEBREW_REALTIME_ENABLED", default: true)
    }

    /// Twilio demands https and wss, and refuses host names with `_`. Plain http is for this machine alone.
    private static func fault(inBaseURL url: String) -> String? {
        let remedy = "expected https://host, without a path"
        guard let colon = url.firstRange(of: "://") else { return "\(url) has no scheme; \(remedy)" }
        let scheme = url[..<colon.lowerBound]
        var rest = url[colon.upperBound...]
        while rest.hasSuffix("/") { rest.removeLast() }
        if rest.isEmpty || rest.contains("/") || rest.contains("?") || rest.contains("#") || rest.contains("@") { return "\(url): \(remedy)" }
        // Calls are updated with whole documents of at most 4,000 characters (32018), which name this address six times.
        if url.utf8.count > 200 { return "\(url) has more than 200 characters; \(remedy)" }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let host = parts.first.map(String.init) ?? ""
        if parts.count == 2, parts[1].hasPrefix("+") || !(1...65_535).contains(Int(parts[1]) ?? 0) {
            return "\(url) has no port after the colon; \(remedy)"
        }
        if host.isEmpty || !host.utf8.allSatisfy(isHostByte) { return "\(url): \(host) is no host name; \(remedy)" }
        if host.contains("_") { return "\(url): Twilio refuses host names with an underscore" }
        if scheme == "https" { return nil }
        guard scheme == "http", ["127.0.0.1", "localhost"].contains(host) else { return "\(url): Twilio streams only over TLS; \(remedy)" }
        return nil
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return (0x61...0x7A).contains(letter) || (0x30...0x39).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
    }

    /// `wss` where the base is `https`.
    package var streamURL: String { "ws" + publicBaseURL.dropFirst(4) + "/ws/twilio-media" }

    /// Shared by all gateways of an account, and not Twilio's own secret.
    package var tokenSecret: [UInt8] { Digest.hmacSHA256(Array("maane media tokens".utf8), key: Array(authToken.utf8)) }
}
