import CallVocabulary
import Logging
import Synchronization

/// Whether a conversation is possible at all: each of its stages has somebody, or had until a moment ago. Without one for longer (a worker whose
/// provider has no key does not even start), callers are better served by the recording than by a greeting and silence.
struct StageWatch: Sendable, Equatable {
    /// A worker that restarts is back within a few seconds, and calls wait for it.
    static let patience: Int64 = 15_000
    private static let stages = [Pool.asr, .dialog, .tts]

    private var absentSince: [Pool: Int64] = [:]
    /// The stages that have had nobody for too long, in the order of a turn.
    private(set) var missing: [Pool] = []

    /// - Parameter now: milliseconds.
    /// - Returns: whether something has changed.
    mutating func look(_ available: [Pool: Int], at now: Int64) -> Bool {
        for pool in Self.stages {
            if available[pool] ?? 0 > 0 { absentSince[pool] = nil } else { absentSince[pool] = absentSince[pool] ?? now }
        }
        let before = missing
        missing = Self.stages.filter { pool in absentSince[pool].map { now - $0 >= Self.patience } ?? false }
        return missing != before
    }
}

extension Desk {
    /// Why calls cannot be served in real time; nil when they can.
    var realtimeFault: String? {
        switch settings.realtime {
        case true?: nil
        case false?: "HEBREW_REALTIME_ENABLED is off"
        case nil:
            state.withLock { $0.stages.missing }.first.map { "no \($0.rawValue)-worker" }
        }
    }

    func watchStages() {
        let available = fleet.available
        let missing = state.withLock { state in state.stages.look(available, at: unixMilliseconds()) ? state.stages.missing : nil }
        guard let missing, settings.realtime == nil else { return }
        guard !missing.isEmpty else { return logger.notice("calls are served in real time again") }
        logger.error(
            "ALARM calls go to the recording: a stage has no worker", metadata: ["stages": "\(missing.map(\.rawValue).joined(separator: ","))"])
    }
}
