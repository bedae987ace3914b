import ASRWorker

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One connection and what it reports.
final class Listener {
    struct Heard {
        var finals: [HeardText] = []
        var numbers: [Int] { finals.flatMap { $0.text.split(separator: " ").compactMap { Int($0) } } }
    }

    let connection: any RecognizerConnection
    private let stream: AsyncStream<ConnectionEvent>
    private let feed: AsyncStream<ConnectionEvent>.Continuation
    private(set) var finals: [HeardText] = []
    var numbers: [Int] { Heard(finals: finals).numbers }

    init(_ run: FakeRun, _ hints: RecognitionHints = RecognitionHints()) {
        let (stream, feed) = AsyncStream.makeStream(of: ConnectionEvent.self)
        (self.stream, self.feed) = (stream, feed)
        connection = run.provider.connect(hints) { event in
            feed.yield(event)
            if case .ended = event { feed.finish() }
        }
    }

    func stop() { feed.finish() }

    /// In pieces of 40 ms, as they come from a line.
    func say(_ audio: [UInt8]) {
        for start in stride(from: 0, to: audio.count, by: 320) { connection.send(Array(audio[start..<min(audio.count, start + 320)])) }
    }

    func next() async -> ConnectionEvent? {
        var iterator = stream.makeAsyncIterator()
        let event = await iterator.next()
        if case .final(let heard)? = event { finals.append(heard) }
        return event
    }

    /// The finals up to the next `.finalized`.
    func untilFinalized() async throws -> Heard {
        var heard = Heard()
        while let event = await next() {
            switch event {
            case .final(let text): heard.finals.append(text)
            case .finalized: return heard
            case .ended(let end): throw Unexpected("it ended: \(end)")
            case .ready, .interim: break
            }
        }
        throw Unexpected("nothing more came")
    }

    func end() async throws -> ConnectionEnd {
        while let event = await next() { if case .ended(let end) = event { return end } }
        throw Unexpected("it did not end")
    }
}
