import GoogleCloud
import ServiceKit

/// Where Google hears for us, and how.
///
/// | Variable | Default | |
/// | --- | --- | --- |
/// | GOOGLE_STT_LOCATION | `eu` | `global`, `us`, `eu` or a region; the host follows. v1 knows `us` and `eu`, the rest is `global` to it |
/// | GOOGLE_STT_MODEL | `chirp_3` | of `google` (v2) |
/// | GOOGLE_STT_V1_MODEL | `default` | of `google-v1` |
/// | GOOGLE_STT_LANGUAGE | `iw-IL` | Google's name of Hebrew |
/// | GOOGLE_STT_ENDPOINTING | `short` | v2: `standard`, `short`, `supershort` |
/// | GOOGLE_STT_BASE_URL | from the location | another server, for tests and proxies |
/// | GOOGLE_STT_STREAMS_PER_CONNECTION | 90 | Google's servers take 100 |
package struct GoogleRecognitionSettings: Sendable {
    package var project: String
    package var location: String
    package var model: String
    package var modelV1: String
    package var language: String
    package var endpointing: GoogleRecognition.Endpointing
    package var streamsPerConnection: Int
    /// In the place of Google's own server.
    package var server: GoogleEndpoint?
    package var certificateAuthorityFile: String?

    package init(_ reader: SettingsReader, account: GoogleAccountSettings) {
        project = account.project
        certificateAuthorityFile = account.certificateAuthorityFile
        location = reader.string("GOOGLE_STT_LOCATION", default: "eu")
        if !location.utf8.allSatisfy({ Self.locationBytes.contains($0) }) {
            reader.fault("GOOGLE_STT_LOCATION", "is no location; write global, us, eu or a region such as europe-west2")
        }
        model = reader.string("GOOGLE_STT_MODEL", default: "chirp_3")
        modelV1 = reader.string("GOOGLE_STT_V1_MODEL", default: "default")
        language = reader.string("GOOGLE_STT_LANGUAGE", default: "iw-IL")
        if language.lowercased() == "he-il" { reader.fault("GOOGLE_STT_LANGUAGE", "he-IL is not known to Google's recognition; write iw-IL") }
        let wanted = reader.string("GOOGLE_STT_ENDPOINTING", default: GoogleRecognition.Endpointing.short.rawValue)
        let known = GoogleRecognition.Endpointing(rawValue: wanted)
        if known == nil {
            let names = GoogleRecognition.Endpointing.allCases.map(\.rawValue).joined(separator: ", ")
            reader.fault("GOOGLE_STT_ENDPOINTING", "\(wanted) is not one of \(names)")
        }
        endpointing = known ?? .short
        streamsPerConnection = reader.integer("GOOGLE_STT_STREAMS_PER_CONNECTION", default: 90, in: 1...1000)
        guard let baseURL = reader.optional("GOOGLE_STT_BASE_URL") else { return }
        do {
            server = try GoogleEndpoint(baseURL: baseURL, certificateAuthorityFile: account.certificateAuthorityFile)
        } catch {
            reader.fault("GOOGLE_STT_BASE_URL", error.message)
        }
    }

    package func speech(_ version: GoogleRecognition.Version) -> GoogleRecognition {
        GoogleRecognition(
            version: version, project: project, location: location, model: version == .v2 ? model : modelV1, language: language,
            endpointing: endpointing)
    }

    package func endpoint(_ version: GoogleRecognition.Version) -> GoogleEndpoint {
        server ?? GoogleEndpoint(host: Self.host(location, version), certificateAuthorityFile: certificateAuthorityFile)
    }

    private static let locationBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)

    static func host(_ location: String, _ version: GoogleRecognition.Version) -> String {
        let isRegional = version == .v2 ? location != "global" : ["us", "eu"].contains(location)
        return isRegional ? "\(location)-speech.googleapis.com" : "speech.googleapis.com"
    }
}
