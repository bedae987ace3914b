import ASRWorker
import GoogleCloud
import GoogleProtos
import ProviderKit
import SwiftProtobuf
import Synchronization
import Testing

@testable import ASRGoogleWire

@Suite struct HearingTests {
    private func read(_ results: [SpeechV2StreamingRecognitionResult]) throws -> [ConnectionEvent] {
        let message: [UInt8] = try SpeechV2StreamingRecognizeResponse.with { $0.results = results }.serializedBytes()
        guard case .heard(let events) = try GoogleHearing.read(message, .v2) else { return [] }
        return events
    }

    private func piece(_ text: String, final: Bool = false, end: Int64? = nil, confidence: Float = 0) -> SpeechV2StreamingRecognitionResult {
        .with { result in
            result.isFinal = final
            result.alternatives = [
                .with {
                    $0.transcript = text; $0.confidence = confidence
                }
            ]
            if let end {
                result.resultEndOffset = .with {
                    $0.seconds = end / 1000; $0.nanos = Int32(end % 1000) * 1_000_000
                }
            }
        }
    }

    @Test func piecesOfAHypothesisAreOne() throws {
        #expect(
            try read([piece("אני רוצה", end: 900), piece(" תור", end: 1200)])
                == [.interim(HeardText("אני רוצה תור", endMilliseconds: 1200))])
    }

    @Test func aFinalComesBeforeTheHypothesisThatFollowsIt() throws {
        #expect(
            try read([piece(" כן.", final: true, end: 2000, confidence: 0.75), piece(" ועוד"), piece(" משהו", end: 2600)])
                == [
                    .final(HeardText("כן.", endMilliseconds: 2000, confidence: 0.75)),
                    .interim(HeardText("ועוד משהו", endMilliseconds: 2600)),
                ])
    }

    @Test func whatIsNotSaidIsNil() throws {
        #expect(try read([piece("לא", final: true)]) == [.final(HeardText("לא"))])
        #expect(try read([.with { $0.isFinal = true }]) == [.final(HeardText(""))])
        #expect(try read([piece("לא", final: true, end: -5)]) == [.final(HeardText("לא"))])
        #expect(try read([]) == [])
    }

    @Test func aTimeThatCannotBeIsNil() throws {
        let absurd = SpeechV2StreamingRecognitionResult.with { result in
            result.isFinal = true
            result.resultEndOffset.seconds = .max
        }
        #expect(try read([absurd]) == [.final(HeardText(""))])
    }

    @Test func v1SaysTheSame() throws {
        let message: [UInt8] = try SpeechV1StreamingRecognizeResponse.with { response in
            response.results = [
                .with { result in
                    result.isFinal = true
                    result.alternatives = [
                        .with {
                            $0.transcript = " שלום "; $0.confidence = 1.5
                        }
                    ]
                    result.resultEndTime = .with {
                        $0.seconds = 61; $0.nanos = 40_000_000
                    }
                }
            ]
        }.serializedBytes()
        #expect(try GoogleHearing.read(message, .v1) == .heard([.final(HeardText("שלום", endMilliseconds: 61_040, confidence: 1))]))
    }

    @Test func v1TellsInsideAMessageWhyItIsOver() throws {
        let message: [UInt8] = try SpeechV1StreamingRecognizeResponse.with { response in
            response.error = .with {
                $0.code = 11; $0.message = "why"
            }
        }.serializedBytes()
        #expect(try GoogleHearing.read(message, .v1) == .over(GoogleStatus(code: 11, message: "why")))
    }

    @Test(arguments: GoogleRecognition.Version.allCases) func garbage(_ version: GoogleRecognition.Version) {
        for bytes: [UInt8] in [[0xFF], [0x32, 0x05, 0x0A], [UInt8](repeating: 0xFF, count: 1000)] {
            let failure = #expect(throws: ProviderFailure.self) { try GoogleHearing.read(bytes, version) }
            #expect(failure?.kind == .garbage)
        }
    }

    /// Random bytes never stop the process, and are either read or garbage.
    @Test func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for version in GoogleRecognition.Version.allCases {
                do {
                    _ = try GoogleHearing.read(bytes, version)
                } catch {
                    #expect((error as? ProviderFailure)?.kind == .garbage)
                }
            }
        }
    }
}

