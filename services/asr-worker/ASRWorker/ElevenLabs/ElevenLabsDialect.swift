import Audio
import Foundation
import ProviderKit
import Signing
import WebSocketClient

/// Scribe's messages, with commits made by us: each is answered by one committed transcript, in order.
struct ElevenLabsDialect: SocketDialect {
    private struct Commit {
        /// How many `.finalized` it owes.
        var requests: Int
    }

    /// Longer pieces are cut: there is a limit for a message, and only the error that it makes is known.
    private static let largestChunk = 8_000
    /// A commit of less than 0.3 s is refused.
    private static let smallestCommit = 2_560
    /// What keeps a quiet session alive: 100 ms of silence each time.
    private static let stillness = [UInt8](repeating: MuLaw.silence, count: 800)
    /// Silence that piles up is committed by the server itself at some time, and that answer would be taken for one to us.
    private static let mostStillness = 16_000
    /// For what is left after the end of the audio.
    private static let closingTime: Int64 = 3_000
    /// Ended without a word after such a pause, a session was idle.
    private static let idleTime: Int64 = 8_000

    private let isTimed: Bool
    private let failures: VendorFailures
    private var hasStarted = false
    private var commits: [Commit] = []
    private var interim = ""
    /// Bytes of the caller's since the last commit, and all.
    private var newBytes = 0
    private var uncommittedBytes = 0
    private var sentBytes = 0
    /// Silence of ours within the audio: where it begins and how long it is, in bytes.
    private var inserted: [(position: Int, count: Int)] = []
    private var lastSent: Int64 = 0
    private var closedAt: Int64?

    init(isTimed: Bool, failures: VendorFailures) {
        self.isTimed = isTimed
        self.failures = failures
    }

    mutating func opened(at now: Int64) -> [SocketAction] {
        lastSent = now
        return []
    }

    mutating func send(_ audio: [UInt8], at now: Int64) -> [SocketAction] {
        guard closedAt == nil, !audio.isEmpty else { return [] }
        newBytes += audio.count
        return transmit(audio, now)
    }

    private mutating func transmit(_ audio: [UInt8], _ now: Int64) -> [SocketAction] {
        lastSent = now
        sentBytes += audio.count
        uncommittedBytes += audio.count
        return stride(from: 0, to: audio.count, by: Self.largestChunk).map {
            Self.message(audio[$0..<min(audio.count, $0 + Self.largestChunk)], commit: false)
        }
    }

    private mutating func insertSilence(_ audio: [UInt8], _ now: Int64) -> [SocketAction] {
        if isTimed { inserted.append((sentBytes, audio.count)) }
        return transmit(audio, now)
    }

    private static func message(_ audio: some Collection<UInt8>, commit: Bool) -> SocketAction {
        // Base64 and numbers need no escapes: written by hand it costs a tenth.
        .text(
            "{\"message_type\":\"input_audio_chunk\",\"audio_base_64\":\"\(Base64.encode(audio))\",\"commit\":\(commit),\"sample_rate\":8000}")
    }

    mutating func finalize(at now: Int64) -> [SocketAction] {
        guard closedAt == nil else { return [] }
        guard newBytes > 0 else {
            guard let last = commits.indices.last else { return [.report(.finalized)] }
            commits[last].requests += 1
            return []
        }
        return commit(requests: 1, now)
    }

    private mutating func commit(requests: Int, _ now: Int64) -> [SocketAction] {
        let missing = Self.smallestCommit - uncommittedBytes
        let filling = missing > 0 ? insertSilence([UInt8](repeating: MuLaw.silence, count: missing), now) : []
        commits.append(Commit(requests: requests))
        (newBytes, uncommittedBytes) = (0, 0)
        return filling + [Self.message([], commit: true)]
    }

    mutating func keepAlive(at now: Int64) -> [SocketAction] {
        guard closedAt == nil else { return [] }
        let still = insertSilence(Self.stillness, now)
        guard newBytes == 0, uncommittedBytes >= Self.mostStillness else { return still }
        return still + commit(requests: 0, now)
    }

    mutating func close(at now: Int64) -> [SocketAction] {
        guard closedAt == nil else { return [] }
        let last = newBytes > 0 ? commit(requests: 0, now) : []
        closedAt = now
        return last + closeWhenDone()
    }

