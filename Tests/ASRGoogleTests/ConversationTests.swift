import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import GoogleFakeKit
import GoogleGRPC
import Testing

/// What is heard, in both versions.
@Suite(.serialized) struct ConversationTests {
    @Test(arguments: GoogleRecognition.Version.allCases) func numbersAreHeardOnceAndInOrder(_ version: GoogleRecognition.Version) async throws {
        let hearing = try await Hearing(version)
        let (connection, reports) = hearing.connect(RecognitionHints(phrases: ["מספרה", "תור למחר"]))
        let numbers: [UInt16] = [7, 4660, 0, 65535, 512]
        for piece in spoken(numbers).pieces() { connection.send(piece) }
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(reports.all.first == .ready)
        #expect(reports.all.last == .ended(.closed))
        #expect(reports.finals.map(\.text) == numbers.map(String.init))
        // Each number has 450 ms and is followed by 400 ms of silence.
        #expect(reports.finals.map(\.endMilliseconds) == [450, 1300, 2150, 3000, 3850])
        #expect(reports.finals.allSatisfy { abs(($0.confidence ?? 0) - 0.9) < 0.001 })
        #expect(reports.interims.map(\.text) == numbers.map(String.init))
        #expect(reports.interims.allSatisfy { $0.confidence == nil })

        let call = try #require(try await hearing.fake.calls().first)
        #expect(call.ended == "OK" && call.half_closed)
        #expect(call.service == version.rawValue && call.language == "iw-IL" && call.model == (version == .v2 ? "chirp_3" : "default"))
        #expect(call.bytes == spoken(numbers).count)
        #expect(call.interim == true && call.voice_activity == true && call.punctuation == true)
        #expect(call.phrases == 2 && call.first_phrases == ["מספרה", "תור למחר"])
        if version == .v2 {
            #expect(call.recognizer == "projects/maane-test/locations/eu/recognizers/_" && call.endpointing == 3)
        }
    }

