import ASRWorker
import HTTPFetch
import ProviderFakes
import ProviderKit
import ServiceKit
import WebSocketClient

enum RecognizerCases {
    static let all: [RecognizerCase] = [deepgram, soniox, elevenLabs, elevenLabsTimed, openAI, openAIWhole, compatible]

    // MARK: Servers

    static let deepgramFake = Task { try await FakeServer.start("deepgram.py") }
    static let sonioxFake = Task { try await FakeServer.start("soniox.py") }
    static let elevenLabsFake = Task { try await FakeServer.start("elevenlabs_stt.py") }
    static let openAIFake = Task { try await FakeServer.start("openai_stt.py") }

    /// A peer that is gone is noticed within two seconds.
    static let sockets = Result {
        var configuration = WebSocketConfiguration()
        configuration.pingAfter = .milliseconds(300)
        configuration.pongTimeout = .milliseconds(1_500)
        return try WebSocketClient(configuration: configuration)
    }
    static let fetch = Task { try await HTTPFetch() }

    // MARK: Providers

    static let deepgram = RecognizerCase(name: "deepgram", hasSessionLimit: false) { behaviour in
        let server = try await deepgramFake.value
        return try await run(server, script(behaviour, refuse: deepgramRefusal)) { key in
            let reader = SettingsReader(["DEEPGRAM_API_KEY": key, "DEEPGRAM_BASE_URL": "ws://127.0.0.1:\(server.port)"])
            return try DeepgramProvider(DeepgramSettings(reader), client: sockets.get())
        } read: { log in
            FakeRunLog(hints: log.connections.flatMap { $0.values("keyterm") }, keepAlives: log.connections.reduce(0) { $0 + $1.count("KeepAlive") })
        }
    }

    static let soniox = RecognizerCase(name: "soniox") { behaviour in
        let server = try await sonioxFake.value
        var script = script(behaviour, refuse: { ($0, ["error_code": $0, "error_message": $1]) })
        // Money is spoken of after the start message.
        if behaviour.fault == .quota { script["refuse"] = nil }
        if behaviour.fault == .quota { script["late_refusal"] = [402, "Organization balance exhausted."] as [any Sendable] }
        return try await run(server, script) { key in
            let reader = SettingsReader(["SONIOX_API_KEY": key, "SONIOX_BASE_URL": "http://127.0.0.1:\(server.port)/transcribe-websocket"])
            return try SonioxProvider(SonioxSettings(reader), client: sockets.get())
        } read: { log in
            let starts = log.connections.flatMap(\.messages).filter { $0.kind == "start" }
            return FakeRunLog(
                hints: starts.flatMap { $0.value?["context"]?["terms"]?.list.compactMap(\.text) ?? [] },
                keepAlives: log.connections.reduce(0) { $0 + $1.count("keepalive") })
        }
    }

    static let elevenLabs = elevenLabs(isTimed: false)
    static let elevenLabsTimed = elevenLabs(isTimed: true)

    private static func elevenLabs(isTimed: Bool) -> RecognizerCase {
        RecognizerCase(name: "elevenlabs", hasTimes: isTimed) { behaviour in
            let server = try await elevenLabsFake.value
            var script = script(behaviour, refuse: { ($0, ["detail": ["status": $1]]) })
            script["partials_from_ms"] = 500
            script["idle_error"] = true
            if behaviour.fault == .quota { script["refuse"] = nil }
            if behaviour.fault == .quota { script["late_refusal"] = "quota" }
            return try await run(server, script) { key in
                let reader = SettingsReader([
                    "ELEVENLABS_API_KEY": key, "ELEVENLABS_BASE_URL": "http://127.0.0.1:\(server.port)", "ELEVENLABS_STT_TIMESTAMPS": "\(isTimed)",
                ])
                return try ElevenLabsTranscription(ElevenLabsTranscriptionSettings(reader), client: sockets.get())
            } read: { log in
                FakeRunLog(
                    hints: log.connections.flatMap { $0.values("keyterms") }, keepAlives: log.connections.reduce(0) { $0 + $1.count("stillness") })
            }
        }
    }

    static let openAI = openAI("openai", [:], ["OPENAI_STT_STREAM": "on"])
    /// One JSON object, although a stream was asked for.
    static let openAIWhole = openAI("openai", ["style": "plain"], ["OPENAI_STT_STREAM": "on"])
    static let compatible = openAI("compatible", ["style": "segments"], ["ASR_COMPATIBLE_STREAM": "on"])

