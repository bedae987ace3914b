import CallVocabulary
import ProviderKit
import Testing

@testable import ASRWorker

/// A provider as the session sees it: hears words, makes interims and finals of them, and has rules of its own.
struct FakeEngine {
    enum Fault { case none, deaf, failsAtOnce, failsAfter(milliseconds: Int), neverEnds }

    var traits: StreamTraits
    /// Silence after which it makes a final by itself, in milliseconds.
    var finalAfter = 600
    /// Words after which it does so without any silence.
    var finalAfterWords = 12
    /// Its longest stream, in milliseconds of audio.
    var limit: Int?
    var tellsTimes = true
    var fault = Fault.none

    static func google(fault: Fault = .none) -> FakeEngine {
        FakeEngine(
            traits: StreamTraits(
                silence: .sent, finalizes: false, renewAfterMilliseconds: 230_000, renewByMilliseconds: 280_000, finalTimeoutMilliseconds: 1_600),
            limit: 305_000, fault: fault)
    }
    static func finalizing(tellsTimes: Bool = true, fault: Fault = .none) -> FakeEngine {
        FakeEngine(traits: StreamTraits(silence: .keepAlive, finalizes: true), tellsTimes: tellsTimes, fault: fault)
    }
}

/// One connection to such a provider.
private struct FakeConnection {
    let engine: FakeEngine
    var ear = SpokenWords.Ear()
    /// Words that stand in finals.
    var settled = 0
    var shown = 0
    var isOver = false

    mutating func hear(_ audio: [UInt8]) -> [ConnectionEvent] {
        guard !isOver else { return [] }
        var events: [ConnectionEvent] = []
        // In small steps, as real ones do: what is heard again comes in one piece and is still finalized in the middle.
        for start in stride(from: 0, to: audio.count, by: 160) {
            ear.hear(Array(audio[start..<min(start + 160, audio.count)]))
            if case .deaf = engine.fault { continue }
            if case .failsAtOnce = engine.fault { return end(.failed(ProviderFailure(.unreachable, "refused"))) }
            if case .failsAfter(let limit) = engine.fault, ear.heard / 8 >= limit { return events + end(.failed(ProviderFailure(.broken, "reset"))) }
            if let limit = engine.limit, ear.heard / 8 >= limit { return events + end(.limit) }
            if ear.words.count > shown {
                shown = ear.words.count
                events.append(.interim(text(settled..<shown)))
            }
            let isDue = ear.quiet / 8 >= engine.finalAfter || ear.words.count - settled >= engine.finalAfterWords
            if isDue, ear.words.count > settled, !engine.traits.finalizes { events += final() }
        }
        return events
    }

    mutating func finalize() -> [ConnectionEvent] {
        guard !isOver, engine.traits.finalizes else { return [] }
        if case .neverEnds = engine.fault { return [] }
        if case .deaf = engine.fault { return [] }
        return (ear.words.count > settled ? final() : []) + [.finalized]
    }

    mutating func close() -> [ConnectionEvent] {
        guard !isOver else { return [] }
        // Finals come after the half-close too.
        let last = ear.words.count > settled ? final() : []
        return last + end(.closed)
    }

    private mutating func end(_ end: ConnectionEnd) -> [ConnectionEvent] {
        isOver = true
        return [.ended(end)]
    }

    private mutating func final() -> [ConnectionEvent] {
        defer { settled = ear.words.count }
        return [.final(text(settled..<ear.words.count))]
    }

    private func text(_ range: Range<Int>) -> HeardText {
        HeardText(
            ear.words[range].map { String($0.number) }.joined(separator: " "),
            endMilliseconds: engine.tellsTimes ? ear.words[range].last.map { $0.end / 8 } : nil, confidence: 0.5)
    }
}

/// A caller, a session and providers on a manual clock, in steps of 20 ms.
final class SessionRig {
    private(set) var session: StreamingSession
    private(set) var now: Int64 = 0
    private let engines: [FakeEngine]
    /// From what a connection is sent to what it reports.
    private let delay: Int64
    private var connections: [StreamingSession.ConnectionID: FakeConnection] = [:]
    private var onTheWay: [(at: Int64, id: StreamingSession.ConnectionID, event: ConnectionEvent)] = []
    private var turn = TurnID(0)
    private var chosen: [Int] = []

