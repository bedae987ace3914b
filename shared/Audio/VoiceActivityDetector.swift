import Glibc

/// Tells speech from line noise, babble and music, one 20 ms frame at a time.
///
/// The level of a frame is held against what the noise has been: its floor, which is the lowest level of the last 3.2 s, and its ceiling, which is
/// the median of the highest levels of stretches of 320 ms in the last 5 s. Only stretches that vary little tell the ceiling: speech rises and
/// falls by more within syllables. Steady noise has its ceiling a decibel over its floor, babble and music ten or more: a margin over the floor
/// alone is too much for the one and too little for the others.
/// Hangover and onset counting belong to the endpointer: this value judges one frame.
///
/// Deterministic: the same frames give the same decisions on every machine that computes the same `log10`.
package struct VoiceActivityDetector: Sendable, Equatable, Codable {
    /// The judgement of one frame.
    package struct Decision: Sendable, Equatable, Codable {
        /// The frame is louder than the noise.
        package var isSpeech: Bool
        /// Level of the frame, in dBFS.
        package var level: Float
        /// The noise floor at that time, in dBFS.
        package var floor: Float
    }

    /// What the decisions depend on. Chosen by `make voice-activity` over the voices that are not held out; "Voice activity" in docs/PERFORMANCE.md.
    package struct Settings: Sendable, Equatable, Codable {
        /// Decibels above the ceiling at which speech begins. One less of this and ``overFloor``: 7.4 false starts a minute instead of 5.2;
        /// one more: 10.0 % of the utterances cut instead of 7.2.
        package var overCeiling: Float = 3
        /// Decibels above the floor at which speech begins at the earliest. A frame of 160 samples of white noise varies by 0.5 dB
        /// around its mean and lies at most 3.8 dB over the minimum of 160 frames (simulated: 20 runs of 60 s).
        package var overFloor: Float = 5
        /// Decibels above the floor at which speech begins at the latest, however high the ceiling.
        package var mostOverFloor: Float = 24
        /// Decibels under its beginning at which speech ends.
        package var leave: Float = 4
        /// The quietest floor, in dBFS. Below it lies only codec idle noise; mu-law's smallest step is -72 dBFS.
        package var lowestFloor: Float = -58
        /// The loudest floor, in dBFS, while the first window fills, so that a caller who
        /// speaks in the first frame is heard, and line noise up to here is not taken for a caller.
        package var initialFloor: Float = -34
        /// The loudest floor at any time, in dBFS: a shouting caller must not become the noise.
        package var highestFloor: Float = -26
        /// The ceiling, in dBFS, until there is one.
        package var initialCeiling: Float = -28
        /// Speech begins at no lower level, in dBFS.
        package var lowestBeginning: Float = -49
        /// Speech begins at no higher level, in dBFS, unless the floor itself is less than ``underHighest`` below: somebody who speaks
        /// without a pause for longer than the ceiling remembers stays heard. -22 cut a third more utterances, -26 nearly doubled the false starts.
        package var highestBeginning: Float = -24
        package var underHighest: Float = 9
        /// A stretch whose levels differ by more than this, in decibels, is no noise. Without this limit a sentence of ten seconds became the noise, and a half more
        /// of all voiced frames were missed.
        package var noiseRange: Float = 9

        package init() {}
    }

    package let settings: Settings
    /// Minima of the last eight stretches of 400 ms, the running one at `stretch`.
    private var minima: [Float]
    private var stretch = 0
    private var framesInStretch = 0
    private var isFull = false
    private var idleFrames = 0
    private var wasSpeech = false
    private var ceiling: NoiseCeiling

    private static let stretches = 8
    private static let framesPerStretch = 20
    /// A frame under this, in dBFS, holds no line signal but a gap that some codec or network filled with zeros.
    private static let idle: Float = -70
    /// Gaps up to 300 ms say nothing about the noise between them.
    private static let longestGap = 15

    package init(settings: Settings = Settings()) {
        self.settings = settings
        minima = [Float](repeating: settings.initialFloor, count: Self.stretches)
        ceiling = NoiseCeiling(initial: settings.initialCeiling)
    }

    /// The current noise floor, in dBFS.
    package var floor: Float {
        var lowest = minima[0]
        for minimum in minima.dropFirst() where minimum < lowest { lowest = minimum }
        let loudest = isFull ? settings.highestFloor : settings.initialFloor
        return max(settings.lowestFloor, min(loudest, lowest))
    }

    /// Judges one frame of mu-law codes (usually 160). Measured: 150 ns per frame of 160 (release build).
    package mutating func process(muLaw frame: [UInt8]) -> Decision {
        var sum: Int32 = 0
        var squares: Int64 = 0
        MuLaw.decodeTable.withUnsafeBufferPointer { table in
            for code in frame {
                let value = Int32(table[Int(code)])
                sum &+= value
                squares &+= Int64(value &* value)
            }
        }
        return judge(sum: sum, squares: squares, count: frame.count)
    }

    /// Judges one frame of 16-bit samples.
    package mutating func process(pcm frame: [Int16]) -> Decision {
        var sum: Int32 = 0
        var squares: Int64 = 0
        for sample in frame {
            sum &+= Int32(sample)
            squares &+= Int64(Int32(sample) &* Int32(sample))
        }
        return judge(sum: sum, squares: squares, count: frame.count)
    }

    private mutating func judge(sum: Int32, squares: Int64, count: Int) -> Decision {
        var level = Float(Loudness.silence)
        if count > 0 {
            // Without the mean: a direct-current offset is neither speech nor noise.
            let mean = Float(sum) / Float(count)
            let power = Float(squares) / Float(count) - mean * mean
            if power > 1 { level = max(level, 10 * log10(power) - 90.309) }  // 90.309 dB = 32768 squared
        }
        let floor = floor
        wasSpeech = level > beginning(over: floor) - (wasSpeech ? settings.leave : 0)
        learn(level)
        return Decision(isSpeech: wasSpeech, level: level, floor: floor)
    }

    /// The level at which speech begins.
    private func beginning(over floor: Float) -> Float {
        let wanted = max(ceiling.level + settings.overCeiling, floor + settings.overFloor)
        let highest = min(floor + settings.mostOverFloor, max(settings.highestBeginning, floor + settings.underHighest))
        return max(settings.lowestBeginning, min(wanted, highest))
    }

    private mutating func learn(_ level: Float) {
        if level < Self.idle {
            idleFrames += 1
            if idleFrames <= Self.longestGap { return }
        } else {
            idleFrames = 0
        }
        ceiling.learn(level, range: settings.noiseRange)
        if framesInStretch == 0 || level < minima[stretch] { minima[stretch] = level }
        framesInStretch += 1
        guard framesInStretch == Self.framesPerStretch else { return }
        framesInStretch = 0
        stretch += 1
        if stretch == Self.stretches {
            stretch = 0
            isFull = true
        }
    }
}
