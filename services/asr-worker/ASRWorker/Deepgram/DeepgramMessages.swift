/// What Deepgram sends, as far as it is read here. Every message has a type; what else there is depends on it.
enum DeepgramMessage {
    struct Envelope: Decodable { var type: String? }

    struct Results: Decodable {
        /// Seconds of the audio sent.
        var start: Double
        var duration: Double
        var is_final: Bool?
        /// The answer to Finalize.
        var from_finalize: Bool?
        var channel: Channel

        struct Channel: Decodable { var alternatives: [Alternative] }
        struct Alternative: Decodable {
            var transcript: String
            var confidence: Double?
            var words: [Word]?
        }
        struct Word: Decodable { var end: Double }

        /// Milliseconds of the audio sent that this speaks of.
        var through: Int { wholeMilliseconds((start + duration) * 1_000) }
    }

    struct Error: Decodable {
        var variant: String?
        var code: String?
    }

    /// The body of a refused handshake.
    struct Refusal: Decodable { var err_code: String? }
}
