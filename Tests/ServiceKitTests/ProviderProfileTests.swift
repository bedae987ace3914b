import ServiceKit
import Testing

struct ProviderProfileTests {
    @Test func publishedQuantilesAreMet() {
        let google = DelayDistribution(median: 878, p95: 1_155, p99: 1_570)
        #expect(google.value(atDeviation: 0) == 878)
        #expect(abs(google.value(atDeviation: 1.645) - 1_155) < 0.01)
        #expect(abs(google.value(atDeviation: 2.326) - 1_570) < 0.01)
        // Nobody has measured more.
        #expect(google.value(atDeviation: 9) == google.value(atDeviation: 3))
    }

    @Test func whatIsNotPublishedGoesOnAsItBegins() {
        let plain = DelayDistribution(median: 100, p95: 200)
        // 100 · 2^(2.326/1.645)
        #expect(abs(plain.p99 - 266.5) < 0.1)
        let tail = DelayDistribution(median: 250, p99: 2_100)
        #expect(abs(tail.p95 - 1_126) < 1)
    }

    @Test(arguments: [ProviderProfile.fast, .google]) func samplesHaveTheQuantiles(profile: ProviderProfile) {
        for distribution in [profile.final, profile.firstToken, profile.firstAudio] {
            let samples = (0..<20_000).map { distribution.sample(seed: DelayDistribution.seed(1, call: "CA\($0)", turn: 3)) }.sorted()
            #expect(abs(Double(samples[10_000]) / distribution.median - 1) < 0.04)
            #expect(abs(Double(samples[19_000]) / distribution.p95 - 1) < 0.05)
            #expect(abs(Double(samples[19_800]) / distribution.p99 - 1) < 0.12)
        }
    }

    @Test func theSeedDecides() {
        let delay = ProviderProfile.fast.final
        func sample(_ seed: UInt64, _ turn: Int) -> Int { delay.sample(seed: DelayDistribution.seed(seed, call: "CA1", turn: turn)) }
        #expect((0..<20).map { sample(1, $0) } == (0..<20).map { sample(1, $0) })
        #expect((0..<20).map { sample(1, $0) } != (0..<20).map { sample(2, $0) })
        #expect(Set((0..<20).map { sample(1, $0) }).count > 5)
    }

    @Test func theEnvironmentChoosesAndReplaces() throws {
        let reader = SettingsReader(["MAANE_PROFILE": "google", "MAANE_PROFILE_SEED": "7", "MAANE_PROFILE_FIRST_TOKEN_MS": "300/600/900"])
        let profile = ProviderProfile(reader)
        try reader.finish()
        #expect(profile.name == "google")
        #expect(profile.seed == 7)
        #expect(profile.final == ProviderProfile.google.final)
        #expect(profile.firstToken == DelayDistribution(median: 300, p95: 600, p99: 900))
        let plain = SettingsReader([:])
        #expect(ProviderProfile(plain) == .fast)
    }

    @Test(arguments: ["", "250", "250/", "600/250", "0/5", "250/600/2100/1", "a/b", "250/600/500", "1/60001"])
    func malformedDistributionsAreFaults(text: String) {
        #expect(DelayDistribution(text) == nil)
    }

    @Test func everyFaultIsNamed() {
        let reader = SettingsReader(["MAANE_PROFILE": "slow", "MAANE_PROFILE_FINAL_MS": "9", "MAANE_PROFILE_FIRST_AUDIO_MS": "9/8"])
        _ = ProviderProfile(reader)
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        #expect(error?.faults.count == 3)
    }
}
