import Audio
import Testing

@testable import TTSWorker

/// Phoneme input as the pronunciation module makes it.
private let phonemes = [
    "שלום": "[[Sal'om]]", "תל אביב": "[[tel av'iv]]", "לא": "[[lo]]",
    "משפט": "[[bes'eder gam'ur, an'i rots'e likb'oa t'or lej'om SliS'i beSa'a 'eser vax'etsi]]",
]
private let voice = EspeakVoice { phonemes[$0] ?? $0 }

private func speak(_ text: String, voice name: String? = nil, rate: Int? = nil) async throws -> [Int16] {
    var pcm: [Int16] = []
    for try await chunk in voice.speak(VoiceRequest(text: text, voice: name, rate: rate)) { pcm += MuLaw.decode(chunk) }
    return pcm
}

@Suite struct EspeakVoiceTests {
    @Test func theProgramIsThere() async throws { try await voice.check() }

    @Test(arguments: ["שלום", "תל אביב", "לא", "משפט"])
    func speechHasItsLevelNoClippingAndStartsSoon(text: String) async throws {
        let pcm = try await speak(text)
        let level = EspeakAudio.speechLevel(pcm)
        #expect(abs(level - EspeakAudio.targetLevel) < 2, "\(level) dBFS")
        // 32124 is what the largest code means. A clipped wave stays there; a bent peak touches it.
        #expect(!zip(pcm, zip(pcm.dropFirst(), pcm.dropFirst(2))).contains { $0 == $1.0 && $0 == $1.1 && abs(Int($0)) == 32124 })
        let first = try #require(pcm.firstIndex { abs(Int($0)) > 400 })
        #expect(first <= EspeakAudio.leadSamples + 80, "\(first) samples of silence in front")
        let last = try #require(pcm.lastIndex { abs(Int($0)) > 400 })
        #expect(pcm.count - last < MuLaw.sampleRate / 5)
        #expect(pcm.count > MuLaw.sampleRate / 5)
    }

    @Test func rateAndVoiceMatter() async throws {
        let usual = try await speak("משפט")
        #expect(try await speak("משפט", rate: 250).count < usual.count * 8 / 10)
        #expect(try await speak("משפט", voice: "he+f3") != usual)
        #expect(try await speak("משפט") == usual)
    }

    @Test func manyAtOnceAreAllWhole() async throws {
        let want = try await speak("משפט").count
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 { group.addTask { try await speak("משפט").count } }
            for try await count in group { #expect(count == want) }
        }
    }

    @Test func textIsNeverAnOption() async throws {
        #expect(try await speak("--version").count > 0)
    }

    private func failure(_ voice: EspeakVoice, _ request: VoiceRequest) async -> VoiceFailure? {
        do {
            for try await _ in voice.speak(request) {}
            return nil
        } catch {
            return error as? VoiceFailure
        }
    }

    @Test func aMissingProgramIsNamedWithTheRemedy() async {
        let missing = EspeakVoice(program: "no-such-espeak") { $0 }
        let error = await failure(missing, VoiceRequest(text: "שלום"))
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("install the Debian package espeak-ng") == true)
        await #expect(throws: VoiceFailure.self) { try await missing.check() }
    }

    @Test func aVoiceThatIsNotThereAndOneThatIsAnOption() async {
        let unknown = await failure(voice, VoiceRequest(text: "שלום", voice: "nosuch"))
        #expect(unknown?.code == .refused)
        #expect(unknown?.message.contains("nosuch") == true)
        for name in ["-w", "../he", "he --stdout", ""] {
            #expect(await failure(voice, VoiceRequest(text: "שלום", voice: name))?.code == .refused)
        }
        let long = String(repeating: "א", count: 4000)
        #expect(await failure(voice, VoiceRequest(text: long))?.code == .refused)
    }

    @Test func aProgramThatWritesNoSoundIsAnError() async {
        let echo = EspeakVoice(program: "echo") { $0 }
        #expect(await failure(echo, VoiceRequest(text: "שלום"))?.code == .broken)
    }

    @Test(.timeLimit(.minutes(1))) func stoppingInTheMiddleEndsTheProgram() async throws {
        // More audio than the pipe and the queue hold, so the program cannot have ended by itself.
        let long = EspeakVoice { _ in String(repeating: "[[Sal'om Sal'om]] ", count: 1500) }
        for try await _ in long.speak(VoiceRequest(text: "שלום")) { break }
        try await voice.check()
    }
}

@Suite struct EspeakAudioTests {
    private let tone = (0..<22050).map { index in Int16(index % 40 < 20 ? 8000 : -8000) }

    @Test func theLeadIsCutAndChunkingDoesNotMatter() throws {
        let wav = WAV.write([Int16](repeating: 3, count: 5000) + tone, sampleRate: 22050)
        var whole = EspeakAudio(resampler: Resampler(from: 22050, to: 8000))
        let want = try whole.process(wav) + whole.finish()
        // 1 s of sound, 20 ms of lead.
        #expect(abs(want.count - 8160) < 10)
        for chunk in [1, 13, 999] {
            var audio = EspeakAudio(resampler: Resampler(from: 22050, to: 8000))
            var got: [Int16] = []
            for start in stride(from: 0, to: wav.count, by: chunk) {
                got += try audio.process(Array(wav[start..<min(start + chunk, wav.count)]))
            }
            got += audio.finish()
            #expect(got == want)
        }
    }

    @Test func anotherRateOfTheProgramIsTaken() throws {
        var audio = EspeakAudio(resampler: Resampler(from: 22050, to: 8000))
        let pcm = try audio.process(WAV.write(tone, sampleRate: 16000)) + audio.finish()
        #expect(abs(pcm.count - 11_025) < 20)
    }

    @Test func silenceGivesNothingAndLoudSoundIsBentNotClipped() throws {
        var audio = EspeakAudio(resampler: Resampler(from: 8000, to: 8000))
        let none = try audio.process(WAV.write([Int16](repeating: 0, count: 8000), sampleRate: 8000)) + audio.finish()
        #expect(none.isEmpty)
        let bent = EspeakAudio.amplify([20000, -20000, 32767, -32768, 100], 2)
        #expect(bent[0] > 30000 && bent[0] < 32767 && bent[1] == -bent[0])
        #expect(bent[2] <= 32767 && bent[3] >= -32767 && bent[4] == 200)
    }
}
