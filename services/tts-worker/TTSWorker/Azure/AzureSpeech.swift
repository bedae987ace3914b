import HTTPFetch
import ProviderKit
import ServiceKit

/// Provider `azure`: Azure's speech service over REST, mu-law as it comes. The sentence is escaped into the smallest SSML that the service takes.
struct AzureSpeech: SpeechService {
    let name = "azure"
    let baseURL: String
    private let key: String
    private let voices: VoiceNames

    /// The service ends its audio after ten minutes; the longest reply is far below. In characters.
    private static let longestText = 5_000
    private static let format = "raw-8khz-8bit-mono-mulaw"

    init(_ settings: AzureSpeechSettings) {
        baseURL = settings.baseURL
        key = settings.key
        voices = settings.voices
    }

    func signature(of request: VoiceRequest) -> String { "\(name) \(voices.choice(request, name))" }

    func httpRequest(for request: VoiceRequest) async throws -> HTTPRequest {
        let text = try SpokenText.checked(request, name, limit: Self.longestText) { $0.unicodeScalars.count }
        let voice = SpokenText.escapedForXML(voices.choice(request, name))
        let markup =
            "<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"he-IL\">"
            + "<voice name=\"\(voice)\">\(SpokenText.escapedForXML(text))</voice></speak>"
        return HTTPRequest(
            method: "POST", url: baseURL + "/cognitiveservices/v1",
            headers: [
                ("Ocp-Apim-Subscription-Key", key), ("Content-Type", "application/ssml+xml"), ("X-Microsoft-OutputFormat", Self.format),
                // Required.
                ("User-Agent", "maane"),
            ], body: Array(markup.utf8))
    }

    func makeReader(_ type: String) -> (any SpeechReader & Sendable)? { AudioReader(LineAudio(.muLaw), type: type) }

    /// Azure's answers to faults have a status and mostly no body.
    func failure(_ response: HTTPStreamedResponse, body: [UInt8]) -> ProviderFailure {
        let (kind, remedy): (ProviderFailure.Kind, String) =
            switch response.status {
            case 401, 403: (.auth, "check the key, and that it belongs to the region")
            case 400: (.refused, "check the voice's name")
            case 415: (.refused, "the service takes no SSML at this address; check AZURE_SPEECH_BASE_URL")
            case 429: (.rateLimited, "look at the resource's quota of requests")
            default: (ProviderFailure.kind(ofStatus: response.status), "look at Azure's status page")
            }
        return ProviderFailure(kind, "azure answered \(response.status); \(remedy)", retryAfter: ProviderFailure.retryAfter(response))
    }
}

/// What `azure` needs.
struct AzureSpeechSettings: Sendable {
    var key: String
    var baseURL: String
    var voices: VoiceNames

    /// Reads `AZURE_SPEECH_KEY`, `AZURE_SPEECH_REGION` or `AZURE_SPEECH_BASE_URL`, `AZURE_TTS_VOICE` (he-IL-HilaNeural) and
    /// `AZURE_TTS_VOICE_MASCULINE` (he-IL-AvriNeural). Faults are left in the reader.
    init(_ reader: SettingsReader) {
        key = reader.required("AZURE_SPEECH_KEY", secret: true, "copy a key of the speech resource from Azure's portal")
        var region = reader.optional("AZURE_SPEECH_REGION")
        if region == nil, reader.optional("AZURE_SPEECH_BASE_URL") == nil {
            reader.fault("AZURE_SPEECH_REGION", "is not set; write the region of the speech resource, for example westeurope")
        }
        if let name = region, !name.allSatisfy({ ("a"..."z").contains($0) || ("0"..."9").contains($0) }) {
            reader.fault("AZURE_SPEECH_REGION", "\(name) is no region; write it in small letters as Azure does, for example westeurope")
            region = nil
        }
        baseURL =
            BaseURL.read(
                reader, "AZURE_SPEECH_BASE_URL", default: region.map { "https://\($0).tts.speech.microsoft.com" }, carriesSecret: true) ?? ""
        voices = VoiceNames.read(reader, "AZURE_TTS_VOICE", feminine: "he-IL-HilaNeural", masculine: "he-IL-AvriNeural")
    }
}
