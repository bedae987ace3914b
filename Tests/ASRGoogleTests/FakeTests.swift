import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import GoogleCloud
import GoogleFakeKit
import GoogleGRPC
import Logging
import ProviderKit
import Testing

/// The fake refuses what Google refuses: else the other tests would prove little.
@Suite(.serialized) struct FakeTests {
    private static func speech(
        _ version: GoogleRecognition.Version = .v2, location: String = "eu", project: String = "maane-test", model: String? = nil,
        language: String = "iw-IL"
    ) -> GoogleRecognition {
        GoogleRecognition(
            version: version, project: project, location: location, model: model ?? (version == .v2 ? "chirp_3" : "default"), language: language)
    }

    private func status(
        _ hearing: Hearing, _ speech: GoogleRecognition, _ messages: [[UInt8]], metadata: [(name: String, value: String)]? = nil, token: String? = nil
    ) async throws -> Int {
        let token = if let token { token } else { try await hearing.tokens.token() }
        let call = GoogleCall(service: speech.service, method: GoogleRecognition.method, metadata: metadata ?? speech.metadata)
        return try await hearing.channels.run(call, token: token) { writer in
            for message in messages { try await writer.write(message) }
        } receive: { _ in
        }.code
    }

    @Test func whatIsWrongIsRefused() async throws {
        let hearing = try await Hearing(.v2)
        let none = RecognitionHints()
        let (v2, v1) = (Self.speech(), Self.speech(.v1))
        let (first, firstOfV1) = (try v2.opening(none), try v1.opening(none))
        let audio = try v2.message([1, 2, 3])
        #expect(try await status(hearing, v2, [first, audio]) == 0)
        #expect(try await status(hearing, v1, [firstOfV1, try v1.message([1, 2, 3])]) == 0)

        let invalid: [(String, GoogleRecognition, [[UInt8]])] = [
            ("nothing", v2, []), ("audio first", v2, [audio]), ("two configurations", v2, [first, first]),
            ("an unknown field", v2, [first + [0xF8, 0x07, 0x01]]), ("an unknown field later", v2, [first, audio + [0xF8, 0x07, 0x01]]),
            ("v1's numbers", v2, [firstOfV1]), ("v2's numbers", v1, [first]), ("no message", v2, [[0xFF]]),
            ("too much audio", v2, [first, try v2.message([UInt8](repeating: 1, count: 25_601))]),
            ("another location", Self.speech(location: "us"), [try Self.speech(location: "us").opening(none)]),
            ("another model", Self.speech(model: "long"), [try Self.speech(model: "long").opening(none)]),
            ("he-IL", Self.speech(language: "he-IL"), [try Self.speech(language: "he-IL").opening(none)]),
            ("he-IL in v1", Self.speech(.v1, language: "he-IL"), [try Self.speech(.v1, language: "he-IL").opening(none)]),
            ("latest_short", Self.speech(.v1, model: "latest_short"), [try Self.speech(.v1, model: "latest_short").opening(none)]),
        ]
        for (what, speech, messages) in invalid {
            let code = try await status(hearing, speech, messages)
            #expect(code == 3, "\(what)")
        }
        #expect(try await status(hearing, v2, [first], metadata: []) == 3)
        #expect(try await status(hearing, Self.speech(project: "another"), [try Self.speech(project: "another").opening(none)]) == 7)
        #expect(try await status(hearing, v2, [first], token: "ya29.made-up") == 16)
    }

    /// Google wants audio in real time.
    @Test func audioThatRunsAheadIsRefused() async throws {
        let hearing = try await Hearing(.v1, #"{"ahead": 2}"#)
        let (connection, reports) = hearing.connect()
        for _ in 0..<5 { connection.send([UInt8](repeating: MuLaw.silence, count: 8000)) }
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.message.contains("too fast") == true)
    }

    /// The limit may be counted in audio, for tests that send it faster than it was spoken.
    @Test(arguments: GoogleRecognition.Version.allCases) func theLimitInSecondsOfAudio(_ version: GoogleRecognition.Version) async throws {
        let hearing = try await Hearing(version, #"{"limit": 3, "limit_by": "audio"}"#)
        let (connection, reports) = hearing.connect()
        for piece in spoken([1, 2, 3, 4, 5]).pieces() {
            connection.send(piece)
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(try await reports.waitForEnd() == .limit)
        #expect(reports.finals.map(\.text) == ["1", "2", "3"])
    }
}
