/// The first message of a stream.
struct SonioxStart: Encodable {
    var model: String
    var audio_format: String
    var sample_rate: Int
    var num_channels: Int
    var language_hints: [String]
    var language_hints_strict: Bool
    var enable_endpoint_detection: Bool
    var context: Context?

    struct Context: Encodable { var terms: [String] }
}

/// Everything that Soniox sends, as far as it is read here.
struct SonioxMessage: Decodable {
    var tokens: [Token]?
    var finished: Bool?
    var error_code: Int?
    var error_message: String?

    /// A word, a part of one, a space or a mark.
    struct Token: Decodable {
        var text: String
        var is_final: Bool?
        /// Milliseconds of the audio sent.
        var end_ms: Double?
        var confidence: Double?
    }
}
