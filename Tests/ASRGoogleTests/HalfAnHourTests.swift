import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import CallVocabulary
import GoogleFakeKit
import Logging
import ProviderKit
import Synchronization
import Testing

/// Half an hour of speech through streams that end after five minutes of audio. The clock is the audio's own: it goes on as fast as the fake
/// hears, and stands still while something is waited for.
@Suite(.serialized) struct HalfAnHourTests {
    /// When finals come.
    enum Finals: String, CaseIterable, CustomTestStringConvertible {
        case asTheyCome = "as they come"
        case afterTheHalfClose = "half close"
        var testDescription: String { rawValue }
    }

    @Test(arguments: GoogleRecognition.Version.allCases, Finals.allCases)
    func noWordIsLostOrDoubled(_ version: GoogleRecognition.Version, _ finals: Finals) async throws {
        let hearing = try await Hearing(version, #"{"limit": 300, "limit_by": "audio", "strict": false, "finals": "\#(finals.rawValue)"}"#)
        let caller = TirelessCaller(hearing)
        var turns = 0
        while caller.milliseconds < 1_800_000 {
            // Short answers, long stories, and now and then somebody who does not stop for as long as a stream lives.
            let words = [1, 8, 2, 55, 3, 21, 600, 13, 5, 144, 34][turns % 11]
            try await caller.speak(words: words, gap: [60, 200, 20, 340, 120][turns % 5])
            await caller.pause([400, 3_000, 1_000, 20_000][turns % 4])
            turns += 1
        }
        caller.hangUp()
        #expect(caller.heard == caller.said)
        #expect(caller.extraFinals == 0)
        let streams = try await hearing.fake.calls()
        #expect(streams.allSatisfy { $0.bytes <= 300 * 8_000 })
        print(
            "\(version.rawValue), finals \(finals.rawValue): \(caller.milliseconds / 60_000) min, \(caller.said.count) words in \(turns) utterances, "
                + "\(streams.count) streams, ends: \(Set(streams.compactMap(\.ended)).sorted().joined(separator: ", "))")
    }
}

/// Says numbers, one after the other, and writes down what is heard of them.
private final class TirelessCaller: Sendable {
    private struct State {
        var now: Int64 = 0
        var turn = TurnID(0)
        var sequence: UInt32 = 0
        var said: [Int] = []
        var finals: [TurnID: String] = [:]
        var extraFinals = 0
        /// Words of the running utterance's hypothesis.
        var guessed = 0

        var heard: [Int] { finals.sorted { $0.key < $1.key }.flatMap { numbers(in: $0.value) } }
    }

    private final class Book: Sendable {
        let state = Mutex(State())
        func take(_ report: RecogniserReport) {
            state.withLock { state in
                switch report {
                case .interim(let turn, let text, _): if turn == state.turn { state.guessed = numbers(in: text).count }
                case .final(let turn, let transcript, _):
                    if state.finals.updateValue(transcript.text, forKey: turn) != nil { state.extraFinals += 1 }
                }
            }
        }
    }

    /// Words that may be under way before the caller waits for them.
    private static let ahead = 6

    private let book = Book()
    private let recogniser: StreamingRecognizer
    private let stream: any RecognitionStream

    init(_ hearing: Hearing) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let book = book
        let now: @Sendable () -> Int64 = { book.state.withLock { $0.now } }
        let chain = ProviderChain(stage: "asr", names: [hearing.recogniser.name], logger: logger, now: now)
        recogniser = StreamingRecognizer(providers: [hearing.recogniser], chain: chain, logger: logger, now: now)
        stream = recogniser.open(ConversationID("rec:1"), business: nil) { book.take($0) }
    }

    var milliseconds: Int64 { book.state.withLock { $0.now } }
    var said: [Int] { book.state.withLock { $0.said } }
    var heard: [Int] { book.state.withLock { $0.heard } }
    var extraFinals: Int { book.state.withLock { $0.extraFinals } }

    /// One utterance.
    func speak(words: Int, gap: Int) async throws {
        let turn = book.state.withLock { state in
            state.turn = state.turn.next
            state.guessed = 0
            return state.turn
        }
        for word in 1...words {
            let number = book.state.withLock { state in
                state.said.append(state.said.count % 65_536)
                return state.said[state.said.count - 1]
            }
            hear(MuLaw.encode(ToneCode.encode(UInt16(number))) + [UInt8](repeating: MuLaw.silence, count: gap * 8), turn)
            try await wait("words of utterance \(turn)") { word - $0.guessed <= Self.ahead }
        }
        hear([UInt8](repeating: MuLaw.silence, count: 400 * 8), turn)
        stream.finish(turn, through: book.state.withLock { $0.sequence })
        // The line goes on, and so does what waits for the final.
        for _ in 0..<60 where book.state.withLock({ $0.finals[turn] == nil }) {
            pass()
            for _ in 0..<20 where book.state.withLock({ $0.finals[turn] == nil }) { try await Task.sleep(for: .milliseconds(2)) }
        }
        #expect(book.state.withLock { $0.finals[turn] != nil }, "utterance \(turn) has its final within six seconds")
    }

    func pause(_ milliseconds: Int) async {
        for _ in 0..<milliseconds / 100 {
            pass()
            await Task.yield()
        }
    }

    func hangUp() { stream.close() }

    private func hear(_ audio: [UInt8], _ turn: TurnID) {
        for (index, payload) in audio.pieces(AudioFrame.milliseconds).enumerated() {
            let frame = book.state.withLock { state in
                state.now += Int64(AudioFrame.milliseconds)
                state.sequence += 1
                return AudioFrame(sequence: state.sequence, payload: payload)
            }
            stream.hear([frame], of: turn)
            if index % 5 == 4 { recogniser.tick() }
        }
    }

    private func pass() {
        book.state.withLock { $0.now += 100 }
        recogniser.tick()
    }

    private func wait(_ what: String, until isSo: (State) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while !book.state.withLock({ isSo($0) }) {
            guard ContinuousClock.now < end else { throw GoogleFake.Failure(description: "no \(what) at \(milliseconds) ms") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

private func numbers(in text: String) -> [Int] { text.split(separator: " ").compactMap { Int($0) } }
