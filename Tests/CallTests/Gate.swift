import Synchronization

/// Stops whoever comes while it is shut, so that a script and not a clock decides how far something gets.
final class Gate: Sendable {
    private let isShut = Atomic<Bool>(false)
    func shut() { isShut.store(true, ordering: .releasing) }
    func open() { isShut.store(false, ordering: .releasing) }
    func pass() async throws {
        while isShut.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(2)) }
    }
}

/// Set once.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    /// - Returns: true to the first who asks.
    func claim() -> Bool { !value.exchange(true, ordering: .acquiringAndReleasing) }
    func set() { value.store(true, ordering: .releasing) }
}
