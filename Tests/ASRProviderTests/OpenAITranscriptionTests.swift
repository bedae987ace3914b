import ASRWorker
import Audio
import CallVocabulary
import HTTPFetch
import ProviderFakes
import ProviderKit
import ServiceKit
import Testing

/// What only a provider of requests does.
@Suite(.timeLimit(.minutes(2))) struct OpenAITranscriptionTests {
    private func run(_ script: [String: any Sendable], key wanted: String? = nil) async throws -> (FakeRun, FakeServer, String) {
        let server = try await RecognizerCases.openAIFake.value
        let key: String
        if let wanted {
            key = wanted
            try await server.set(key, script)
        } else {
            key = try await server.key(script)
        }
        var values = ["OPENAI_API_KEY": key, "OPENAI_BASE_URL": "http://127.0.0.1:\(server.port)/v1"]
        if key.isEmpty { values = ["ASR_COMPATIBLE_BASE_URL": "http://127.0.0.1:\(server.port)/v1"] }
        let reader = SettingsReader(values)
        let settings = key.isEmpty ? OpenAITranscriptionSettings.compatible(reader) : .openAI(reader)
        try reader.finish()
        let provider = OpenAITranscription(settings, fetch: try await RecognizerCases.fetch.value)
        return (FakeRun(provider: provider, secret: key) { FakeRunLog() }, server, key)
    }

    @Test func twoAreInFlightAndStayInOrder() async throws {
        let (run, server, key) = try await run(["together": 2, "latencies_ms": ["1": 400, "2": 0, "3": 100, "4": 0] as [String: any Sendable]])
        let call = Listener(run)
        for number in 1...4 {
            call.say(Speech.say([number]))
            call.connection.finalize()
        }
        for number in 1...4 { #expect(try await call.untilFinalized().numbers == [number]) }
        #expect(try await server.log(key).most == 2)
        call.connection.cancel()
    }

    @Test func piecesAreInterims() async throws {
        let (run, _, _) = try await run(["answer_ms": 20])
        let call = Listener(run)
        call.say(Speech.say([11, 12, 13]))
        call.connection.finalize()
        var interims: [String] = []
        while let event = await call.next(), event != .finalized { if case .interim(let heard) = event { interims.append(heard.text) } }
        #expect(interims == ["11", "11 12", "11 12 13"])
        #expect(call.numbers == [11, 12, 13])
        call.connection.cancel()
    }

    /// Nobody says where an utterance ends.
    @Test func pausesCutContinuousAudio() async throws {
        let (run, server, key) = try await run([:])
        let call = Listener(run)
        call.say(Speech.silence(3_000) + Speech.say([1, 2], pauseMilliseconds: 300) + Speech.silence(1_500))
        call.say(Speech.say([3], pauseMilliseconds: 2_000))
        while call.numbers.count < 3 {
            let event = try #require(await call.next())
            #expect(event != .finalized)
        }
        #expect(call.numbers == [1, 2, 3])
        #expect(call.finals.count == 2)
        // 3 s, 450 + 300 + 450 ms; then 300 + 1,500 ms and a number.
        for (heard, end) in zip(call.finals, [4_200, 6_450]) { #expect(abs(try #require(heard.endMilliseconds) - end) <= 40) }
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers.isEmpty)
        #expect(try await server.log(key).connections.count == 2, "silence is not asked about")
        call.connection.close()
        #expect(try await call.end() == .closed)
    }

    @Test(arguments: ["", "plain", "segments", "open"])
    func answersOfAllKinds(_ style: String) async throws {
        let (run, _, _) = try await run(["style": style])
        let call = Listener(run)
        call.say(Speech.say([5, 6]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [5, 6])
        call.connection.cancel()
    }

    @Test func aServerWithoutKeys() async throws {
        let (run, server, _) = try await run([:], key: "")
        let call = Listener(run)
        call.say(Speech.say([9]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [9])
        let log = try await server.log("")
        #expect(log.violations.isEmpty)
        let form = try #require(log.connections.last?.messages.last?.value)
        #expect(form["model"]?.text == "ivrit-ai/whisper-large-v3-turbo-ct2" && form["language"]?.text == "he" && form["stream"] == nil)
        call.connection.cancel()
    }

    @Test(arguments: [("quota", ProviderFailure.Kind.quota), ("rate", .rateLimited), ("error", .broken), ("cannot", .broken), ("garbage", .garbage)])
    func failures(_ what: String, _ kind: ProviderFailure.Kind) async throws {
        let (run, _, _) = try await run(["fault": ["do": what, "headers": ["retry-after-ms": "1500"]] as [String: any Sendable]])
        let call = Listener(run)
        call.say(Speech.say([1, 2]))
        call.connection.finalize()
        guard case .failed(let failure) = try await call.end() else { throw Unexpected("no failure") }
        #expect(failure.kind == kind && !failure.message.contains(run.secret))
        #expect(failure.retryAfter == (["quota", "rate", "error"].contains(what) ? .milliseconds(1_500) : nil))
    }

    /// What came before the failure is reported before it.
    @Test func aFailureComesInItsOrder() async throws {
        let (run, _, _) = try await run([
            "latencies_ms": ["1": 300, "2": 0] as [String: any Sendable], "fault": ["do": "error", "text": "2"] as [String: any Sendable],
        ])
        let call = Listener(run)
        for number in 1...2 {
            call.say(Speech.say([number]))
            call.connection.finalize()
        }
        #expect(try await call.untilFinalized().numbers == [1])
        guard case .failed = try await call.end() else { throw Unexpected("no failure") }
    }

    @Test func aProviderThatFallsBehindForGood() async throws {
        let (run, _, _) = try await run(["mute": true])
        let call = Listener(run)
        let speech = Speech.say(Array(0..<40), pauseMilliseconds: 20)
        for _ in 0..<4 {
            call.connection.send(speech)
            call.connection.finalize()
        }
        guard case .failed(let failure) = try await call.end() else { throw Unexpected("no failure") }
        #expect(failure.kind == .timeout && failure.message.contains("a minute of audio waits"))
    }

    // MARK: Recordings

    @Test func recordingsAreWrittenDown() async throws {
        let (run, server, key) = try await run([:])
        let transcriber = try #require(run.provider.transcriber)
        let pcm = MuLaw.decode((0..<20).flatMap { Speech.say([$0 + 100], pauseMilliseconds: 600) })
        let transcript = try await transcriber.transcribe(pcm)
        #expect(transcript.text == (100..<120).map(String.init).joined(separator: " "))
        #expect(transcript.understood)
        #expect(try await server.log(key).violations.isEmpty)
        let silent = try await transcriber.transcribe([Int16](repeating: 0, count: 8_000))
        #expect(silent == Transcript(text: "", confidence: 0, understood: false))
    }

    @Test func recordingsThatCannotBe() async throws {
        let (run, server, _) = try await run([
            "refuse": ["status": 401, "body": [:] as [String: String]] as [String: any Sendable], "stealthy": true,
        ])
        let transcriber = try #require(run.provider.transcriber)
        let error = await #expect(throws: ProviderFailure.self) { try await transcriber.transcribe([0, 0]) }
        #expect(error?.kind == .auth && error.map { "\($0)".contains(run.secret) } == false)
        try await server.set(run.secret, ["mute": true])
        let task = Task { try await transcriber.transcribe([Int16](repeating: 0, count: 8_000)) }
        while try await server.log(run.secret).connections.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        while try await server.log(run.secret).connections.allSatisfy({ $0.closed == nil }) { try await Task.sleep(for: .milliseconds(5)) }
    }
}