    private static func openAI(_ name: String, _ style: [String: String], _ settings: [String: String]) -> RecognizerCase {
        RecognizerCase(name: name, hasIdleLimit: false, hasSessionLimit: false) { behaviour in
            let server = try await openAIFake.value
            var script = script(behaviour, refuse: { ($0, ["error": ["message": $1, "code": $0 == 402 ? "insufficient_quota" : $1]]) })
            for (name, value) in style { script[name] = value }
            if case .unwell = behaviour.fault { script["fault"] = ["do": "error"] }
            return try await run(server, script) { key in
                let prefix = name == "openai" ? "OPENAI" : "ASR_COMPATIBLE"
                let reader = SettingsReader(
                    settings.merging(["\(prefix)_API_KEY": key, "\(prefix)_BASE_URL": "http://127.0.0.1:\(server.port)/v1/"]) { $1 })
                var settings = name == "openai" ? OpenAITranscriptionSettings.openAI(reader) : .compatible(reader)
                try reader.finish()
                settings.timeout = .milliseconds([.mute, .frozen(afterMilliseconds: 700)].contains(behaviour.fault) ? 300 : 15_000)
                return OpenAITranscription(settings, fetch: try await fetch.value)
            } read: { log in
                let prompts = log.connections.flatMap(\.messages).compactMap { $0.value?["prompt"]?.text }
                return FakeRunLog(hints: prompts.flatMap { $0.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init) })
            }
        }
    }

    // MARK: Scripts

    private static func deepgramRefusal(_ status: Int, _ code: String) -> (Int, [String: any Sendable]) { (status, ["err_code": code]) }

    /// - Parameter refuse: the vendor's way to say no: status and body, of a status and a code.
    private static func script(_ behaviour: FakeBehaviour, refuse: (Int, String) -> (Int, [String: any Sendable])) -> [String: any Sendable] {
        var script: [String: any Sendable] = [
            "latency_ms": behaviour.latencyMilliseconds, "closing_ms": behaviour.closingMilliseconds, "accept_ms": behaviour.acceptMilliseconds,
            "noise": behaviour.isNoisy, "stealthy": true, "ahead_ms": behaviour.aheadMilliseconds,
        ]
        if let idle = behaviour.idleMilliseconds { script["idle_ms"] = idle }
        if let limit = behaviour.limitMilliseconds { script["limit_ms"] = limit }
        if let drip = behaviour.dripMilliseconds { script["drip_ms"] = drip }
        func refusal(_ status: Int, _ code: String, _ headers: [String: String] = [:]) -> [String: any Sendable] {
            let (status, body) = refuse(status, code)
            return ["status": status, "headers": headers, "body": body]
        }
        func fault(_ what: String, _ after: Int) -> [String: any Sendable] { ["do": what, "after_ms": after] }
        switch behaviour.fault {
        case .none: break
        case .auth: script["refuse"] = refusal(401, "INVALID_AUTH")
        case .quota: script["refuse"] = refusal(402, "ASR_PAYMENT_REQUIRED")
        case .rateLimited(let seconds): script["refuse"] = refusal(429, "TOO_MANY_REQUESTS", ["Retry-After": "\(seconds)"])
        case .reset(let after): script["fault"] = fault("reset", after)
        case .garbage(let after): script["fault"] = fault("garbage", after)
        case .unwell(let after): script["fault"] = fault("error", after)
        case .frozen(let after): script["fault"] = fault("freeze", after)
        case .mute: script["mute"] = true
        }
        return script
    }

    private static func run(
        _ server: FakeServer, _ script: [String: any Sendable], _ make: (String) async throws -> any StreamingProvider,
        read: @escaping @Sendable (FakeLog) -> FakeRunLog
    ) async throws -> FakeRun {
        let key = try await server.key(script)
        return FakeRun(provider: try await make(key), secret: key) {
            let log = try await server.log(key)
            var result = read(log)
            result.violations = log.violations
            result.numbers = log.connections.flatMap(\.numbers)
            result.connections = log.connections.count
            result.left = log.connections.count { $0.closed != nil }
            return result
        }
    }
}