@Suite struct StreamEndTests {
    private func end(_ code: Int, _ message: String = "", closed: Bool = false, age: Duration = .seconds(10)) -> ConnectionEnd {
        GoogleStreamEnd.end(GoogleStatus(code: code, message: message), isHalfClosed: closed, age: age)
    }

    @Test func bothVersionsWords() {
        #expect(end(11, "Exceeded maximum allowed stream duration of 305 seconds.") == .limit)
        #expect(end(10, "Max duration of 5 minutes reached for stream.") == .limit)
        #expect(end(11, "Audio Timeout Error: Long duration elapsed without audio. Audio should be sent close to real time.") == .idle)
        #expect(end(10, "Stream timed out after receiving no more client requests.") == .idle)
    }

    @Test func otherWordsForTheSame() {
        #expect(end(10, "The stream is too old.", age: .seconds(299)) == .limit)
        guard case .failed(let failure) = end(10, "The stream is too old.", age: .seconds(100)) else {
            Issue.record("a young stream has met no limit")
            return
        }
        #expect(failure.kind == .broken)
    }

    /// The same words under another code are no routine.
    @Test func wordsAloneMeanNothing() {
        guard case .failed(let failure) = end(3, "Max duration of 5 minutes reached for stream.") else {
            Issue.record("INVALID_ARGUMENT is a failure")
            return
        }
        #expect(failure.kind == .refused)
    }

    @Test func okIsGoodOnlyAfterTheHalfClose() {
        #expect(end(0, closed: true) == .closed)
        guard case .failed(let failure) = end(0) else {
            Issue.record("nobody asked the server to end")
            return
        }
        #expect(failure.kind == .broken)
        #expect(end(10, "Max duration of 5 minutes reached for stream.", closed: true) == .limit)
    }
}

@Suite struct PhraseHintsTests {
    @Test func theFirstThatFit() {
        let many = (0..<6000).map { "מילה \($0)" }
        #expect(PhraseHints.fitting(many, to: .v2) == Array(many.prefix(1000)))
        #expect(PhraseHints.fitting(many, to: .v1) == Array(many.prefix(5000)))
    }

    @Test func whatGoogleWouldRefuseIsLeftOut() {
        let long = String(repeating: "א", count: 101)
        #expect(PhraseHints.fitting(["", "  ", long, "תור  למחר\n", "תור למחר", "כן"], to: .v2) == ["תור למחר", "כן"])
        // 100 characters with a vowel sign each are 200 code points.
        #expect(PhraseHints.fitting([String(repeating: "אָ", count: 100)], to: .v1) == [])
    }

    @Test func allTogetherHaveALimit() {
        let phrases = (0..<1200).map { String(repeating: "ב", count: 95) + "\($0 + 10_000)" }
        let taken = PhraseHints.fitting(phrases, to: .v1)
        #expect(taken.count == 1000 && taken.reduce(0) { $0 + $1.count } == 100_000)
    }

    @Test func theyAreSent() throws {
        let speech = GoogleRecognition(version: .v1, project: "p", location: "eu", model: "default")
        let request = try SpeechV1StreamingRecognizeRequest(serializedBytes: try speech.opening(RecognitionHints(phrases: ["א", "ב"])))
        #expect(request.streamingConfig.config.speechContexts.map(\.phrases) == [["א", "ב"]])
    }
}

