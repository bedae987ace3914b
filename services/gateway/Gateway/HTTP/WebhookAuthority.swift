import Logging
import NIOCore
import NIOHTTP1
import TwilioWire

/// Decides who sent a webhook. Signatures are checked against the configured public address.
struct WebhookAuthority: Sendable {
    private let address: PublicAddress
    private let authToken: String?
    private let signingKey: String?
    private let isOn: Bool

    init(_ configuration: PublicServerConfiguration, logger: Logger) {
        address = configuration.publicAddress
        authToken = configuration.authToken.flatMap { $0.isEmpty ? nil : $0 }
        signingKey = configuration.signingKey.flatMap { $0.isEmpty ? nil : $0 }
        isOn = configuration.validatesSignatures
        if !isOn {
            logger.critical(
                "TWILIO_VALIDATE_SIGNATURE is off: anybody who reaches this port can place calls and read answers. Never do this on a public address."
            )
        } else if authToken == nil, signingKey == nil {
            logger.warning("TWILIO_AUTH_TOKEN is not set: every signed webhook is refused. Set it to the account's primary auth token.")
        }
    }

    /// Who sent it, or why it is refused.
    enum Verdict: Equatable {
        case accepted(VoiceRequest.Authenticity)
        case refused(reason: String)
    }

    /// - Parameters:
    ///   - content: what was signed beside the URL; `.none` for a GET.
    ///   - query: the query, decoded.
    ///   - allowsPreview: whether this is a document that may be looked at without a call.
    func judge(_ request: HTTPRequest, content: RequestSignature.Content, query: FormFields, allowsPreview: Bool) -> Verdict {
        let header = request.headers.first(name: "X-Twilio-Signature")
        let looksOnly = allowsPreview && request.method == .GET && header == nil && query["CallSid"] == nil
        if looksOnly { return .accepted(.preview) }
        guard isOn else { return .accepted(.unchecked) }
        guard let header else { return .refused(reason: "missing") }
        switch key(request.headers) {
        case .failure(let lack): return .refused(reason: lack.rawValue)
        case .success(let signature):
            return signature.isValid(header, url: address.url(request.target), content: content) ? .accepted(.signed) : .refused(reason: "forged")
        }
    }

    /// For the handshake of a media socket: nil if it says nothing or nothing is checked.
    func socketSignature(target: String, headers: HTTPHeaders) -> Bool? {
        guard isOn, let header = headers.first(name: "X-Twilio-Signature") else { return nil }
        guard case .success(let signature) = key(headers) else { return false }
        return signature.isValid(header, url: address.socketURL(target), content: .none)
    }

    /// What is missing to check a signature.
    private enum Lack: String, Error {
        case authToken = "no_auth_token"
        case signingKey = "no_signing_key"
        case algorithm = "unknown_algorithm"
    }

    /// The secret that the request says it was signed with. Whichever a sender names, it must know it.
    private func key(_ headers: HTTPHeaders) -> Result<RequestSignature, Lack> {
        let settings = RequestSignature.Settings(header: headers.first(name: "X-Twilio-Webhooks-Signature-Settings"))
        guard let algorithm = settings.algorithm else { return .failure(.algorithm) }
        if settings.usesAuthToken { return authToken.map { .success(RequestSignature(secret: $0)) } ?? .failure(.authToken) }
        return signingKey.map { .success(RequestSignature(secret: $0, algorithm: algorithm)) } ?? .failure(.signingKey)
    }
}

/// What a webhook request carries: its fields, and how they were signed.
struct WebhookContent {
    /// The form of a POST, the members of a JSON object, or the query of a GET.
    let params: FormFields
    let query: FormFields
    let signed: RequestSignature.Content

    /// - Throws: ``FormError`` for what cannot be read: 400. nil if the body is of a type that we do not read: 415.
    init?(_ request: HTTPRequest) throws(FormError) {
        query = try FormDecoder.decode(Array(request.query.utf8))
        guard request.method == .POST else {
            params = query
            signed = .none
            return
        }
        let header = request.headers.first(name: "Content-Type") ?? ""
        switch header.prefix(while: { $0 != ";" }).filter({ !$0.isWhitespace }).lowercased() {
        case "", "application/x-www-form-urlencoded":
            params = try FormDecoder.decode(request.body.readableBytesView)
            signed = .form(params)
        case "application/json":
            let body = Array(request.body.readableBytesView)
            params = try FormDecoder.decodeJSON(body)
            signed = .body(body)
        default: return nil
        }
    }
}
