import Synchronization

/// How fast each voice speaks, learned from whole sentences.
final class Pace: Sendable {
    /// Before anything is known: slower than Hebrew receptionists speak (about 13), because a word twice is better than a word lost.
    static let standard = 11.0
    /// Less speech says nothing: pauses at the ends weigh too much. In milliseconds.
    private static let shortest = 1_000
    private static let weight = 0.2
    private static let plausible = 4.0...30.0

    private let perSecond: Mutex<[Double?]>

    init(count: Int) { perSecond = Mutex(Array(repeating: nil, count: count)) }

    /// Characters a second.
    func of(_ voice: Int) -> Double { perSecond.withLock { $0[voice] } ?? Self.standard }

    func learn(_ voice: Int, characters: Int, milliseconds: Int) {
        guard milliseconds >= Self.shortest else { return }
        let seen = Double(characters) * 1000 / Double(milliseconds)
        guard Self.plausible.contains(seen) else { return }
        perSecond.withLock { $0[voice] = $0[voice].map { $0 + (seen - $0) * Self.weight } ?? seen }
    }
}
