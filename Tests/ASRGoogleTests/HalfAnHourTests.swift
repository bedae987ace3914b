import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import CallVocabulary
import Foundation
import GoogleFakeKit
import Logging
import ProviderKit
import Synchronization
import Testing

/// Half an hour of speech through streams that end after five minutes of audio. The clock is the audio's own: it goes on as fast as the fake
/// hears, and as slowly as a real one while something is waited for.
@Suite(.serialized) struct HalfAnHourTests {
    /// When finals come.
    enum Finals: String, CaseIterable, CustomTestStringConvertible {
        case asTheyCome = "as they come"
        case afterTheHalfClose = "half close"
        var testDescription: String { rawValue }
        /// Milliseconds of audio. With finals behind the half-close each utterance is a stream, which takes time: `HALF_HOURS=all` makes them as
        /// long as the others.
        var length: Int64 {
            self == .asTheyCome || ProcessInfo.processInfo.environment["HALF_HOURS"] == "all" ? 1_800_000 : 600_000
        }
    }

    @Test(arguments: GoogleRecognition.Version.allCases, Finals.allCases)
    func noWordIsLostOrDoubled(_ version: GoogleRecognition.Version, _ finals: Finals) async throws {
        let hearing = try await Hearing(version, #"{"limit": 300, "limit_by": "audio", "strict": false, "finals": "\#(finals.rawValue)"}"#)
        let caller = TirelessCaller(hearing)
        var turns = 0
        while caller.milliseconds < finals.length {
            // Short answers, long stories, and a story that does not end for six minutes, longer than a stream lives: it is cut after 20 s, as
            // the gateway does. A fake that gives its finals only when it must hears no pauses of the caller's.
            let isTelling = turns % 60 >= 40
            let words = isTelling ? 30 : [1, 8, 2, 21, 3, 13, 5, 24][turns % 8]
            try await caller.speak(words: words, gap: isTelling ? 180 : [60, 200, 20, finals == .asTheyCome ? 340 : 160, 120][turns % 5])
            if !isTelling { await caller.pause([400, 3_000, 1_000, 20_000][turns % 4]) }
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
        /// The newest word of which anything is known.
        var newest = -1

        var heard: [Int] { finals.sorted { $0.key < $1.key }.flatMap { numbers(in: $0.value) } }
    }

    private final class Book: Sendable {
        let state = Mutex(State())
        func take(_ report: RecogniserReport) {
            state.withLock { state in
                switch report {
                case .interim(let turn, let text, _): if turn == state.turn { state.newest = numbers(in: text).last ?? state.newest }
                case .final(let turn, let transcript, _):
                    if state.finals.updateValue(transcript.text, forKey: turn) != nil { state.extraFinals += 1 }
                }
            }
        }
    }

    /// Words that may be under way before the caller waits for them.
    private static let ahead = 3

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
            return state.turn
        }
        for _ in 1...words {
            let number = book.state.withLock { state in
                state.said.append(state.said.count)
                return state.said.count - 1
            }
            hear(MuLaw.encode(ToneCode.encode(UInt16(number))) + [UInt8](repeating: MuLaw.silence, count: gap * 8), turn)
            try await wait("words of utterance \(turn)") { number - $0.newest <= Self.ahead }
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
        var waited = 0
        while !book.state.withLock({ isSo($0) }) {
            guard ContinuousClock.now < end else {
                throw GoogleFake.Failure(description: "no \(what) at \(milliseconds) ms; \(book.state.withLock { $0.newest }) is known")
            }
            try await Task.sleep(for: .milliseconds(1))
            waited += 1
            // Whatever has a deadline goes on: a real line does not stand still either.
            if waited % 20 == 0 {
                book.state.withLock { $0.now += 20 }
                recogniser.tick()
            }
        }
    }
}

private func numbers(in text: String) -> [Int] { text.split(separator: " ").compactMap { Int($0) } }
