import ASRWorker
import GoogleCloud
import GoogleProtos
import ProviderKit
import SwiftProtobuf

/// What a message of Google's says.
package enum GoogleHearing: Sendable, Equatable {
    case heard([ConnectionEvent])
    /// v1 may tell inside a message why a stream is over.
    case over(GoogleStatus)

    /// - Throws: `ProviderFailure` when the bytes are no message.
    package static func read(_ bytes: [UInt8], _ version: GoogleRecognition.Version) throws -> GoogleHearing {
        do {
            switch version {
            case .v2: return .heard(events(try SpeechV2StreamingRecognizeResponse(serializedBytes: bytes).results.map(Piece.init)))
            case .v1:
                let response = try SpeechV1StreamingRecognizeResponse(serializedBytes: bytes)
                guard !response.hasError || response.error.code == 0 else {
                    return .over(GoogleStatus(code: Int(response.error.code), message: response.error.message))
                }
                return .heard(events(response.results.map(Piece.init)))
            }
        } catch {
            throw ProviderFailure(.garbage, "Google speech: a message of \(bytes.count) bytes cannot be read")
        }
    }

    /// One part of an answer, the same in both versions.
    fileprivate struct Piece {
        let text: String
        let confidence: Float
        let isFinal: Bool
        let endMilliseconds: Int?
    }

    /// An answer has at most one final; the pieces after it are one hypothesis, from its surer to its less sure part.
    private static func events(_ pieces: [Piece]) -> [ConnectionEvent] {
        var events: [ConnectionEvent] = []
        var interim = ""
        var interimEnd: Int?
        var hasInterim = false
        for piece in pieces {
            if piece.isFinal {
                // 0 means that no confidence was given.
                let confidence = piece.confidence > 0 ? Double(min(piece.confidence, 1)) : nil
                events.append(.final(HeardText(trimmed(piece.text), endMilliseconds: piece.endMilliseconds, confidence: confidence)))
            } else {
                hasInterim = true
                interim += piece.text
                interimEnd = piece.endMilliseconds ?? interimEnd
            }
        }
        if hasInterim { events.append(.interim(HeardText(trimmed(interim), endMilliseconds: interimEnd))) }
        return events
    }

    /// Finals after the first begin with a space; whoever joins them knows that words are apart.
    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

extension GoogleHearing.Piece {
    fileprivate init(_ result: SpeechV2StreamingRecognitionResult) {
        text = result.alternatives.first?.transcript ?? ""
        confidence = result.alternatives.first?.confidence ?? 0
        isFinal = result.isFinal
        endMilliseconds =
            result.hasResultEndOffset ? milliseconds(result.resultEndOffset.seconds, result.resultEndOffset.nanos) : nil
    }

    fileprivate init(_ result: SpeechV1StreamingRecognitionResult) {
        text = result.alternatives.first?.transcript ?? ""
        confidence = result.alternatives.first?.confidence ?? 0
        isFinal = result.isFinal
        endMilliseconds = result.hasResultEndTime ? milliseconds(result.resultEndTime.seconds, result.resultEndTime.nanos) : nil
    }
}

/// nil for what no audio of ours can be: a server may send any number.
private func milliseconds(_ seconds: Int64, _ nanos: Int32) -> Int? {
    guard (0...86_400).contains(seconds), (0..<1_000_000_000).contains(nanos) else { return nil }
    return Int(seconds) * 1000 + Int(nanos) / 1_000_000
}
