import BusContract
import CallEngine
import CallVocabulary
import Testing

/// Numbers that no worker should send. A trap would end every call of the gateway, so each runs in a process of its own.
@Suite struct HostileNumberTests {
    @Test func impossibleNumbersOfSentencesAreSurvived() async {
        await #expect(processExitsWith: .success) {
            for pieces in [-1, Int.min, Int.max] {
                var call = try TestCall()
                call.feed(.lineOpened(streamSID: "MZ1"))
                call.done(0, pieces: pieces)
                call.pass(10_000)
            }
        }
    }

    @Test func impossibleIndicesOfSentencesAreSurvived() async {
        await #expect(processExitsWith: .success) {
            for piece in [Int.max, Int.min, -2] {
                var call = try TestCall()
                call.open()
                let turn = try call.utter("כן")
                call.reply(turn, piece, "משהו")
                call.speech(turn, piece, milliseconds: 100)
                call.pass(10_000)
            }
        }
    }

    @Test func impossibleConfidenceIsSurvived() async {
        await #expect(processExitsWith: .success) {
            for confidence in [1e300, -1e300, .infinity, .nan] {
                var call = try TestCall()
                call.open()
                call.speak(600)
                call.quiet(500)
                call.transcript(1, "כן", confidence: confidence)
            }
        }
    }
}