    /// Before the session has begun nobody knows whether the key is accepted.
    private func closeWhenDone() -> [SocketAction] { closedAt != nil && hasStarted && commits.isEmpty ? [.closeSocket] : [] }

    mutating func receive(_ text: String, at now: Int64) throws(ProviderFailure) -> [SocketAction] {
        guard let message = decodeJSON(ElevenLabsMessage.self, text.utf8) else { throw failures.garbage }
        switch message.message_type {
        case "session_started":
            hasStarted = true
            return [.report(.ready)] + closeWhenDone()
        case "partial_transcript":
            guard let text = message.text?.trimmingCharacters(in: .whitespacesAndNewlines) else { throw failures.garbage }
            guard text != interim else { return [] }
            interim = text
            return [.report(.interim(HeardText(text)))]
        case "committed_transcript": return isTimed ? [] : try committed(message)
        case "committed_transcript_with_timestamps": return isTimed ? try committed(message) : []
        // Ignored with a notice: there was too little to commit. Its answer is nothing.
        case "commit_throttled": return answered() + closeWhenDone()
        case "warning": return []
        case let type?: return try failed(type)
        case nil: return [.unknown]
        }
    }

    private mutating func committed(_ message: ElevenLabsMessage) throws(ProviderFailure) -> [SocketAction] {
        guard let text = message.text?.trimmingCharacters(in: .whitespacesAndNewlines) else { throw failures.garbage }
        interim = ""
        var actions: [SocketAction] = []
        if !text.isEmpty {
            let words = (message.words ?? []).filter { $0.type == nil || $0.type == "word" }
            let known = words.compactMap(\.logprob)
            let end = words.last { $0.end != nil }?.end.map { ownMilliseconds(wholeMilliseconds($0 * 1_000)) }
            let confidence = known.isEmpty ? nil : min(1, exp(known.reduce(0, +) / Double(known.count)))
            actions.append(.report(.final(HeardText(text, endMilliseconds: end, confidence: confidence))))
        }
        // Without a commit of ours the server made one of its own: a final, and no answer.
        return actions + answered() + closeWhenDone()
    }

    private mutating func answered() -> [SocketAction] {
        guard !commits.isEmpty else { return [] }
        return (0..<commits.removeFirst().requests).map { _ in .report(.finalized) }
    }

    /// Where in the caller's audio a time lies that counts our silence too.
    private func ownMilliseconds(_ time: Int) -> Int {
        let bytes = time * MuLaw.sampleRate / 1_000
        let before = inserted.reduce(0) { $0 + max(0, min($1.count, bytes - $1.position)) }
        return MuLaw.milliseconds(ofBytes: bytes - before)
    }

    private func failed(_ type: String) throws(ProviderFailure) -> [SocketAction] {
        let kind: ProviderFailure.Kind
        switch type {
        case "session_time_limit_exceeded": return [.end(.limit)]
        case "insufficient_audio_activity": return [.end(.idle)]
        case "auth_error", "unaccepted_terms", "unaccepted_terms_error": kind = .auth
        case "quota_exceeded": kind = .quota
        case "rate_limited", "resource_exhausted": kind = .rateLimited
        case "input_error", "invalid_request", "chunk_size_exceeded": kind = .refused
        case "queue_overflow", "transcriber_error", "error": kind = .broken
        default: return [.unknown]
        }
        throw failures.failure(kind, "reports an error", code: type)
    }

    var wakeTime: Int64? { closedAt.map { $0 + Self.closingTime } }
    mutating func wake(at now: Int64) -> [SocketAction] { [.end(.failed(failures.unfinished))] }

    mutating func ended(_ end: WebSocketEnd, at now: Int64) -> [SocketAction] {
        switch end {
        case .closed where closedAt != nil: return [.end(.closed)]
        case .closed(1000, _) where now - lastSent >= Self.idleTime: return [.end(.idle)]
        case .closed(let code, _): return [.end(.failed(failures.failure(.broken, "closed the connection", code: "\(code)")))]
        case .refused(let refusal):
            let status = decodeJSON(ElevenLabsMessage.Refusal.self, refusal.body)?.detail?.status
            // A key without credit is answered with 401 too.
            guard status == "quota_exceeded" else { return [.end(.failed(failures.failure(refusal, code: status)))] }
            return [.end(.failed(failures.failure(.quota, "answered \(refusal.status)", code: status)))]
        case .failed(let failure): return [.end(.failed(failures.failure(failure)))]
        }
    }
}