    @Test(arguments: GoogleRecognition.Version.allCases) func finalsThatComeAfterTheHalfCloseAreReported(_ version: GoogleRecognition.Version)
        async throws
    {
        let hearing = try await Hearing(version, #"{"finals": "half close", "half_close_delay": 0.3}"#)
        let (connection, reports) = hearing.connect()
        for piece in spoken([1, 2, 3]).pieces() { connection.send(piece) }
        try await reports.wait("interim of the third number") { $0.interims.last?.text == "3" }
        #expect(reports.finals.isEmpty)
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(reports.finals.map(\.text) == ["1", "2", "3"])
        #expect(reports.finals.last?.endMilliseconds == 2150)
    }

    /// A stream that is closed in the middle of an utterance gives its words away all the same.
    @Test func anUnfinishedUtteranceBecomesFinalByTheClose() async throws {
        let hearing = try await Hearing(.v2, #"{"final_after": 100}"#)
        let (connection, reports) = hearing.connect()
        for piece in spoken([5, 6], silence: 100).pieces() { connection.send(piece) }
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(reports.finals == [HeardText("5 6", endMilliseconds: 1000, confidence: Double(Float(0.9)))])
    }

    /// Google's hypothesis comes in a surer and a less sure piece, and a final may bring the next hypothesis with it.
    @Test func piecesOfAHypothesisAreJoined() async throws {
        let script = #"""
            {"hear": "text", "text": [
                {"at": 0.1, "end": 0.1, "interims": [["אני רוצה", " לקבוע"], ["אני רוצה לקבוע", " תור", " מחר"]]},
                {"at": 0.2, "end": 0.2, "final": "אני רוצה לקבוע תור למחר", "interim_after": "בשעה"},
                {"at": 0.3, "end": 0.3, "final": "בשעה חמש"}]}
            """#
        let hearing = try await Hearing(.v2, script)
        let (connection, reports) = hearing.connect()
        for piece in [UInt8](repeating: MuLaw.silence, count: 8 * 400).pieces() { connection.send(piece) }
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(
            reports.all.compactMap(\.line) == [
                "interim אני רוצה לקבוע @100", "interim אני רוצה לקבוע תור מחר @100", "final אני רוצה לקבוע תור למחר @200", "interim בשעה @700",
                "final בשעה חמש @300",
            ])
    }

    @Test func aSlowDripOfHypothesesIsReportedAsItComes() async throws {
        let script = #"{"hear": "text", "drip": 0.05, "text": [{"at": 0.04, "interims": [["שלום"]]}]}"#
        let hearing = try await Hearing(.v1, script)
        let (connection, reports) = hearing.connect()
        connection.send([UInt8](repeating: MuLaw.silence, count: 320))
        try await reports.wait("first letter") { $0.interims.first?.text == "ש" }
        try await reports.wait("last letter") { $0.interims.map(\.text) == ["ש", "של", "שלו", "שלום"] }
        connection.cancel()
    }

    /// Audio waits while the stream is being opened, and leaves in messages that Google takes.
    @Test func audioIsKeptUntilTheStreamStandsAndIsCutToSize() async throws {
        let hearing = try await Hearing(.v2)
        let (connection, reports) = hearing.connect()
        let numbers = (1...40).map { UInt16($0) }
        let audio = spoken(numbers)
        connection.send(audio)
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(reports.finals.map(\.text) == numbers.map(String.init))
        let call = try #require(try await hearing.fake.calls().first)
        #expect(audio.count == 272_000 && call.bytes == audio.count && call.largest == 15_000)
    }

    @Test func aStreamWithoutAudioCloses() async throws {
        let hearing = try await Hearing(.v2)
        let (connection, reports) = hearing.connect()
        connection.close()
        connection.close()
        connection.send([1, 2, 3])
        #expect(try await reports.waitForEnd() == .closed)
        #expect(reports.finals.isEmpty)
        #expect(try await hearing.fake.calls().first?.bytes == 0)
    }

    @Test func finalizeAndKeepAliveSendNothing() async throws {
        let hearing = try await Hearing(.v2)
        let (connection, reports) = hearing.connect()
        connection.send(spoken([9]))
        try await reports.wait("final") { $0.finals.map(\.text) == ["9"] }
        let before = try await hearing.fake.calls()[0].messages
        connection.finalize()
        connection.keepAlive()
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(try await hearing.fake.calls()[0].messages == before)
        #expect(!reports.all.contains(.finalized))
    }

    @Test func fiftyStreamsAtOnceHearTheirOwn() async throws {
        var limits = GoogleChannels.Limits()
        limits.streamsPerConnection = 20
        let hearing = try await Hearing(.v2, address: { "http://127.0.0.1:\($0.relay)" }, limits: limits)
        let calls = (0..<50).map { call in (hearing.connect(), (0..<6).map { UInt16(call * 100 + $0) }) }
        let pieces = calls.map { spoken($0.1).pieces() }
        for index in pieces[0].indices {
            for (call, pieces) in zip(calls, pieces) { call.0.0.send(pieces[index]) }
            try await Task.sleep(for: .milliseconds(4))
        }
        for call in calls { call.0.0.close() }
        for ((_, reports), numbers) in calls {
            #expect(try await reports.waitForEnd() == .closed)
            #expect(reports.finals.map(\.text) == numbers.map(String.init))
        }
        // 20 + 20 + 10, and none ahead: there is room for ten more.
        #expect(try await hearing.fake.state().accepted == 3)
        #expect(hearing.channels.streams == 0)
    }
}

extension ConnectionEvent {
    fileprivate var line: String? {
        switch self {
        case .interim(let text): "interim \(text.text) @\(text.endMilliseconds ?? -1)"
        case .final(let text): "final \(text.text) @\(text.endMilliseconds ?? -1)"
        default: nil
        }
    }
}