@Suite struct OutgoingAudioTests {
    private func drained(_ audio: OutgoingAudio, largest: Int = 100) async throws -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        try await audio.drain(largest: largest) { pieces.append(Array($0)) }
        return pieces
    }

    @Test func whatGathersLeavesTogetherAndCutToSize() async throws {
        let audio = OutgoingAudio()
        for value in 0..<25 { #expect(audio.put([UInt8](repeating: UInt8(value), count: 10))) }
        audio.end()
        let pieces = try await drained(audio)
        #expect(pieces.map(\.count) == [100, 100, 50])
        #expect(pieces.joined().elementsEqual((0..<25).flatMap { [UInt8](repeating: UInt8($0), count: 10) }))
    }

    @Test func aFullBufferTakesNothing() async throws {
        let audio = OutgoingAudio(capacity: 100)
        #expect(audio.put([UInt8](repeating: 1, count: 60)))
        #expect(!audio.put([UInt8](repeating: 2, count: 41)))
        #expect(audio.put([UInt8](repeating: 3, count: 40)))
        audio.end()
        #expect(audio.put([9]))
        #expect(try await drained(audio, largest: 1000) == [[UInt8](repeating: 1, count: 60) + [UInt8](repeating: 3, count: 40)])
    }

    @Test func nothingIsLostBetweenThreads() async throws {
        let audio = OutgoingAudio()
        let feeder = Task {
            for index in 0..<10_000 {
                _ = audio.put([UInt8(index & 255)])
                if index % 100 == 0 { await Task.yield() }
            }
            audio.end()
        }
        let heard = try await drained(audio).flatMap { $0 }
        await feeder.value
        #expect(heard == (0..<10_000).map { UInt8($0 & 255) })
    }

    @Test func cancellationEndsIt() async {
        let audio = OutgoingAudio()
        let drain = Task { try await audio.drain(largest: 100) { _ in } }
        drain.cancel()
        await #expect(throws: CancellationError.self) { try await drain.value }
    }
}

@Suite struct OrderedReportsTests {
    private final class Heard: Sendable {
        private let events = Mutex<[ConnectionEvent]>([])
        var all: [ConnectionEvent] { events.withLock { $0 } }
        @Sendable func report(_ event: ConnectionEvent) { events.withLock { $0.append(event) } }
    }

    @Test func nothingComesAfterTheEnd() {
        let heard = Heard()
        let reports = OrderedReports(heard.report)
        for event: ConnectionEvent in [.ready, .final(HeardText("א")), .ended(.closed), .ended(.limit), .interim(HeardText("ב"))] {
            reports.tell(event)
        }
        #expect(heard.all == [.ready, .final(HeardText("א")), .ended(.closed)])
        reports.stop()
    }

    @Test func nothingComesAfterTheStop() {
        let heard = Heard()
        let reports = OrderedReports(heard.report)
        reports.tell(.ready)
        reports.stop()
        reports.tell(.ended(.closed))
        #expect(heard.all == [.ready])
    }

    /// Whoever is told may tell something, or stop it, from inside.
    @Test func fromInside() {
        let heard = Heard()
        let box = Mutex<OrderedReports?>(nil)
        let reports = OrderedReports { event in
            heard.report(event)
            let reports = box.withLock { $0 }
            if event == .ready { reports?.tell(.finalized) } else { reports?.stop() }
        }
        box.withLock { $0 = reports }
        reports.tell(.ready)
        reports.tell(.ready)
        #expect(heard.all == [.ready, .finalized])
        box.withLock { $0 = nil }
    }

    @Test func manyThreadsOneAtATime() async {
        let heard = Heard()
        let isInside = Mutex(false)
        let reports = OrderedReports { event in
            #expect(
                isInside.withLock { inside in
                    defer { inside = true }; return !inside
                })
            heard.report(event)
            isInside.withLock { $0 = false }
        }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for index in 0..<500 { reports.tell(.interim(HeardText("\(task)", endMilliseconds: index))) } }
            }
        }
        #expect(heard.all.count == 4000)
        for task in 0..<8 {
            let own = heard.all.compactMap { if case .interim(let text) = $0, text.text == "\(task)" { text.endMilliseconds } else { nil } }
            #expect(own == Array(0..<500))
        }
    }
}
