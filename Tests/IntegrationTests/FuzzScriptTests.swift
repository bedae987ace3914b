import Testing

/// `make fuzz` in small: the fuzzers' own package builds, and libFuzzer finds nothing near the corpus. The million is for `make fuzz`.
@Suite struct FuzzScriptTests {
    @Test func aShortRunFindsNothing() async throws {
        let ended = try await Programs.run(Programs.repository + "/deploy/scripts/fuzz.sh", environment: ["RUNS": "2000"])
        #expect(ended.code == 0, "\(ended.output.suffix(4_000))")
        let lines = ended.output.split(separator: "\n").map { $0.split(separator: " ") }
        for target in ["media", "form", "signature", "twiml", "say"] {
            #expect(lines.contains { $0.first == Substring(target) && $0.last == "ok" }, "\(target): \(ended.output.suffix(4_000))")
        }
    }
}
