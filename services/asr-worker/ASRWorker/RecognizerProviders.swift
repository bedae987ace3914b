import Foundation
import Logging
import ServiceKit

/// Makes the recogniser that the configuration names first.
package enum RecognizerProviders {
    /// - Throws: when the provider cannot work here, with the remedy.
    package static func make(_ reader: SettingsReader, logger: Logger) async throws -> any SpeechRecognizer {
        let names = reader.list("ASR_PROVIDERS", default: ["local"], allowed: Providers.asr)
        try reader.finish()
        switch names[0] {
        case "energy": return EnergyRecognizer()
        case "tones": return TonesRecognizer()
        default: return try await PocketSphinxRecognizer(rooms: ProcessInfo.processInfo.activeProcessorCount, logger: logger)
        }
    }
}
