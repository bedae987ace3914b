import Audio

/// What a detector's decisions are worth, over any number of lines.
package struct ActivityScore: Sendable, Equatable, Codable {
    /// Frames of called silence in a row that are an end for good: 300 ms, as long as the endpointer waits after most sentences.
    static let endFrames = 15
    /// Frames of called voice in a row that are a start: 120 ms.
    static let startFrames = 6
    /// Frames after voice in which called voice is its echo and no start of its own.
    static let afterVoice = 3
    /// Voiced frames in called silence that is an end, by which somebody is cut.
    static let cutFrames = 8
    /// Called frames in an utterance without which nobody heard it: the endpointer's onset.
    static let onsetFrames = 3

    package private(set) var voiced = 0
    package private(set) var missed = 0
    package private(set) var silent = 0
    package private(set) var alarms = 0
    package private(set) var falseStarts = 0
    package private(set) var utterances = 0
    package private(set) var unheard = 0
    package private(set) var cuts = 0
    /// Milliseconds from the last voiced frame of each utterance to called silence for good. nil: not before somebody spoke again.
    package private(set) var hangs: [Int?] = []

    package init() {}

    /// Scores a line. Frames without a decision count as silence.
    package mutating func add(_ decisions: [Bool], _ truth: VoiceTruth) {
        let frames = truth.frames
        let called = frames.indices.map { $0 < decisions.count && decisions[$0] }
        for (frame, isCalled) in zip(frames, called) {
            switch frame {
            case .voice:
                voiced += 1
                missed += isCalled ? 0 : 1
            case .silence:
                silent += 1
                alarms += isCalled ? 1 : 0
            case .neither: continue
            }
        }
        falseStarts += Self.falseStarts(called, frames)
        for (index, utterance) in truth.utterances.enumerated() {
            utterances += 1
            if called[utterance].count(where: { $0 }) < Self.onsetFrames { unheard += 1 }
            if Self.isCut(called[utterance], frames[utterance]) { cuts += 1 }
            let next = index + 1 < truth.utterances.count ? truth.utterances[index + 1].lowerBound : frames.count
            hangs.append(Self.hang(called[utterance.upperBound..<next]))
        }
    }

    package mutating func add(_ other: ActivityScore) {
        voiced += other.voiced
        missed += other.missed
        silent += other.silent
        alarms += other.alarms
        falseStarts += other.falseStarts
        utterances += other.utterances
        unheard += other.unheard
        cuts += other.cuts
        hangs += other.hangs
    }

    private static func hang(_ called: ArraySlice<Bool>) -> Int? {
        var quiet = 0
        for index in called.indices {
            quiet = called[index] ? 0 : quiet + 1
            if quiet == endFrames { return (index + 1 - endFrames - called.startIndex) * MuLaw.frameMilliseconds }
        }
        return nil
    }

    /// Whether an end is called while the utterance goes on: its own pauses are no voice.
    private static func isCut(_ called: ArraySlice<Bool>, _ frames: ArraySlice<FrameTruth>) -> Bool {
        guard let first = called.firstIndex(of: true) else { return false }
        var (quiet, voiced) = (0, 0)
        for index in first..<called.endIndex {
            quiet = called[index] ? 0 : quiet + 1
            voiced = called[index] ? 0 : voiced + (frames[index] == .voice ? 1 : 0)
            if quiet >= endFrames, voiced >= cutFrames { return true }
        }
        return false
    }

    /// Stretches of called voice that begin where nobody has just spoken, and are a start before anybody does.
    private static func falseStarts(_ called: [Bool], _ frames: [FrameTruth]) -> Int {
        var starts = 0
        var run = 0
        for index in called.indices {
            run = called[index] ? run + 1 : 0
            guard run == startFrames else { continue }
            let first = index + 1 - startFrames
            if !frames[max(0, first - afterVoice)...index].contains(.voice) { starts += 1 }
        }
        return starts
    }

    // MARK: - Figures

    /// Voiced frames called silence, of 100.
    package var missPercent: Double { Self.percent(missed, voiced) }
    /// Silent frames called voice, of 100.
    package var alarmPercent: Double { Self.percent(alarms, silent) }
    /// Per minute of silence.
    package var falseStartsPerMinute: Double {
        silent == 0 ? 0 : Double(falseStarts) / (Double(silent * MuLaw.frameMilliseconds) / 60_000)
    }
    /// Utterances that nobody heard, of 100.
    package var unheardPercent: Double { Self.percent(unheard, utterances) }

    /// Utterances that are called over while they go on, of 100.
    package var cutPercent: Double { Self.percent(cuts, utterances) }

    /// - Parameter share: 0.5 for the median.
    /// - Returns: milliseconds, by the nearest rank; nil when that utterance had no end, or there is none.
    package func hang(_ share: Double) -> Int? {
        guard !hangs.isEmpty else { return nil }
        let sorted = hangs.sorted { ($0 ?? .max) < ($1 ?? .max) }
        return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }

    private static func percent(_ part: Int, _ all: Int) -> Double { all == 0 ? 0 : 100 * Double(part) / Double(all) }
}
