import Synchronization

/// The library fills tables of the whole process while the first encoder and the first decoder start, without a lock of its own: two that
/// start at once gave files that differ by a decibel (seen on a loaded machine). Starting is therefore one at a time; afterwards the tables are only read.
enum LameTables {
    private static let filling = Mutex(())
    static func filled<Value>(_ start: () -> Value) -> Value {
        // By way of a variable: the library's handles are not Sendable, and the lock only orders the calls.
        var values: [Value] = []
        filling.withLock { _ in values.append(start()) }
        return values[0]
    }

    /// The decoder keeps state of the whole process too: two files that were decoded at once came out with holes (seen; `CodecTests` shows it).
    private static let decoding = Mutex(())
    static func alone(_ decode: () -> Int32) -> Int32 { decoding.withLock { _ in decode() } }
}
