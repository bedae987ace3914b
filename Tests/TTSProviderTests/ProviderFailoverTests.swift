import Audio
import HTTPFetch
import ProviderKit
import Testing
import VoiceFakes

@testable import TTSWorker

/// One vendor fails and another goes on, over real connections: what the caller hears, told by the sound.
/// One after the other: each decodes seconds of sound, which many at once would take from each other's time limits.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProviderFailoverTests {
    /// Each number is a place in the sentence.
    private let text = "כאן: 10001 אחר: 10002 עוד: 10003"
    private var numbers: [Int] { Array(10_001...10_003) }

    private func with(
        _ first: Vendor, _ steps: [Step], _ second: Vendor, attempt: Duration, _ body: (FailoverVoice, FakeSession, FakeSession) async throws -> Void
    ) async throws {
        let (one, two) = (try await first.server.session(steps, options: first.options), try await second.server.session(options: second.options))
        let fetch = try await HTTPFetch()
        var limits = VoiceLimits()
        limits.idle = .milliseconds(700)
        let voices = [try await first.voice(one.url, fetch: fetch, limits: limits), try await second.voice(two.url, fetch: fetch)]
        var settings = FailoverSettings()
        settings.attempt = attempt
        // Only the attempt's limit is tried here: a test's machine may be slow.
        settings.whole = .seconds(20)
        let chain = ProviderChain(stage: "tts", names: voices.map(\.name), logger: quiet)
        do {
            try await body(FailoverVoice(voices, chain: chain, settings: settings, logger: quiet), one, two)
        } catch {
            await fetch.close()
            throw error
        }
        await fetch.close()
    }

    private static let pairs = zip(Vendor.allCases, Array(Vendor.allCases.dropFirst()) + [.google])

    @Test(arguments: pairs) func fromEachToTheNextBeforeAnySound(_ first: Vendor, _ second: Vendor) async throws {
        for step in [Step(error: first.rateCode), Step(fault: .dead), Step(fault: .html), Step(fault: .reset)] {
            try await with(first, [step], second, attempt: .milliseconds(600)) { voice, one, two in
                let heard = try await voice.hear(text)
                #expect(heard.failure == nil && heard.numbers == numbers, "\(step)")
                #expect(try await one.outcomes.count == 1)
                #expect(try await two.outcomes == ["done"])
            }
        }
    }

    /// Nothing is lost, and at most one place is heard twice.
    @Test(arguments: pairs.filter { !$0.0.isUnary }, [Step.Fault.reset, .cut, .stall]) func fromEachToTheNextInTheMiddle(
        _ pair: (Vendor, Vendor), _ fault: Step.Fault
    ) async throws {
        for milliseconds in [200, 1_500, 2_900] {
            let step = Step(fault: fault, after: pair.0.bytes(milliseconds: milliseconds))
            // Whole sentences come first, from which the pace is learned.
            try await with(pair.0, [Step(), Step(), step], pair.1, attempt: .seconds(10)) { voice, _, two in
                for _ in 0..<2 { #expect(try await voice.hear(text).failure == nil) }
                let heard = try await voice.hear(text)
                #expect(heard.failure == nil, "\(milliseconds)")
                let places = heard.numbers
                #expect(Set(places) == Set(numbers) && places.count <= numbers.count + 1, "\(milliseconds): \(places)")
                #expect(places == places.sorted(), "\(milliseconds): \(places)")
                #expect(try await two.entries().count == 1)
            }
        }
    }
}
