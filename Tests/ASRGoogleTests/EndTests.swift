import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import GoogleFakeKit
import GoogleGRPC
import ProviderKit
import Testing

private let silence = [UInt8](repeating: MuLaw.silence, count: 320)

/// How streams end when nobody asked them to.
@Suite(.serialized) struct EndTests {
    /// Google's limit of five minutes, here after 0.4 s: code and words differ between the versions, and both are routine.
    @Test(arguments: GoogleRecognition.Version.allCases) func theLongestStreamIsRoutine(_ version: GoogleRecognition.Version) async throws {
        let hearing = try await Hearing(version, #"{"limit": 0.4}"#)
        let (connection, reports) = hearing.connect()
        connection.send(spoken([3]))
        try await reports.wait("final") { $0.finals.map(\.text) == ["3"] }
        #expect(try await reports.waitForEnd() == .limit)
        let call = try await hearing.fake.call(0) { $0.ended != nil }
        #expect(call.ended == (version == .v1 ? "OUT_OF_RANGE" : "ABORTED"))
    }

    @Test(arguments: GoogleRecognition.Version.allCases) func tooLongASilenceIsRoutine(_ version: GoogleRecognition.Version) async throws {
        let hearing = try await Hearing(version, #"{"idle": 0.3}"#)
        let (connection, reports) = hearing.connect()
        connection.send(silence)
        #expect(try await reports.waitForEnd() == .idle)
        #expect(try await hearing.fake.call(0) { $0.ended != nil }.ended == (version == .v1 ? "OUT_OF_RANGE" : "ABORTED"))
    }

    /// What was being said when the limit came is not lost without a word: it is `limit`, and not `closed`.
    @Test func aLimitAfterTheHalfCloseIsToldAsSuch() async throws {
        let hearing = try await Hearing(
            .v2, #"{"fail": {"at": "half close", "code": "ABORTED", "message": "Max duration of 5 minutes reached for stream."}}"#)
        let (connection, reports) = hearing.connect()
        connection.send(silence)
        connection.close()
        #expect(try await reports.waitForEnd() == .limit)
    }

    @Test(arguments: [
        ("UNAUTHENTICATED", ProviderFailure.Kind.auth), ("PERMISSION_DENIED", .auth), ("RESOURCE_EXHAUSTED", .rateLimited),
        ("INVALID_ARGUMENT", .refused), ("NOT_FOUND", .refused), ("DEADLINE_EXCEEDED", .timeout), ("INTERNAL", .broken),
        ("UNAVAILABLE", .broken), ("OUT_OF_RANGE", .broken), ("ABORTED", .broken),
    ])
    func statusesAreTold(_ code: String, _ kind: ProviderFailure.Kind) async throws {
        let hearing = try await Hearing(.v2, #"{"fail": {"at": 0.04, "code": "\#(code)", "message": "something of Google's"}}"#)
        let (connection, reports) = hearing.connect()
        connection.send(silence)
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == kind)
        #expect(reports.failure?.message.contains(code) == true && reports.failure?.message.contains("something of Google's") == true)
        #expect(reports.all.last == reports.end.map { .ended($0) })
    }

    @Test func aRefusalBeforeAnythingWasSentIsTold() async throws {
        let hearing = try await Hearing(.v1, #"{"fail": {"at": "open", "code": "RESOURCE_EXHAUSTED", "message": "Quota exceeded"}}"#)
        let (_, reports) = hearing.connect()
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == .rateLimited)
        #expect(reports.all.count == 1)
    }

    @Test func v1MaySayItInsideAMessage() async throws {
        let script =
            #"{"fail": {"at": 0.04, "code": "OUT_OF_RANGE", "message": "Exceeded maximum allowed stream duration of 305 seconds.", "in_message": true}}"#
        let hearing = try await Hearing(.v1, script)
        let (connection, reports) = hearing.connect()
        connection.send(silence)
        #expect(try await reports.waitForEnd() == .limit)
    }

    @Test func aServerThatEndsByItselfIsBroken() async throws {
        let hearing = try await Hearing(.v2, #"{"end": 0.04}"#)
        let (connection, reports) = hearing.connect()
        connection.send(silence)
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == .broken)
    }

    @Test(arguments: GoogleRecognition.Version.allCases) func whatCannotBeReadIsGarbage(_ version: GoogleRecognition.Version) async throws {
        let hearing = try await Hearing(version, #"{"garbage": 0.04}"#)
        let (connection, reports) = hearing.connect()
        connection.send(silence)
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == .garbage)
        // The stream is not left open at the server.
        _ = try await hearing.fake.call(0) { $0.ended != nil }
        #expect(hearing.channels.streams == 0)
    }

    @Test func cancelEndsAtOnceAndSaysNothing() async throws {
        let hearing = try await Hearing(.v2, #"{"latency": 0.2}"#)
        let (connection, reports) = hearing.connect()
        connection.send(spoken([8]))
        _ = try await hearing.fake.call(0) { $0.numbers == [8] }
        connection.cancel()
        let atCancel = reports.all
        let call = try await hearing.fake.call(0) { $0.ended != nil }
        #expect(call.ended == "cancelled")
        // The fake's answers were due by now.
        try await Task.sleep(for: .milliseconds(300))
        #expect(reports.all == atCancel)
        #expect(hearing.channels.streams == 0)
    }

    @Test func cancelBeforeTheStreamStands() async throws {
        let hearing = try await Hearing(.v2)
        let (connection, reports) = hearing.connect()
        connection.cancel()
        try await Task.sleep(for: .milliseconds(200))
        #expect(reports.all.isEmpty)
        #expect(hearing.channels.streams == 0)
    }
}
