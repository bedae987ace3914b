import Audio
import HTTPFetch
import Logging
import ProviderKit
import ServiceKit
import Testing
import VoiceFakes

@testable import TTSWorker

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension Vendor: CustomTestStringConvertible {
    package var testDescription: String { rawValue }

    /// Voices for both genders, and one that a business may choose.
    var voices: (feminine: String, masculine: String, chosen: String) {
        switch self {
        case .google: ("he-IL-Wavenet-A", "he-IL-Wavenet-B", "he-IL-Standard-C")
        case .azure: ("he-IL-HilaNeural", "he-IL-AvriNeural", "he-IL-AvriNeural")
        case .elevenlabs: ("voiceOfDana000000001", "voiceOfYossi00000002", "voiceOfYossi00000002")
        case .openai: ("coral", "ash", "marin")
        case .compatible: ("noa", "yoav", "yoav")
        }
    }

    /// The vendor's codes, and what each means.
    var errors: [(code: String, kind: ProviderFailure.Kind)] {
        switch self {
        case .google:
            [
                ("UNAUTHENTICATED", .auth), ("PERMISSION_DENIED", .auth), ("RESOURCE_EXHAUSTED", .rateLimited), ("INVALID_ARGUMENT", .refused),
                ("INTERNAL", .broken), ("UNAVAILABLE", .broken),
            ]
        case .azure:
            [
                ("auth", .auth), ("forbidden", .auth), ("rate", .rateLimited), ("bad_request", .refused), ("media", .refused), ("gateway", .broken),
                ("unavailable", .broken),
            ]
        case .elevenlabs:
            [
                ("invalid_api_key", .auth), ("quota_exceeded", .quota), ("too_many_concurrent_requests", .rateLimited), ("system_busy", .rateLimited),
                ("voice_not_found", .refused), ("model_not_found", .refused), ("max_character_limit_exceeded", .unsuitable),
                ("internal_server_error", .broken),
            ]
        case .openai, .compatible:
            [
                ("invalid_api_key", .auth), ("insufficient_quota", .quota), ("rate_limit_exceeded", .rateLimited), ("slow_down", .rateLimited),
                ("model_not_found", .refused), ("invalid_value", .refused), ("server_error", .broken), ("server_is_overloaded", .broken),
            ]
        }
    }

    /// A code of the kind "try again later".
    var rateCode: String { errors.first { $0.kind == .rateLimited }?.code ?? "" }

    /// The voice as the configuration makes it, without anything around it.
    func voice(
        _ url: String, fetch: HTTPFetch, key: String = Vendor.key, limits: VoiceLimits = VoiceLimits(), more: [String: String] = [:]
    ) async throws -> any Voice {
        let reader = SettingsReader(variables(url, key: key).merging(more) { $1 })
        let voice = try await VoiceProviders.voice(rawValue, reader, fetch, limits, GoogleParts(), quiet)
        #expect(reader.faults == [])
        return try #require(voice)
    }

    /// With a session of the fake and the voice that speaks to it.
    func with(
        _ steps: [Step] = [], limits: VoiceLimits = VoiceLimits(), more: [String: String] = [:],
        _ body: (any Voice, FakeSession) async throws -> Void
    ) async throws {
        let session = try await server.session(steps, options: options)
        let fetch = try await HTTPFetch()
        do {
            try await body(try await voice(session.url, fetch: fetch, limits: limits, more: more), session)
        } catch {
            await fetch.close()
            throw error
        }
        await fetch.close()
    }
}

/// What was heard of a sentence.
struct Heard {
    var pieces: [[UInt8]] = []
    var failure: ProviderFailure?

    var audio: [UInt8] { pieces.flatMap { $0 } }
    var numbers: [Int] { ToneCode.decode(muLaw: audio).map { Int($0.number) } }
    var milliseconds: Int { MuLaw.milliseconds(ofBytes: audio.count) }
}

extension Voice {
    /// Listens to the end, or until so much was heard.
    func hear(_ text: String, upTo bytes: Int = .max) async throws -> Heard { try await hear(VoiceRequest(text: text), upTo: bytes) }

    func hear(_ request: VoiceRequest, upTo bytes: Int = .max) async throws -> Heard {
        var heard = Heard()
        do {
            for try await piece in speak(request) {
                heard.pieces.append(piece)
                if heard.audio.count >= bytes { break }
            }
        } catch let failure as ProviderFailure {
            heard.failure = failure
        }
        return heard
    }
}
