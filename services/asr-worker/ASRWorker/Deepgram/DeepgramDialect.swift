import Audio
import Foundation
import ProviderKit
import WebSocketClient

/// Deepgram's messages (`/v1/listen`).
struct DeepgramDialect: SocketDialect {
    private struct Request: Equatable {
        /// Milliseconds of audio that had been sent.
        let position: Int
        let time: Int64
        let audioSince: Int64
    }

    /// Finalize is answered only when "a noticeable amount of audio" waits on the server's side. Without words in the air and with a server that
    /// has said something since this audio began, no answer for this long is one. Answers take 330 ms at the 99th percentile. A server that has
    /// said nothing of the utterance is not taken for one that has nothing to say: it may be gone.
    private static let patience: Int64 = 1_000
    /// For the last results after CloseStream.
    private static let closingTime: Int64 = 3_000
    /// Where results end is rounded to the model's own frames.
    private static let tolerance = 250

    private let failures: VendorFailures
    private var sentBytes = 0
    private var bytesAtFinalize = 0
    /// When the first audio since the last request was sent.
    private var audioSince: Int64?
    private var requests: [Request] = []
    /// Requests that were taken for answered without their mark: it may still come.
    private var owedMarks = 0
    private var interim = ""
    private var heardThrough = 0
    private var lastMessage: Int64?
    private var closedAt: Int64?

    init(failures: VendorFailures) { self.failures = failures }

    private var position: Int { MuLaw.milliseconds(ofBytes: sentBytes) }

    mutating func opened(at now: Int64) -> [SocketAction] { [.report(.ready)] }

    mutating func send(_ audio: [UInt8], at now: Int64) -> [SocketAction] {
        // An empty message means the end of the stream.
        guard closedAt == nil, !audio.isEmpty else { return [] }
        sentBytes += audio.count
        if audioSince == nil { audioSince = now }
        return [.binary(audio)]
    }

    mutating func finalize(at now: Int64) -> [SocketAction] {
        guard closedAt == nil else { return [] }
        defer { bytesAtFinalize = sentBytes }
        if requests.isEmpty, sentBytes == bytesAtFinalize { return [.report(.finalized)] }
        requests.append(Request(position: position, time: now, audioSince: audioSince ?? now))
        audioSince = nil
        return [.text(#"{"type":"Finalize"}"#)]
    }

    mutating func keepAlive(at now: Int64) -> [SocketAction] { closedAt == nil ? [.text(#"{"type":"KeepAlive"}"#)] : [] }

    mutating func close(at now: Int64) -> [SocketAction] {
        guard closedAt == nil else { return [] }
        closedAt = now
        return [.text(#"{"type":"CloseStream"}"#)]
    }

    mutating func receive(_ text: String, at now: Int64) throws(ProviderFailure) -> [SocketAction] {
        guard let type = decodeJSON(DeepgramMessage.Envelope.self, text.utf8) else { throw failures.garbage }
        lastMessage = now
        switch type.type {
        case "Results":
            guard let results = decodeJSON(DeepgramMessage.Results.self, text.utf8) else { throw failures.garbage }
            return take(results)
        case "Metadata", "SpeechStarted", "UtteranceEnd": return []
        case "Error":
            let error = decodeJSON(DeepgramMessage.Error.self, text.utf8)
            // SchemaError: a message of ours could not be read.
            let kind = error?.variant == "SchemaError" ? ProviderFailure.Kind.refused : .broken
            throw failures.failure(kind, "reports an error", code: error?.code ?? error?.variant)
        default: return [.unknown]
        }
    }

    private mutating func take(_ results: DeepgramMessage.Results) -> [SocketAction] {
        let best = results.channel.alternatives.first
        let text = best?.transcript.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        guard results.is_final == true else {
            guard text != interim else { return [] }
            interim = text
            return [.report(.interim(HeardText(text, endMilliseconds: best?.words?.last.map(Self.milliseconds), confidence: best?.confidence)))]
        }
        var actions: [SocketAction] = []
        interim = ""
        heardThrough = max(heardThrough, results.through)
        if !text.isEmpty {
            let end = best?.words?.last.map(Self.milliseconds) ?? results.through
            actions.append(.report(.final(HeardText(text, endMilliseconds: end, confidence: best?.confidence))))
        }
        if results.from_finalize == true {
            answered(by: results.through, &actions)
        } else if let first = requests.first, heardThrough >= first.position {
            // Nothing is left that Finalize could flush: its mark may never come.
            owedMarks += 1
            finish(&actions)
        }
        return actions
    }

    private mutating func answered(by through: Int, _ actions: inout [SocketAction]) {
        guard let first = requests.first else {
            owedMarks = max(0, owedMarks - 1)
            return
        }
        // A late mark of an earlier request says nothing about this one.
        if owedMarks > 0, through < first.position - Self.tolerance {
            owedMarks -= 1
            return
        }
        finish(&actions)
    }

    /// The first request, and those that were made of the same audio.
    private mutating func finish(_ actions: inout [SocketAction]) {
        let position = requests.first?.position
        while let first = requests.first, first.position == position {
            requests.removeFirst()
            actions.append(.report(.finalized))
        }
    }

    private static func milliseconds(_ word: DeepgramMessage.Results.Word) -> Int { wholeMilliseconds(word.end * 1_000) }

    var wakeTime: Int64? {
        if let closedAt { return closedAt + Self.closingTime }
        // Words in the air: their final is worth waiting for.
        guard let first = requests.first, interim.isEmpty, let lastMessage else { return nil }
        return lastMessage >= first.audioSince ? max(first.time, lastMessage) + Self.patience : nil
    }

    mutating func wake(at now: Int64) -> [SocketAction] {
        if closedAt != nil { return [.end(.failed(failures.unfinished))] }
        owedMarks += 1
        var actions: [SocketAction] = []
        finish(&actions)
        return actions
    }

    mutating func ended(_ end: WebSocketEnd, at now: Int64) -> [SocketAction] {
        if closedAt != nil, case .closed = end { return [.end(.closed)] }
        switch end {
        case .failed(let failure): return [.end(.failed(failures.failure(failure)))]
        case .refused(let refusal):
            let code = decodeJSON(DeepgramMessage.Refusal.self, refusal.body)?.err_code
            return [.end(.failed(failures.failure(refusal, code: code)))]
        case .closed(_, let reason) where reason.contains("NET-0001"): return [.end(.idle)]
        case .closed(let code, let reason):
            // 1008 with DATA-0000: the audio could not be decoded.
            let kind = code == 1008 ? ProviderFailure.Kind.refused : .broken
            let own = ["DATA-0000", "NET-0000", "NET-0002", "NET-0003"].first { reason.contains($0) }
            return [.end(.failed(failures.failure(kind, "closed the connection", code: own ?? "\(code)")))]
        }
    }
}
