import BusContract
import CallVocabulary
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct RecordingDeskTests {
    private let bench: DeskBench
    init() throws { bench = try DeskBench() }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func aMessageBecomesAFileATurnAndALead() async throws {
        bench.known.withLock { $0 = KnownCall(business: Sample.business, caller: "+97299", lead: ["need": "rent"]) }
        let desk = try await bench.desk()
        // The announcement names neither business nor caller: whoever knows the call is asked.
        desk.completed(try Sample.notice(1, .announced, business: nil, caller: nil))
        try await bench.outside.fetchIsAsked()
        await desk.settle()
        // It was on disk before it was asked for.
        #expect(bench.files.contains("\(Sample.sid(1)).json"))
        #expect(bench.ledger.recording == RecordingRecord(sid: Sample.sid(1), seconds: 3))
        #expect(bench.ledger.lead == ["need": "rent", "callback": "promised"])
        #expect(try await bench.outside.answerFetch(.success(Sample.wav())) == Sample.url(1))
        // Meanwhile the session has learnt more, or another life of it has begun anew: nothing is forgotten.
        bench.known.withLock { $0 = KnownCall(business: Sample.business, caller: "+97299", lead: ["city": "חיפה"]) }
        let audio = try await bench.outside.answerTranscription(.text("תחזרו אליי"))
        #expect(audio == RecordingAudio(bytes: Sample.wav(), call: try Sample.call(), business: Sample.business))
        try await bench.finished(desk)
        let file = "recordings/\(Sample.sid(1)).wav"
        #expect(bench.ledger.recording == RecordingRecord(sid: Sample.sid(1), seconds: 3, file: file, text: "תחזרו אליי"))
        #expect(bench.ledger.lead == ["need": "rent", "city": "חיפה", "callback": "promised", "message": "תחזרו אליי"])
        #expect(bench.ledger.turns.map(\.turn.number) == [900_001])
        #expect(bench.ledger.facts.count == 5)
        #expect(bench.files == ["\(Sample.sid(1)).\(try Sample.call().rawValue).1.done", "\(Sample.sid(1)).wav"])
        #expect(mode(bench.folder) == 0o700 && bench.files.allSatisfy { mode("\(bench.folder)/\($0)") == 0o600 })
        #expect(FileManager.default.contents(atPath: "\(bench.folder)/\(Sample.sid(1)).wav").map { [UInt8]($0) } == Sample.wav())
        await desk.stop()
    }

    enum Kill: String, CaseIterable { case announced, fetching, transcribing, reported, never }

    /// A life that ends at any step is followed by one that goes on there; the facts are the same, each once.
    @Test(arguments: Kill.allCases) func aKilledGatewayGoesOnWhereItWas(kill: Kill) async throws {
        var desk = try await bench.desk()
        func restart() async throws {
            await desk.stop()
            desk = try await bench.desk()
            // The session is of the earlier life.
            bench.known.withLock { $0 = nil }
            #expect(desk.pending == 1)
            desk.tick()
        }
        bench.known.withLock { $0 = KnownCall(business: Sample.business, caller: "+97299", lead: ["need": "rent"]) }
        let isKept = await withCheckedContinuation { done in
            if let notice = try? Sample.notice(business: nil, caller: nil) { desk.completed(notice) { done.resume(returning: $0) } }
        }
        #expect(isKept)
        if kill == .announced { try await restart() }
        try await bench.outside.fetchIsAsked()
        if kill == .fetching { try await restart() }
        try await bench.outside.answerFetch(.success(Sample.wav()))
        try await bench.outside.transcriptionIsAsked()
        if kill == .transcribing { try await restart() }
        try await bench.outside.answerTranscription(.text("תחזרו אליי"))
        try await bench.until(desk) { bench.ledger.facts.count == 5 }
        if kill == .reported {
            #expect(bench.files.contains("\(Sample.sid(1)).json"))
            try await restart()
        }
        try await bench.finished(desk)
        #expect(bench.ledger.lead == ["need": "rent", "callback": "promised", "message": "תחזרו אליי"])
        #expect(bench.ledger.recording?.file == "recordings/\(Sample.sid(1)).wav")
        #expect(bench.ledger.facts.count == 5)
        // What had been fetched was not fetched again.
        #expect(bench.outside.fetched == (kill == .transcribing || kill == .reported ? 0 : 1))
        #expect(bench.outside.transcribed == (kill == .reported ? 0 : 1))
        #expect(!bench.files.contains { $0.hasSuffix(".json") })
        await desk.stop()
    }

    /// The same recording from both webhooks, in any order, twice, and long after.
    @Test(arguments: 0..<6) func noticesInAnyOrderAndNumberComeToTheSame(round: Int) async throws {
        var notices = [
            try Sample.notice(1, .announced), try Sample.notice(1, .announced, seconds: 0), try Sample.notice(1, .completed),
            try Sample.notice(1, .completed, caller: nil),
        ]
        for _ in 0..<round { notices.append(notices.removeFirst()) }
        if round >= 4 { notices.reverse() }
        var desk = try await bench.desk()
        for notice in notices { desk.completed(notice) }
        try await bench.outside.answerFetch(.success(Sample.wav()))
        for notice in notices { desk.completed(notice) }
        try await bench.outside.answerTranscription(.text("שלום"))
        try await bench.finished(desk)
        #expect(bench.outside.fetched == 1 && bench.outside.transcribed == 1)
        let facts = bench.ledger.facts
        for notice in notices { desk.completed(notice) }
        await desk.stop()
        desk = try await bench.desk()
        for notice in notices { desk.completed(notice) }
        desk.tick()
        await desk.settle()
        #expect(desk.pending == 0)
        #expect(bench.ledger.facts == facts)
        #expect(bench.outside.fetched == 0 && bench.outside.transcribed == 0)
        #expect(bench.ledger.recording == RecordingRecord(sid: Sample.sid(1), seconds: 3, file: "recordings/\(Sample.sid(1)).wav", text: "שלום"))
        await desk.stop()
    }

    @Test func aLostRecordingThatComesAfterAllIsTaken() async throws {
        var desk = try await bench.desk()
        desk.completed(try Sample.notice(1, .missing("absent"), url: nil))
        try await bench.finished(desk)
        #expect(bench.ledger.recording == RecordingRecord(sid: Sample.sid(1), seconds: 3, failure: "absent"))
        #expect(bench.ledger.lead == ["callback": "promised"])
        #expect(bench.files == ["\(Sample.sid(1)).\(try Sample.call().rawValue).1.lost"])
        await desk.stop()
        desk = try await bench.desk()
        desk.completed(try Sample.notice(1, .missing("absent"), url: nil))
        await desk.settle()
        #expect(desk.pending == 0)
        desk.completed(try Sample.notice(1, .completed))
        try await bench.outside.answerFetch(.success(Sample.wav()))
        try await bench.outside.answerTranscription(.text("שלום"))
        try await bench.finished(desk)
        #expect(bench.ledger.recording?.text == "שלום" && bench.ledger.recording?.failure == nil)
        #expect(bench.files == ["\(Sample.sid(1)).\(try Sample.call().rawValue).1.done", "\(Sample.sid(1)).wav"])
        await desk.stop()
    }

    @Test func whatIsNoRecordingIsNotKept() async throws {
        let desk = try await bench.desk()
        desk.completed(try Sample.notice())
        // An error page with status 200 may be over in a moment; a file that is too large never.
        try await bench.outside.answerFetch(.success(Array("<html>busy</html>".utf8)))
        try await bench.until(desk) { bench.outside.fetched == 2 }
        try await bench.outside.answerFetch(.success(Sample.wav() + [UInt8](repeating: 0, count: RecordingDesk.maximumBytes)))
        try await bench.finished(desk)
        #expect(bench.ledger.recording?.file == nil)
        #expect(bench.ledger.recording?.failure?.contains("\(RecordingDesk.maximumBytes)") == true)
        #expect(!bench.files.contains { $0.hasSuffix(".wav") })
        #expect(bench.log.count("ALARM a voice message could not be fetched") == 1)
        await desk.stop()
    }

    @Test func withoutARecogniserTheFileStaysAndTheOwnerIsTold() async throws {
        let desk = try await bench.desk()
        desk.completed(try Sample.notice())
        try await bench.outside.answerFetch(.success(Sample.wav()))
        try await bench.outside.answerTranscription(.failed("the recogniser `local` cannot transcribe recordings"))
        try await bench.finished(desk)
        let file = "recordings/\(Sample.sid(1)).wav"
        #expect(
            bench.ledger.recording
                == RecordingRecord(sid: Sample.sid(1), seconds: 3, file: file, failure: "the recogniser `local` cannot transcribe recordings"))
        #expect(bench.ledger.lead == ["callback": "promised", "recording": file])
        #expect(bench.ledger.turns == [])
        #expect(bench.log.count("ALARM a voice message waits to be heard") == 1)
        await desk.stop()
    }

    @Test func severalMessagesOfACallStandInOneLead() async throws {
        let desk = try await bench.desk()
        for number in 1...2 {
            desk.completed(try Sample.notice(number))
            try await bench.outside.answerFetch(.success(Sample.wav()))
            try await bench.outside.answerTranscription(.text("הודעה \(number)"))
            try await bench.finished(desk)
        }
        #expect(bench.ledger.lead?["message"] == "הודעה 1\nהודעה 2")
        #expect(bench.ledger.turns.map(\.turn.number) == [900_001, 900_002])
        await desk.stop()
    }

    @Test func aFewAreFetchedAtOnceAndAllInTheEnd() async throws {
        let desk = try await bench.desk()
        for number in 1...9 { desk.completed(try Sample.notice(number, call: number)) }
        try await bench.outside.fetchIsAsked(RecordingBook.workers)
        desk.tick()
        await desk.settle()
        #expect(bench.outside.waitingFetches == RecordingBook.workers)
        #expect(bench.files.count { $0.hasSuffix(".json") } == 9)
        for _ in 1...9 {
            try await bench.outside.answerFetch(.success(Sample.wav(1)))
            try await bench.outside.answerTranscription(.text("x"))
        }
        try await bench.finished(desk)
        #expect(bench.ledger.turns.count == 9)
        await desk.stop()
    }

    @Test func oldMessagesAreDeletedAtTheStartAndOnceADay() async throws {
        var desk = try await bench.desk()
        for number in 1...3 {
            desk.completed(try Sample.notice(number, call: number))
            try await bench.outside.answerFetch(.success(Sample.wav(1)))
            if number < 3 { try await bench.outside.answerTranscription(.text("x")) }
        }
        try await bench.until(desk) { desk.pending == 1 }
        try await bench.outside.transcriptionIsAsked()
        let day: Int64 = 86_400_000
        func age(_ number: Int, days: Int64) {
            let seconds = time_t((bench.clock.clocks.unix() - days * day) / 1_000)
            for name in bench.files where name.hasPrefix(Sample.sid(number)) {
                var times = [timeval(tv_sec: seconds, tv_usec: 0), timeval(tv_sec: seconds, tv_usec: 0)]
                #expect(utimes("\(bench.folder)/\(name)", &times) == 0)
            }
        }
        func messages() -> [String] { bench.files.filter { $0.hasSuffix(".wav") } }
        age(1, days: 31)
        age(2, days: 29)
        // On its way still, however old.
        age(3, days: 90)
        await desk.stop()
        desk = try await bench.desk()
        desk.tick()
        await desk.settle()
        #expect(messages() == [2, 3].map { "\(Sample.sid($0)).wav" })
        #expect(!bench.files.contains { $0.hasPrefix(Sample.sid(1)) })
        #expect(bench.log.count("old voice messages deleted count=1 days=30") == 1)
        bench.clock.advance(day - 1_000)
        desk.tick()
        await desk.settle()
        #expect(messages().count == 2)
        age(2, days: 31)
        bench.clock.advance(2_000)
        desk.tick()
        await desk.settle()
        #expect(messages() == ["\(Sample.sid(3)).wav"])
        await desk.stop()
        bench.outside.abandon()
    }

    @Test func aDamagedEntryIsPutAsideAndHoldsUpNothing() async throws {
        var desk = try await bench.desk()
        desk.completed(try Sample.notice(1))
        desk.completed(try Sample.notice(2, call: 2))
        try await bench.outside.fetchIsAsked(2)
        await desk.stop()
        let damaged = "\(bench.folder)/\(Sample.sid(1)).json"
        try Data("{\"sid\": ".utf8).write(to: URL(fileURLWithPath: damaged))
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(bench.folder)/notes.txt"))
        desk = try await bench.desk()
        #expect(desk.pending == 1)
        #expect(bench.files.contains("\(Sample.sid(1)).json.bad"))
        #expect(bench.log.count("ALARM the record of a voice message cannot be read") == 1)
        desk.tick()
        #expect(try await bench.outside.answerFetch(.success(Sample.wav())) == Sample.url(2))
        try await bench.outside.answerTranscription(.text("x"))
        try await bench.finished(desk)
        await desk.stop()
    }

    @Test func aFolderThatCannotBeMadeSaysWhatToDo() async throws {
        let error = await #expect(throws: GatewayStartError.self) {
            _ = try await RecordingDesk(
                stateDirectory: "/proc/none", retentionDays: 1, source: bench.outside,
                surroundings: .init(transcribe: { _ in .failed("") }, known: { _ in nil }, submit: { _, _, _ in }), clocks: bench.clock.clocks,
                logger: bench.log.logger)
        }
        #expect(error?.description.contains("MAANE_STATE_DIR") == true)
    }
}
