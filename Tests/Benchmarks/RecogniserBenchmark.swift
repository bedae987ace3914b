import ASRWorker
import ArgumentParser
import Audio
import HTTPFetch
import ProviderFakes
import ServiceKit
import Synchronization
import WebSocketClient

/// What the clients of recognisers elsewhere add to a provider's own time: from `finalize` to its arrival there, and from the answer's departure
/// to the report here. Both ends read the same clock.
struct RecogniserBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recognisers", abstract: "Measures the delay that each recogniser's client adds to its fake's script.")

    @Option(help: "Utterances of each provider.") var utterances = 200
    @Option(help: "What the fake waits before each final, in milliseconds.") var latency = 20

    func run() async throws {
        let sockets = try WebSocketClient()
        let fetch = try await HTTPFetch()
        print("added to the fake's script, finalize to final, \(utterances) utterances of 1.4 s each (goal: p50 1 ms, p95 5 ms)")
        try await measure("deepgram", "deepgram.py") { key, port in
            DeepgramProvider(
                DeepgramSettings(SettingsReader(["DEEPGRAM_API_KEY": key, "DEEPGRAM_BASE_URL": "ws://127.0.0.1:\(port)"])), client: sockets)
        }
        try await measure("soniox", "soniox.py") { key, port in
            SonioxProvider(
                SonioxSettings(SettingsReader(["SONIOX_API_KEY": key, "SONIOX_BASE_URL": "ws://127.0.0.1:\(port)/transcribe-websocket"])),
                client: sockets)
        }
        try await measure("elevenlabs", "elevenlabs_stt.py") { key, port in
            ElevenLabsTranscription(
                ElevenLabsTranscriptionSettings(SettingsReader(["ELEVENLABS_API_KEY": key, "ELEVENLABS_BASE_URL": "ws://127.0.0.1:\(port)"])),
                client: sockets)
        }
        for stream in ["off", "on"] {
            try await measure(stream == "on" ? "openai, stream" : "openai, whole", "openai_stt.py") { key, port in
                let values = ["OPENAI_API_KEY": key, "OPENAI_BASE_URL": "http://127.0.0.1:\(port)/v1", "OPENAI_STT_STREAM": stream]
                return OpenAITranscription(.openAI(SettingsReader(values)), fetch: fetch)
            }
        }
        await fetch.close()
    }

    private func measure(_ name: String, _ file: String, _ make: (String, Int) throws -> any StreamingProvider) async throws {
        let server = try await FakeServer.start(file)
        let key = try await server.key(["latency_ms": latency, "ahead_ms": 3_600_000, "no_endpointing": true])
        let (events, feed) = AsyncStream.makeStream(of: (ConnectionEvent, Int64).self)
        let connection = try make(key, server.port).connect(RecognitionHints()) { feed.yield(($0, monotonicMicroseconds())) }
        let speech =
            MuLaw.encode(ToneCode.encode(4_711)) + [UInt8](repeating: MuLaw.silence, count: 240) + MuLaw.encode(ToneCode.encode(42))
            + [UInt8](repeating: MuLaw.silence, count: 3_760)
        var asked: [Int64] = []
        var told: [Int64] = []
        for _ in 0..<utterances {
            for start in stride(from: 0, to: speech.count, by: 800) { connection.send(Array(speech[start..<min(speech.count, start + 800)])) }
            // The fake works through the audio first: what it needs for that is no delay of ours.
            try await Task.sleep(for: .milliseconds(30))
            asked.append(monotonicMicroseconds())
            connection.finalize()
            for await (event, time) in events {
                if case .final = event { told.append(time) }
                if case .ended(let end) = event { throw BenchmarkError(description: "\(name) ended: \(end)") }
                if event == .finalized { break }
            }
        }
        connection.cancel()
        let marks = try await server.log(key).connections.flatMap(\.marks)
        let arrived = marks.filter { $0.kind == "finalize" }.map { $0.at / 1_000 }
        let left = marks.filter { $0.kind == "final" }.map { $0.at / 1_000 }
        await server.stop()
        guard asked.count == arrived.count, told.count == left.count, asked.count == told.count else {
            throw BenchmarkError(description: "\(name): \(asked.count) asked, \(arrived.count) arrived, \(left.count) left, \(told.count) told")
        }
        var (there, back, both): ([Double], [Double], [Double]) = ([], [], [])
        for index in asked.indices {
            there.append(Double(arrived[index] - asked[index]) / 1_000)
            back.append(Double(told[index] - left[index]) / 1_000)
            both.append(there[index] + back[index])
        }
        func text(_ samples: [Double]) -> String {
            let all = Distribution(samples)
            return "p50 \(rounded(all.percentile(0.5))) p95 \(rounded(all.percentile(0.95)))"
        }
        print("\(name): \(text(both)) max \(rounded(Distribution(both).percentile(1))) ms (there \(text(there)), back \(text(back)))")
    }
}
