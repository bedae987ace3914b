/// A faint uniform noise, the same from every restart on: the same utterance must give the same result every time.
package struct Hiss: Sendable {
    /// Peak-to-peak amplitude; 0 and 1: none.
    private let width: Int
    private var state: UInt32 = 1

    package init(width: Int) { self.width = width }

    package mutating func restart() { state = 1 }

    /// - Returns: the samples with noise between -width/2 and width/2.
    package mutating func add(to pcm: [Int16]) -> [Int16] {
        guard width > 1 else { return pcm }
        return pcm.map { sample in
            // A linear congruential generator. Swift's shifts bind tighter than products: in one expression the product would be one with zero.
            state = state &* 1_664_525 &+ 1_013_904_223
            let scaled = UInt64(state) * UInt64(width)
            return Int16(clamping: Int(sample) + Int(scaled >> 32) - width / 2)
        }
    }
}
