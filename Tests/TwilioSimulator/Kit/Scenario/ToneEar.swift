import Audio

/// Hears numbers in a line as it plays.
package struct ToneEar: Sendable {
    /// Looking takes longer than waiting: the line is searched ten times a second.
    private static let interval = MuLaw.sampleRate / 10
    /// A code that has not ended yet, and a tone more, because its start is known to half a tone only.
    private static let kept = ToneCode.sampleCount + 400

    /// A code's last samples are inaudible, and it may be cut by half a tone's margin.
    private static let edge = 200

    private var audio: [UInt8] = []
    private var fresh = 0
    private var isAudible = false

    package init() {}

    /// - Parameter played: what was played since the last call.
    /// - Returns: the numbers that are complete now.
    package mutating func listen(_ played: [UInt8]) -> [Int] {
        audio += played
        fresh += played.count
        if !isAudible { isAudible = Audibility.first(in: played) != nil }
        guard fresh >= Self.interval else { return [] }
        fresh = 0
        defer { audio.removeFirst(max(0, audio.count - Self.kept)) }
        guard isAudible, let first = Audibility.first(in: audio) else { return [] }
        // Looking costs far more than waiting: not before a whole code can be there.
        guard audio.count - first >= ToneCode.sampleCount - Self.edge else { return [] }
        let found = ToneCode.decode(muLaw: audio)
        // A number that was found must not be found again.
        if let last = found.last { audio.removeFirst(min(audio.count, last.offset + ToneCode.sampleCount)) }
        isAudible = Audibility.first(in: audio) != nil
        return found.map { Int($0.number) }
    }
}