    private(set) var actions: [StreamingSession.Action] = []
    private(set) var finals: [(turn: TurnID, transcript: Transcript, provider: Int, at: Int64)] = []
    private(set) var interims: [(turn: TurnID, text: String)] = []
    var resting: Set<Int> = []
    /// From now on nothing comes from these providers and nothing reaches them.
    var cut: Set<Int> = []
    private var providerOf: [StreamingSession.ConnectionID: Int] = [:]

    init(_ engines: [FakeEngine], delay: Int64 = 60) {
        self.engines = engines
        self.delay = delay
        session = StreamingSession(traits: engines.map(\.traits))
        perform(session.open(at: now, choose: choose))
    }

    private var choose: StreamingSession.Choice {
        { [engines, resting] tried in engines.indices.first { !tried.contains($0) && !resting.contains($0) } }
    }

    // MARK: - The caller

    /// One utterance, in real time; the endpointer's half second of silence is its end.
    func say(_ words: [Int], pause: Int = 0, tail: Int = 500) {
        begin()
        for (index, word) in words.enumerated() {
            speak(SpokenWords.word(word))
            if index < words.count - 1 { speak(SpokenWords.silence(milliseconds: pause)) }
        }
        speak(SpokenWords.silence(milliseconds: tail))
        finish()
    }

    @discardableResult func begin() -> TurnID {
        turn = turn.next
        return turn
    }
    func speak(_ audio: [UInt8]) {
        for start in stride(from: 0, to: audio.count, by: 160) {
            perform(session.handle(.hear(turn, Array(audio[start..<min(start + 160, audio.count)])), at: now, choose: choose))
            pass(20)
        }
    }
    func finish() { perform(session.handle(.finish(turn), at: now, choose: choose)) }
    func discard() { perform(session.handle(.discard(turn), at: now, choose: choose)) }
    func close() { perform(session.handle(.close, at: now, choose: choose)) }

    /// Time passes; nobody speaks.
    func pass(_ milliseconds: Int) {
        let end = now + Int64(milliseconds)
        while now < end {
            now += 20
            deliver()
            if now % 100 == 0 { perform(session.handle(.tick, at: now, choose: choose)) }
        }
    }

    func report(_ event: ConnectionEvent) {
        guard let id = session.active?.id else { return }
        perform(session.handle(.connection(id, event), at: now, choose: choose))
    }

    private func deliver() {
        while let first = onTheWay.first, first.at <= now {
            onTheWay.removeFirst()
            if let provider = providerOf[first.id], cut.contains(provider) { continue }
            perform(session.handle(.connection(first.id, first.event), at: now, choose: choose))
        }
    }

    private func perform(_ actions: [StreamingSession.Action]) {
        self.actions += actions
        for action in actions {
            switch action {
            case .connect(let id, let provider):
                connections[id] = FakeConnection(engine: engines[provider])
                providerOf[id] = provider
            case .send(let id, let audio): queue(id) { $0.hear(audio) }
            case .finalize(let id): queue(id) { $0.finalize() }
            case .close(let id): queue(id) { $0.close() }
            case .cancel(let id): connections[id] = nil
            case .final(let turn, let transcript, let provider): finals.append((turn, transcript, provider, now))
            case .interim(let turn, let text, _): interims.append((turn, text))
            case .keepAlive, .succeeded, .failed, .switched, .noted: break
            }
        }
    }

    private func queue(_ id: StreamingSession.ConnectionID, _ body: (inout FakeConnection) -> [ConnectionEvent]) {
        guard var connection = connections[id] else { return }
        let events = body(&connection)
        connections[id] = connection
        onTheWay += events.map { (now + delay, id, $0) }
    }

    // MARK: - What came of it

    func count(_ note: StreamingSession.Note) -> Int { actions.count { $0 == .noted(note) } }
    var switches: [(from: Int, to: Int?)] {
        actions.compactMap { if case .switched(let from, let to, _) = $0 { (from, to) } else { nil } }
    }
    var heard: [Int] { finals.flatMap { $0.transcript.text.split(separator: " ").compactMap { Int($0) } } }
}
