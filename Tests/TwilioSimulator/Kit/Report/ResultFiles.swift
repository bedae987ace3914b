import Audio
import FoundationEssentials

/// Writes what a call leaves behind.
package enum ResultFiles {
    /// `call.wav` (stereo: caller left, agent right) and `twilio-report.json`, in a folder that is made when it is missing.
    /// - Throws: ``SimulatorFailure`` when the folder cannot be written.
    package static func write(_ result: CallResult, folder: String) throws {
        let wave = WAV.write(
            left: MuLaw.decode(result.callerTrack), right: MuLaw.decode(result.agentTrack), sampleRate: MuLaw.sampleRate)
        try write(wave, to: folder, name: "call.wav")
        try write(try json(result.report), to: folder, name: "twilio-report.json")
        for (sid, audio) in result.recordings {
            try write(WAV.write(muLaw: audio), to: folder, name: "\(sid).wav")
        }
    }

    /// Readable JSON with sorted keys.
    package static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [0x0A]
    }

    /// - Throws: ``SimulatorFailure``.
    package static func write(_ bytes: [UInt8], to folder: String, name: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(filePath: folder).appending(path: name))
        } catch {
            throw SimulatorFailure(.file, "\(folder)/\(name) cannot be written; choose another --out", cause: error)
        }
    }

    /// - Throws: ``SimulatorFailure``.
    package static func read(_ path: String) throws -> String {
        do { return try String(contentsOf: URL(filePath: path), encoding: .utf8) } catch {
            throw SimulatorFailure(.file, "\(path) cannot be read; check the path", cause: error)
        }
    }
}
