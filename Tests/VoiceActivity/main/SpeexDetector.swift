import Audio
import CSpeexDSP

/// The voice activity of libspeexdsp's preprocessor, its noise suppression and gain control off.
final class SpeexDetector: VoiceActivityDetecting {
    private let state: OpaquePointer

    /// - Parameters:
    ///   - start: probability, of 100, from which voice begins. 35 is the library's default.
    ///   - goOn: probability under which it ends. 20 is the library's default.
    init(start: Int32 = 35, goOn: Int32 = 20) {
        state = speex_preprocess_state_init(Int32(MuLaw.frameSamples), Int32(MuLaw.sampleRate))
        for (request, value) in [
            (SPEEX_PREPROCESS_SET_DENOISE, 0), (SPEEX_PREPROCESS_SET_AGC, 0), (SPEEX_PREPROCESS_SET_DEREVERB, 0),
            (SPEEX_PREPROCESS_SET_VAD, 1), (SPEEX_PREPROCESS_SET_PROB_START, start), (SPEEX_PREPROCESS_SET_PROB_CONTINUE, goOn),
        ] {
            var value = value
            speex_preprocess_ctl(state, request, &value)
        }
    }

    deinit { speex_preprocess_state_destroy(state) }

    func isVoice(pcm frame: [Int16]) -> Bool {
        // It writes the cleaned sound over what it reads.
        var frame = frame
        return speex_preprocess_run(state, &frame) != 0
    }
}
