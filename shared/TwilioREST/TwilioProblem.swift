import Foundation
import HTTPFetch

/// What Twilio says of a request that it did not do. Classic form (`code`, `message`) and RFC 9457 (`code`, `title`, `detail`).
struct TwilioProblem: Equatable {
    /// Twilio's error number; nil when the body is not Twilio's JSON (a proxy's page, for example).
    var code: Int?
    /// For logs: one line, at most ``limit`` characters.
    var text: String
    /// The body was a JSON object.
    var isJSON: Bool

    /// More than any message of Twilio's dictionary; a proxy's page is longer.
    private static let limit = 200

    private struct Wire: Decodable {
        var code: Int?
        var text: String?
        private enum Key: String, CodingKey { case code, message, detail, title }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            // A field of another type is a field that is not there: what matters is the HTTP status.
            code = (try? container.decode(Int.self, forKey: .code)) ?? (try? container.decode(String.self, forKey: .code)).flatMap(Int.init)
            text = [Key.message, .detail, .title].lazy.compactMap { try? container.decode(String.self, forKey: $0) }.first
        }
    }

    init(_ response: HTTPResponse) {
        let wire = try? JSONDecoder().decode(Wire.self, from: Data(response.body))
        code = wire?.code
        isJSON = wire != nil
        let parts = ["HTTP \(response.status)", wire?.code.map(String.init), wire?.text.map(Self.line)].compactMap { $0 }
        text = parts.joined(separator: ", ")
    }

    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }.prefix(limit)))
    }
}
