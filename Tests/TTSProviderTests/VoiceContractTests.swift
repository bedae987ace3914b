import Audio
import Business
import HTTPFetch
import ProviderKit
import Testing
import VoiceFakes

@testable import TTSWorker

/// What every provider's voice has to do, each against its vendor's fake.
@Suite(.timeLimit(.minutes(2))) struct VoiceContractTests {
    /// Its audio is 3.3 s long: 100 ms for each letter.
    private let text = "מספר 10001 ועוד 10002 ועוד 10003"
    private let secret = "מילה-סודית"

    // MARK: Speaking

    @Test(arguments: Vendor.allCases) func aSentenceIsSpokenWholeAndOnce(_ vendor: Vendor) async throws {
        try await vendor.with { (voice, session) async throws in
            let heard = try await voice.hear(text)
            #expect(heard.failure == nil)
            #expect(heard.numbers == [10_001, 10_002, 10_003])
            #expect(abs(heard.milliseconds - 3_300) <= 1, "\(heard.milliseconds)")
            let entries = try await session.entries()
            #expect(entries.map(\.text) == [text] && entries.map(\.voice) == [vendor.voices.feminine])
            #expect(entries.map(\.outcome) == ["done"])
        }
    }

    /// However it comes: whole frames, a quarter of a second at most, the same audio.
    @Test(arguments: Vendor.allCases, [1, 77, 1_600, 0]) func chunksOfTheNetworkDoNotMatter(_ vendor: Vendor, _ chunk: Int) async throws {
        let sentence = "10007"
        try await vendor.with([Step(chunk: 4_000)]) { (voice, session) async throws in
            let want = try await voice.hear(sentence).audio
            #expect(ToneCode.decode(muLaw: want).map(\.number) == [10_007])
            try await session.script([Step(chunk: chunk)], options: vendor.options)
            let heard = try await voice.hear(sentence)
            #expect(heard.audio == want)
            #expect(heard.pieces.dropLast().allSatisfy { $0.count % MuLaw.frameSamples == 0 && $0.count <= LinePieces.largest })
            #expect(heard.pieces.last.map { (1...LinePieces.largest).contains($0.count) } == true)
        }
    }

    /// The first words are handed on while the server still makes the others.
    @Test(arguments: Vendor.allCases.filter { !$0.isUnary }) func whatHasComeIsHeardBeforeTheEnd(_ vendor: Vendor) async throws {
        try await vendor.with([Step(fault: .stall, after: vendor.bytes(milliseconds: 1_200))]) { (voice, _) async throws in
            // The filter of the 24 kHz voices holds back 3 ms.
            let heard = try await voice.hear(text, upTo: 9_440)
            #expect(heard.numbers == [10_001] && heard.failure == nil)
        }
    }

    @Test(arguments: Vendor.allCases) func theBusinessChoosesTheVoice(_ vendor: Vendor) async throws {
        try await vendor.with { (voice, session) async throws in
            var request = VoiceRequest(text: "10001", gender: .masculine)
            let masculine = voice.signature(of: request)
            #expect(try await voice.hear(request).numbers == [10_001])
            request.names = [vendor.rawValue: vendor.voices.chosen, "other": "x"]
            #expect(try await voice.hear(request).numbers == [10_001])
            #expect(try await session.entries().map(\.voice) == [vendor.voices.masculine, vendor.voices.chosen])
            // What sounds different is kept apart.
            #expect(voice.signature(of: VoiceRequest(text: "10001")) != masculine)
            #expect(voice.signature(of: VoiceRequest(text: "10002", gender: .masculine)) == masculine)
        }
    }

    @Test(arguments: Vendor.allCases) func noTextBreaksTheRequest(_ vendor: Vendor) async throws {
        let text = "<break/> נדל״ן & \"בנו\u{2067}\" 'או' \\n \u{200F}10001\u{0000}\t{}]]>"
        try await vendor.with { (voice, session) async throws in
            let heard = try await voice.hear(text)
            #expect(heard.failure == nil)
            #expect(try await session.entries().map(\.text) == ["<break/> נדל״ן & \"בנו\" 'או' \\n 10001 {}]]>"])
        }
    }

    @Test(arguments: Vendor.allCases) func silenceInFrontIsCutAndNothingElse(_ vendor: Vendor) async throws {
        try await vendor.with([Step(leadMs: 900), Step(leadMs: 60), Step()]) { (voice, _) async throws in
            let long = try await voice.hear("10001")
            let short = try await voice.hear("10001")
            let none = try await voice.hear("10001")
            #expect(abs(long.milliseconds - none.milliseconds - 100) <= 1 && abs(short.milliseconds - none.milliseconds - 60) <= 1)
            #expect([long, short, none].allSatisfy { $0.numbers == [10_001] })
            // The level is the provider's own.
            let level = Loudness.dBFS(Array(MuLaw.decode(none.audio).prefix(3_600)))
            #expect(abs(level - -20.6) < 0.5, "\(level) dBFS")
        }
    }

    @Test(arguments: Vendor.allCases) func oneConnectionServesManySentencesAndIsThereBefore(_ vendor: Vendor) async throws {
        try await vendor.with { (voice, session) async throws in
            try await voice.warm()
            await voice.prepare()
            for number in 10_001...10_004 { #expect(try await voice.hear("\(number)").numbers == [number]) }
            let all = try await session.everything()
            #expect(all.map(\.kind) == ["HEAD"] + Array(repeating: "speech", count: 4))
            #expect(Set(all.map(\.connection)).count == 1)
        }
    }

    // MARK: Going away

    @Test(arguments: Vendor.allCases, [true, false]) func whoStopsListeningCutsTheConnection(_ vendor: Vendor, _ hasBegun: Bool) async throws {
        let isHeard = hasBegun && !vendor.isUnary
        try await vendor.with([Step(fault: hasBegun ? .stall : .dead, after: vendor.bytes(milliseconds: 1_200))]) { (voice, session) async throws in
            let listening = Task { try await voice.hear(text, upTo: isHeard ? 1_600 : .max) }
            try await until("the request is there") { try await session.outcomes.count == 1 }
            if !isHeard { listening.cancel() }
            // Whoever has heard enough just drops the rest.
            if isHeard {
                #expect(try await listening.value.failure == nil)
            } else {
                await #expect(throws: CancellationError.self) { try await listening.value }
            }
            try await until("the fake sees us go") { try await session.outcomes == ["left"] }
        }
    }

    // MARK: Failing

    private func limits(firstByte: Int = 10_000, idle: Int = 10_000) -> VoiceLimits {
        var limits = VoiceLimits()
        limits.firstByte = .milliseconds(firstByte)
        limits.idle = .milliseconds(idle)
        return limits
    }

    @Test(arguments: Vendor.allCases) func nobodyIsWaitedForWithoutEnd(_ vendor: Vendor) async throws {
        try await vendor.with([Step(fault: .dead)], limits: limits(firstByte: 60)) { (voice, session) async throws in
            let heard = try await voice.hear(text)
            #expect(heard.failure?.kind == .timeout && heard.pieces.isEmpty)
            try await until("the fake sees us go") { try await session.outcomes == ["left"] }
        }
        try await vendor.with([Step(fault: .stall, after: vendor.bytes(milliseconds: 1_200))], limits: limits(idle: 150)) { (voice, _) async throws in
            let heard = try await voice.hear(text)
            #expect(heard.failure?.kind == .timeout)
            #expect(vendor.isUnary || heard.numbers.first == 10_001)
        }
    }

    @Test(arguments: Vendor.allCases) func aDripIsWaitedFor(_ vendor: Vendor) async throws {
        // 24 pauses of 20 ms, none of them too long.
        try await vendor.with([Step(chunk: vendor.bytes(milliseconds: 25), chunkMs: 20)], limits: limits(idle: 5_000)) {
            (voice, _) async throws in
            #expect(try await voice.hear("10001").numbers == [10_001])
        }
    }

    @Test(arguments: Vendor.allCases) func aConnectionThatBreaksIsNoEndOfASentence(_ vendor: Vendor) async throws {
        for fault in [Step.Fault.reset, .cut] {
            for after in [0, vendor.bytes(milliseconds: 1_200)] {
                try await vendor.with([Step(fault: fault, after: after)]) { (voice, _) async throws in
                    let heard = try await voice.hear(text)
                    #expect(heard.failure?.kind == .broken, "\(fault) after \(after): \(String(describing: heard.failure))")
                    #expect(heard.pieces.isEmpty == (after == 0 || vendor.isUnary))
                    // What was made before is heard.
                    #expect(heard.pieces.isEmpty || heard.numbers == [10_001])
                }
            }
        }
    }

    @Test(arguments: Vendor.allCases) func nobodyThere(_ vendor: Vendor) async throws {
        let fetch = try await HTTPFetch()
        // Port 9 of this machine: nobody discards anything any more.
        let voice = try await vendor.voice("http://127.0.0.1:9", fetch: fetch)
        let heard = try await voice.hear(text)
        #expect(heard.failure?.kind == .unreachable)
        await #expect(throws: ProviderFailure.self) { try await voice.warm() }
        await voice.prepare()
        await fetch.close()
    }

    @Test(arguments: Vendor.allCases) func theVendorsCodesHaveTheirKinds(_ vendor: Vendor) async throws {
        for error in vendor.errors {
            try await vendor.with([Step(error: error.code)]) { (voice, _) async throws in
                let heard = try await voice.hear(text)
                #expect(heard.failure?.kind == error.kind, "\(error.code): \(String(describing: heard.failure))")
                #expect(heard.failure?.message.hasPrefix(vendor.rawValue) == true && heard.pieces.isEmpty)
            }
        }
    }

    @Test(arguments: Vendor.allCases) func whoIsAskedToWaitKnowsHowLong(_ vendor: Vendor) async throws {
        try await vendor.with([Step(error: vendor.rateCode, retryAfter: 7)]) { (voice, _) async throws in
            let heard = try await voice.hear(text)
            #expect(heard.failure?.kind == .rateLimited && heard.failure?.retryAfter == .seconds(7))
        }
    }

    /// The vendor's own checks: a key, a voice, a length that it does not know.
    @Test(arguments: Vendor.allCases) func aWrongKeyAndAWrongVoice(_ vendor: Vendor) async throws {
        let session = try await vendor.server.session(options: vendor == .compatible ? ["compatible": "yes", "key": "other-key"] : [:])
        let fetch = try await HTTPFetch()
        let wrong = try await vendor.voice(session.url, fetch: fetch, key: "wrong-key-1234567")
        let heard = try await wrong.hear("\(secret) 10001")
        #expect(heard.failure?.kind == .auth)
        #expect(heard.failure.map { !$0.description.contains("wrong-key") && !$0.description.contains(secret) } == true)
        await fetch.close()
        try await vendor.with { (voice, session) async throws in
            let unknown = try await voice.hear(VoiceRequest(text: "\(secret) 10001", names: [vendor.rawValue: "he-IL-Nobody"]))
            #expect(unknown.failure?.kind == .refused)
            #expect(unknown.failure?.description.contains(secret) == false)
            #expect(try await session.outcomes.count == 1)
        }
    }

    @Test(arguments: Vendor.allCases) func whatCannotBeSaidIsNotAsked(_ vendor: Vendor) async throws {
        try await vendor.with { (voice, session) async throws in
            for text in ["", " \u{200F}\n ", String(repeating: "א", count: 5_001)] {
                #expect(try await voice.hear(text).failure?.kind == .unsuitable)
            }
            #expect(try await session.outcomes.isEmpty)
        }
    }

    @Test(arguments: Vendor.allCases) func garbageIsNotPlayed(_ vendor: Vendor) async throws {
        let kinds: [(Step.Fault, ProviderFailure.Kind)] = [
            (.html, .garbage), (.json, .garbage), (.http, .broken), (.empty, .empty), (.silent, .empty),
        ]
        for (fault, kind) in kinds {
            try await vendor.with([Step(fault: fault)]) { (voice, _) async throws in
                let heard = try await voice.hear(text)
                #expect(heard.pieces.isEmpty)
                // An empty body is no JSON.
                let expected = vendor == .google && fault == .empty ? .garbage : kind
                #expect(heard.failure?.kind == expected, "\(fault): \(String(describing: heard.failure))")
            }
        }
    }

    // MARK: Containers

    @Test(arguments: Vendor.allCases, ["plain", "chunks", "extensible", "endless", "odd"]) func everyFormOfHeaderIsRead(
        _ vendor: Vendor, _ form: String
    ) async throws {
        try await vendor.with([Step(chunk: 7, wave: form)]) { (voice, _) async throws in
            let heard = try await voice.hear("10001")
            #expect(heard.failure == nil && heard.numbers == [10_001])
            // 5 letters and a space, less the byte that makes the length odd; not a click of a header.
            #expect(abs(heard.milliseconds - 600) <= 1, "\(heard.milliseconds)")
        }
    }

    @Test(arguments: Vendor.allCases) func aHeaderThatPromisesMoreOrSomethingElse(_ vendor: Vendor) async throws {
        try await vendor.with([Step(wave: "short"), Step(wave: "stereo")]) { (voice, _) async throws in
            #expect(try await voice.hear(text).failure?.kind == .broken)
            #expect(try await voice.hear(text).failure?.kind == .garbage)
        }
    }
}
