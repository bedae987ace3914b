/// Reads `voice` of a business's file.
struct VoiceReader {
    let log: FaultLog

    func read(_ file: YAMLSection) -> VoiceSettings {
        let voice = file.section("voice", "voice", fields: ["variant", "rate", "pitch", "gender"] + VoiceSettings.namedProviders)
        // Ranges of espeak-ng 1.51: -s from 80, faster than 450 is not speech any more; -p 0…99.
        return VoiceSettings(
            variant: voice.requiredText("variant").value, rate: voice.integer("rate", in: 80...450), pitch: voice.integer("pitch", in: 0...99),
            gender: gender(voice), names: names(voice))
    }

    private func gender(_ voice: YAMLSection) -> VoiceGender {
        guard let text = voice.text("gender") else { return .feminine }
        guard let gender = VoiceGender(rawValue: text.value) else {
            log.add(.wrongValue, text.line, "`gender` of voice is `\(text.value)`", "Write feminine or masculine")
            return .feminine
        }
        return gender
    }

    private func names(_ voice: YAMLSection) -> [String: String] {
        var names: [String: String] = [:]
        for provider in VoiceSettings.namedProviders {
            guard let name = voice.text(provider) else { continue }
            if let remedy = Self.remedy(provider, name.value) {
                log.add(.wrongValue, name.line, "`\(provider)` of voice is `\(name.value)`", remedy)
            }
            names[provider] = name.value
        }
        return names
    }

    /// What helps against a name that cannot be one of this provider's; nil for one that may be.
    private static func remedy(_ provider: String, _ name: String) -> String? {
        // They stand in addresses and in markup: nothing that means something there.
        guard name.utf8.count <= 100, name.utf8.allSatisfy(isNameByte) else {
            return "Copy the voice's name from the provider: letters, digits and `- _ . : +`, at most 100"
        }
        switch provider {
        case "google" where !name.hasPrefix("he-IL-"): return "Google's Hebrew voices are called he-IL-…, for example he-IL-Wavenet-A"
        case "google-streaming" where !name.hasPrefix("he-IL-Chirp3-HD-"): return "Only voices called he-IL-Chirp3-HD-… can be streamed"
        default: return nil
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || "-_.:+".utf8.contains(byte)
    }
}
