import GoogleCloud
import GoogleGRPC
import Logging
import ServiceKit

/// Where Google speaks for us as a stream.
///
/// | Variable | Default | |
/// | --- | --- | --- |
/// | GOOGLE_TTS_LOCATION | `global` | `global`, `us`, `eu` or a region that has Chirp3-HD; the host follows |
/// | GOOGLE_TTS_STREAM_BASE_URL | from the location | another server, for tests and proxies |
package struct GoogleSpeechSettings: Sendable {
    package var endpoint: GoogleEndpoint

    package init(_ reader: SettingsReader, account: GoogleAccountSettings) {
        let location = reader.string("GOOGLE_TTS_LOCATION", default: "global")
        if !location.utf8.allSatisfy({ Self.locationBytes.contains($0) }) {
            reader.fault("GOOGLE_TTS_LOCATION", "is no location; write global, us, eu or a region such as europe-west2")
        }
        endpoint = GoogleEndpoint(
            host: location == "global" ? "texttospeech.googleapis.com" : "\(location)-texttospeech.googleapis.com",
            certificateAuthorityFile: account.certificateAuthorityFile)
        guard let baseURL = reader.optional("GOOGLE_TTS_STREAM_BASE_URL") else { return }
        do {
            endpoint = try GoogleEndpoint(baseURL: baseURL, certificateAuthorityFile: account.certificateAuthorityFile)
        } catch {
            reader.fault("GOOGLE_TTS_STREAM_BASE_URL", error.message)
        }
    }

    private static let locationBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)

    package func channels(logger: Logger) -> GoogleChannels {
        GoogleChannels(service: "Google synthesis", endpoint: endpoint, logger: logger)
    }
}
