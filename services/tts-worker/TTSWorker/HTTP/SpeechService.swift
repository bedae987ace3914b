import Business
import HTTPFetch
import ProviderKit

/// What one vendor's speech interface has of its own; ``HTTPVoice`` does what all have in common.
protocol SpeechService: Sendable {
    /// Name of the provider, as in the configuration.
    var name: String { get }

    /// Scheme, host and perhaps a path, without a slash at the end.
    var baseURL: String { get }

    /// Everything beside the text that the sound depends on.
    func signature(of request: VoiceRequest) -> String

    /// - Throws: `ProviderFailure` when the request is beyond what this provider takes, or no token could be had.
    func httpRequest(for request: VoiceRequest) async throws -> HTTPRequest

    /// Turns the body of an answer into audio of the line; nil when an answer of this type is none.
    /// - Parameter type: `Content-Type`, in small letters.
    func makeReader(_ type: String) -> (any SpeechReader & Sendable)?

    /// What an answer that is no audio means: by the vendor's codes, with none of its texts.
    func failure(_ response: HTTPStreamedResponse, body: [UInt8]) -> ProviderFailure
}

/// Bytes of a body in, mu-law out.
protocol SpeechReader {
    /// - Throws: `ProviderFailure` or ``Audio/WAV/Failure`` when what came cannot be read.
    mutating func read(_ bytes: [UInt8]) throws -> [UInt8]
    /// The rest, after the last byte.
    mutating func finish() throws -> [UInt8]
}

/// A body that is audio.
struct AudioReader: SpeechReader, Sendable {
    private var audio: LineAudio

    /// - Parameter type: nil is given back for a type that is surely no audio: a proxy's page, or an error with a status of success. Any other
    ///   type is let pass, because servers are careless with it.
    init?(_ audio: LineAudio, type: String) {
        if type.hasPrefix("text/") || ["json", "xml", "html"].contains(where: { type.contains($0) }) { return nil }
        self.audio = audio
    }

    mutating func read(_ bytes: [UInt8]) throws -> [UInt8] { try audio.process(bytes) }
    mutating func finish() throws -> [UInt8] { try audio.finish() }
}

/// The voices of a provider for businesses that name none.
struct VoiceNames: Sendable, Equatable {
    var feminine: String
    var masculine: String

    /// A name of the business's, else the one of its gender.
    func choice(_ request: VoiceRequest, _ provider: String) -> String {
        request.names[provider] ?? (request.gender == .masculine ? masculine : feminine)
    }
}

enum SpokenText {
    /// The text as every provider takes it.
    /// - Throws: `ProviderFailure` when nothing is left, or more than `limit` by this provider's measure.
    static func checked(
        _ request: VoiceRequest, _ provider: String, limit: Int, measure: (String) -> Int
    ) throws(ProviderFailure) -> String {
        let text = clean(request.text)
        guard !text.isEmpty else { throw ProviderFailure(.unsuitable, "the sentence has no words; look at what the dialogue sends") }
        guard measure(text) <= limit else {
            throw ProviderFailure(.unsuitable, "the text is longer than \(limit), which \(provider) refuses; split it")
        }
        return text
    }

    /// Without what is no speech and what markup cannot hold: control characters, marks of direction, byte order marks. White space is one space.
    static func clean(_ text: String) -> String {
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: continue
            case 0...0x20, 0x7F...0xA0, 0x2028, 0x2029: if clean.last != " " && !clean.isEmpty { clean.append(" ") }
            default: clean.append(scalar)
            }
        }
        if clean.last == " " { clean.removeLast() }
        return String(clean)
    }

    /// For the text and the attributes of XML.
    static func escapedForXML(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
