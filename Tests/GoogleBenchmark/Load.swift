import ASRWorker
import Glibc
import Synchronization

/// All streams' audio, in real time, from one task.
final class Load {
    private struct Line {
        let connection: any RecognizerConnection
        var due: Int64
        var sent = 0
    }

    private let chunk: Int
    private let every: Int
    private var lines: [Line] = []
    private(set) var late = 0

    init(chunk: Int, every: Int) {
        self.chunk = chunk
        self.every = every
    }

    /// - Parameter phase: microseconds.
    func add(_ connection: any RecognizerConnection, phase: Int64) {
        lines.append(Line(connection: connection, due: monotonicMicroseconds() + phase))
    }

    func run(seconds: Int) async throws {
        let silence = [UInt8](repeating: 0xFF, count: chunk * 8)
        let end = monotonicMicroseconds() + Int64(seconds) * 1_000_000
        var now = monotonicMicroseconds()
        while now < end {
            for index in lines.indices where lines[index].due <= now {
                var audio = silence
                if lines[index].sent * chunk / every != (lines[index].sent + 1) * chunk / every {
                    audio.replaceSubrange(0..<16, with: stamp(monotonicMicroseconds()))
                }
                lines[index].connection.send(audio)
                lines[index].sent += 1
                if now - lines[index].due > 10_000 { late += 1 }
                lines[index].due += Int64(chunk) * 1000
            }
            // Not more often than every millisecond: waking up costs too.
            let next = lines.reduce(now + 20_000) { min($0, $1.due) }
            try await Task.sleep(for: .microseconds(max(1000, next - monotonicMicroseconds())))
            now = monotonicMicroseconds()
        }
    }

    /// In good order: a server that is cut off complains for each stream.
    func close() async throws {
        for line in lines { line.connection.close() }
        try await Task.sleep(for: .seconds(1))
    }

    /// `T:` and 14 digits.
    private func stamp(_ microseconds: Int64) -> [UInt8] {
        let digits = Array("\(microseconds)".utf8)
        return Array("T:".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 14 - digits.count)) + digits.prefix(14)
    }
}

/// From the stamps that come back.
final class Delays: Sendable {
    private struct State {
        var isMeasuring = false
        var histogram = Histogram()
        var failures = 0
    }
    private let state = Mutex(State())

    func begin() { state.withLock { $0.isMeasuring = true } }
    func end() -> (Histogram, failures: Int) {
        state.withLock { state in
            state.isMeasuring = false
            return (state.histogram, state.failures)
        }
    }

    @Sendable func report(_ event: ConnectionEvent) {
        let now = monotonicMicroseconds()
        switch event {
        case .interim(let text):
            // When it was handed over (µs), and how long the server had it (ns).
            let words = text.text.split(separator: " ").compactMap { Int64($0) }
            guard words.count == 2 else { return }
            state.withLock { state in
                if state.isMeasuring { state.histogram.add(Int(now - words[0] - words[1] / 1000)) }
            }
        case .ended: state.withLock { $0.failures += 1 }
        default: break
        }
    }
}
