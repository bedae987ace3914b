/// How loud the noise gets: the median of the highest levels of the stretches of 320 ms in the last 5 s that varied as little as noise does.
struct NoiseCeiling: Sendable, Equatable, Codable {
    /// In dBFS.
    private(set) var level: Float
    /// Highest levels of the last stretches, oldest at `next` when it is full; one begins every 160 ms. ``notNoise`` for those that varied more.
    private var highest: [Float] = []
    private var next = 0
    private var framesInHalf = 0
    /// Of the running half of a stretch, and of the half before it.
    private var running: ClosedRange<Float> = 0...0
    private var before: ClosedRange<Float>?

    private static let framesPerHalf = 8
    private static let remembered = 32
    /// Louder than anything.
    private static let notNoise: Float = 1

    init(initial: Float) { level = initial }

    /// - Parameters:
    ///   - frame: its level, in dBFS.
    ///   - range: the most by which noise varies, in decibels.
    mutating func learn(_ frame: Float, range: Float) {
        running = framesInHalf == 0 ? frame...frame : min(running.lowerBound, frame)...max(running.upperBound, frame)
        framesInHalf += 1
        guard framesInHalf == Self.framesPerHalf else { return }
        framesInHalf = 0
        let half = before
        before = running
        guard let half else { return }
        let loudest = max(half.upperBound, running.upperBound)
        remember(loudest - min(half.lowerBound, running.lowerBound) <= range ? loudest : Self.notNoise)
    }

    private mutating func remember(_ loudest: Float) {
        if highest.count < Self.remembered { highest.append(loudest) } else { highest[next] = loudest }
        next = (next + 1) % Self.remembered
        var noise = highest.filter { $0 < Self.notNoise }
        // Speech alone says nothing about the noise: it is still what it was.
        guard !noise.isEmpty else { return }
        noise.sort()
        level = noise[(noise.count - 1) / 2]
    }
}
