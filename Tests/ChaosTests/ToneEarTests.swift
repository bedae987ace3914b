import Audio
import TTSWorker
import Testing
import TwilioSimulatorKit

@Suite struct ToneEarTests {
    private func spoken(_ text: String) async throws -> [UInt8] {
        var audio: [UInt8] = []
        for try await chunk in ToneVoice().speak(VoiceRequest(text: text)) { audio += chunk }
        return audio
    }

    private func hear(_ audio: [UInt8]) -> [Int] {
        var ear = ToneEar()
        var heard: [Int] = []
        for start in stride(from: 0, to: audio.count, by: 160) { heard += ear.listen(Array(audio[start..<min(start + 160, audio.count)])) }
        return heard
    }

    @Test func everySentenceOfTheVoiceIsHeardOnceWhereverItBegins() async throws {
        for number in [0, 1, 255, 16_383, 32_767, 32_768, 49_151, 65_535] {
            let sentence = try await spoken(String(number))
            #expect(sentence.count == 8_000)
            for offset in stride(from: 0, to: 900, by: 130) {
                let silence = [UInt8](repeating: MuLaw.silence, count: 8_000)
                #expect(hear(silence.prefix(offset) + sentence + sentence + silence) == [number, number], "\(number) at \(offset)")
            }
        }
    }

    @Test func wordsAreHeardAsWords() async throws {
        let words = try await spoken("סליחה, אפשר לחזור על זה?")
        #expect(words.count == 12_000)
        #expect(hear(words + [UInt8](repeating: MuLaw.silence, count: 1_600)) == [Int(ToneVoice.words)])
    }

    @Test func aSentenceThatWasCutIsNotHeard() async throws {
        let sentence = try await spoken("300")
        let silence = [UInt8](repeating: MuLaw.silence, count: 8_000)
        #expect(hear(sentence.prefix(3_000) + silence) == [])
        #expect(hear(sentence.prefix(3_000) + sentence + silence) == [300])
    }
}
