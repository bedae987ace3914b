import Logging
import NIOHTTP1
import TwilioWire

/// Decides who sent a webhook. Signatures are checked against the configured public address.
struct WebhookAuthority: Sendable {
    private let address: PublicAddress
    private let signature: RequestSignature?
    private let isOn: Bool

    init(_ configuration: PublicServerConfiguration, logger: Logger) {
        address = configuration.publicAddress
        signature = configuration.authToken.flatMap { $0.isEmpty ? nil : RequestSignature(secret: $0) }
        isOn = configuration.validatesSignatures
        if !isOn {
            logger.critical(
                "TWILIO_VALIDATE_SIGNATURE is off: anybody who reaches this port can place calls and read answers. Never do this on a public address."
            )
        } else if signature == nil {
            logger.warning("TWILIO_AUTH_TOKEN is not set: every signed webhook is refused. Set it to the account's primary auth token.")
        }
    }

    /// Who sent it, or why it is refused.
    enum Verdict: Equatable {
        case accepted(VoiceRequest.Authenticity)
        case refused(reason: String)
    }

    /// - Parameters:
    ///   - form: the body of a POST; nil for a GET, where nothing beside the URL is signed.
    ///   - allowsPreview: whether this is a document that may be looked at without a call.
    func judge(_ request: HTTPRequest, form: FormFields?, query: FormFields, allowsPreview: Bool) -> Verdict {
        let header = request.headers.first(name: "X-Twilio-Signature")
        let looksOnly = allowsPreview && form == nil && header == nil && query["CallSid"] == nil
        if looksOnly { return .accepted(.preview) }
        guard isOn else { return .accepted(.unchecked) }
        guard let header else { return .refused(reason: "missing") }
        guard let signature else { return .refused(reason: "no_auth_token") }
        let valid = signature.isValid(header, url: address.url(request.target), content: form.map { .form($0) } ?? .none)
        return valid ? .accepted(.signed) : .refused(reason: "forged")
    }

    /// For the handshake of a media socket: nil if it says nothing or nothing is checked.
    func socketSignature(target: String, headers: HTTPHeaders) -> Bool? {
        guard isOn, let header = headers.first(name: "X-Twilio-Signature") else { return nil }
        return signature?.isValid(header, url: address.socketURL(target), content: .none) ?? false
    }
}
