/// The providers that each stage knows, by the names used in the configuration. `local` ones are embedded and need no account;
/// the others of this list serve benchmarks and tests.
package enum Providers {
    package static let asr = ["google", "google-v1", "deepgram", "soniox", "elevenlabs", "openai", "compatible"] + embedded
    /// Recognisers inside the process: for whole calls, and alone.
    package static let embedded = ["local", "energy", "tones", "scripted", "profile"]
    package static let dialog = ["local", "openai", "compatible", "fixed", "echo", "talk", "profile"]
    /// `compatible` is any server that answers as OpenAI's does.
    package static let tts = ["google", "google-streaming", "azure", "elevenlabs", "openai", "compatible", "local", "tone", "profile"]
}
