/// The providers that each stage knows, by the names used in the configuration. `local` ones are embedded and need no account;
/// the others of this list serve benchmarks and tests.
package enum Providers {
    package static let asr = ["local", "energy", "tones"]
    package static let dialog = ["local", "openai", "compatible", "fixed", "echo"]
    package static let tts = ["local", "tone"]
}
