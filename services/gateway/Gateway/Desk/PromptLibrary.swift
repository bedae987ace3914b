import BusContract
import CallVocabulary
import EventThread
import Foundation
import Logging
import ServiceLifecycle
import Signing
import Synchronization

/// The spoken lines that exist before any call: every MP3 that a TwiML document may name, and the clips for when a stage fails.
/// Made once from text by a tts-worker, kept in the public folder, made anew when the text or the voice changes.
package final class PromptLibrary: Service {
    package struct Prompt: Sendable, Equatable {
        /// File name without extension.
        package let name: String
        package let text: String
        /// Whose voice; nil for lines that belong to no business.
        package let business: BusinessID?
        /// Anything else that changes the sound (the voice's settings).
        package let voice: String

        package init(name: String, text: String, business: BusinessID?, voice: String) {
            self.name = name
            self.text = text
            self.business = business
            self.voice = voice
        }

        var fingerprint: String { Hex.encode(Digest.sha256(Array("\(text)\u{0}\(voice)\u{0}\(business?.rawValue ?? "")".utf8))) }
    }

    private struct Manifest: Codable {
        var fingerprints: [String: String] = [:]
        var milliseconds: [String: Int] = [:]
    }

    private struct State {
        var manifest = Manifest()
        /// Formats on disk and of the wanted text.
        var ready: [String: Set<Artifact.Format>] = [:]
        var clips: [String: [UInt8]] = [:]
        var wanted: [String: Prompt] = [:]
    }

    private static let jobDeadline = 20_000
    private static let retryAfter = Duration.milliseconds(500)

    private let prompts: [Prompt]
    private let directory: String
    private let clipDirectory: String
    private let manifestPath: String
    private let disk: WorkerThread<Void>
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter stateDirectory: MP3s go to `public/tts`, clips to `clips` in it.
    /// - Throws: when the folders cannot be made; the error names the path.
    package init(prompts: [Prompt], stateDirectory: String, logger: Logger) async throws {
        self.prompts = prompts
        directory = stateDirectory + "/public/tts"
        clipDirectory = stateDirectory + "/clips"
        manifestPath = clipDirectory + "/prompts.json"
        self.logger = logger
        for path in [directory, clipDirectory] {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw GatewayStartError(
                    "MAANE_STATE_DIR: \(path) cannot be made (\(error.localizedDescription)); choose a directory that this user may write")
            }
        }
        disk = try await WorkerThread<Void>(name: "prompts")
        load()
    }

    /// The folder that `/static/tts/` serves.
    package var publicDirectory: String { directory }

    private func load() {
        let manifest =
            (FileManager.default.contents(atPath: manifestPath)).flatMap { try? JSONDecoder().decode(Manifest.self, from: $0) } ?? Manifest()
        state.withLock { state in
            state.manifest = manifest
            for prompt in prompts {
                state.wanted[prompt.name] = prompt
                guard manifest.fingerprints[prompt.name] == prompt.fingerprint,
                    FileManager.default.fileExists(atPath: path(prompt.name, .mp3)),
                    let clip = FileManager.default.contents(atPath: path(prompt.name, .mulaw)), !clip.isEmpty
                else { continue }
                state.ready[prompt.name] = [.mp3, .mulaw]
                state.clips[prompt.name] = [UInt8](clip)
            }
        }
    }

    private func path(_ name: String, _ format: Artifact.Format) -> String {
        switch format {
        case .mp3: "\(directory)/\(name).mp3"
        case .mulaw: "\(clipDirectory)/\(name).mulaw"
        }
    }

    // MARK: - What there is

    /// Names of prompts that have no audio yet.
    package var missing: [String] {
        state.withLock { state in prompts.map(\.name).filter { state.ready[$0]?.count != 2 } }
    }

    package func isReady(_ name: String) -> Bool { state.withLock { $0.ready[name]?.contains(.mp3) ?? false } }
    package func clip(_ name: String) -> [UInt8]? { state.withLock { $0.clips[name] } }
    package func text(_ name: String) -> String? { state.withLock { $0.wanted[name]?.text } }
    /// Playing time, 0 when unknown.
    package func milliseconds(_ name: String) -> Int { state.withLock { max(0, $0.manifest.milliseconds[name] ?? 0) } }

    // MARK: - Making them

    /// Set once, before `run`: the fleet that makes prompts needs this library to exist first.
    private let makers = Mutex<Fleet?>(nil)
    package func use(_ fleet: Fleet) { makers.withLock { $0 = fleet } }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while let fleet = self.makers.withLock({ $0 }) {
                let missing = self.missing
                if missing.isEmpty { break }
                for name in missing where !Task.isCancelled { await self.make(name, with: fleet) }
                try Task.checkCancellation()
                if !self.missing.isEmpty { try await Task.sleep(for: Self.retryAfter) }
            }
            if self.missing.isEmpty { self.logger.info("prompts are ready", metadata: ["count": "\(self.prompts.count)"]) }
            while true { try await Task.sleep(for: .seconds(3600)) }
        }
        await disk.stop()
    }

    private func make(_ name: String, with fleet: Fleet) async {
        guard let prompt = state.withLock({ $0.wanted[name] }) else { return }
        do {
            let done = try await fleet.run(
                .prompt(name: prompt.name, text: prompt.text), pool: .tts, business: prompt.business, deadlineMilliseconds: Self.jobDeadline)
            if let failure = done.failure { logger.error("a prompt cannot be made", metadata: ["prompt": "\(name)", "reason": "\(failure)"]) }
        } catch {
            logger.debug("a prompt is not made yet", metadata: ["prompt": "\(name)", "reason": "\(error)"])
        }
    }

    /// Stores what a worker has made. Called on the bus thread.
    /// - Parameter acknowledge: called when the file is there, or with the reason why not.
    package func store(_ artifact: Artifact, _ bytes: [UInt8], acknowledge: @escaping @Sendable (String?) -> Void) {
        let accepted = disk.submit { [self] _ in
            guard let prompt = state.withLock({ $0.wanted[artifact.name] }) else {
                acknowledge("nobody asked for \(artifact.name)")
                return
            }
            do {
                try Data(bytes).write(to: URL(fileURLWithPath: path(artifact.name, artifact.format)), options: .atomic)
                let manifest = state.withLock { state in
                    state.ready[artifact.name, default: []].insert(artifact.format)
                    if artifact.format == .mulaw { state.clips[artifact.name] = bytes }
                    // Not before both are there: a crash between them must not leave the old clip beside the new text.
                    let isWhole = state.ready[artifact.name]?.count == 2
                    state.manifest.fingerprints[artifact.name] = isWhole ? prompt.fingerprint : nil
                    state.manifest.milliseconds[artifact.name] = artifact.milliseconds
                    return state.manifest
                }
                try JSONEncoder().encode(manifest).write(to: URL(fileURLWithPath: manifestPath), options: .atomic)
                acknowledge(nil)
            } catch {
                logger.error("a prompt cannot be stored", metadata: ["prompt": "\(artifact.name)", "reason": "\(error)"])
                acknowledge("the gateway cannot write it: \(error.localizedDescription)")
            }
        }
        if accepted != .accepted { acknowledge("the gateway is stopping") }
    }
}

/// Why a gateway cannot start: one sentence with the remedy.
package struct GatewayStartError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
