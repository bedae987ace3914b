/// What Scribe sends, as far as it is read here.
struct ElevenLabsMessage: Decodable {
    var message_type: String?
    var text: String?
    var words: [Word]?

    struct Word: Decodable {
        /// `word` or `spacing`, perhaps others.
        var type: String?
        /// Seconds since the first audio of the session.
        var end: Double?
        var logprob: Double?
    }

    /// The body of a refused handshake.
    struct Refusal: Decodable {
        var detail: Detail?
        struct Detail: Decodable { var status: String? }
    }
}
