import Hebrew

/// Why an utterance was taken to be over.
package enum EndpointReason: String, Sendable, Codable, CaseIterable {
    /// Only silence is known: the recogniser has not said anything yet. Not `silence`: in events that means that nobody spoke.
    case silence = "no_words"
    case hesitation, backchannel
    case shortAnswer = "short_answer"
    /// One of the answers that the dialogue expects.
    case expectedAnswer = "expected_answer"
    case question, plain
    case wholeNumber = "whole_number"
    // The words wanted to go on, and did not.
    case trailing
    case openNumber = "open_number"
    case openDate = "open_date"
    case openAddress = "open_address"
    case tooLong = "too_long"
    case noMedia = "no_media"
    /// Voice that makes no words.
    case stableWords = "stable_words"

    package init(_ shape: UtteranceShape) {
        self =
            switch shape {
            case .nothing: .silence
            case .hesitation: .hesitation
            case .backchannel: .backchannel
            case .shortAnswer: .shortAnswer
            case .question: .question
            case .trailing: .trailing
            case .openNumber: .openNumber
            case .openDate: .openDate
            case .openAddress: .openAddress
            case .wholeNumber: .wholeNumber
            case .plain: .plain
            }
    }
}

/// Milliseconds of silence that end an utterance, by what its words ask for.
package struct EndpointRules: Sendable, Equatable, Codable {
    /// Nothing is known but the silence (`ENDPOINT_SILENCE_MS`): recognisers without interims, and words that have not come yet.
    package var silence = 500
    package var shortAnswer = 260
    package var question = 320
    /// A complete sentence, until this caller's pauses are known; then between the two that follow.
    package var plain = 400
    package var shortestPlain = 320
    package var longestPlain = 700
    /// More than the pauses of a caller.
    package var overPause = 120
    /// `connective-long` of the regression set pauses for 1,150 and 1,200 ms after של and כי.
    package var open = 1_300
    package var number = 1_400
    package var hesitation = 1_200
    /// So much voice since the words changed last, and no word in it: that is not the caller's but somebody else's, or noise. 0: never, for
    /// recognisers whose words before the final mean nothing. (Babble at 12 dB kept utterances open to their limit of 20 s.)
    package var stable = 0
    /// Longer ones are not this caller's rhythm but something else.
    package var longestPause = 1_500

    package init() {}

    func wait(_ reason: EndpointReason) -> Int {
        switch reason {
        case .silence, .tooLong, .noMedia, .stableWords: silence
        case .shortAnswer, .expectedAnswer, .wholeNumber, .backchannel: shortAnswer
        case .question: question
        case .plain: plain
        case .trailing, .openDate, .openAddress: open
        case .openNumber: number
        case .hesitation: hesitation
        }
    }
}
