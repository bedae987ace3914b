import Audio
import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import TwilioSimulatorKit

/// A detector with one setting.
struct Contestant: Sendable {
    var name: String
    /// Of those that the table shows under each condition.
    var isShown: Bool
    /// What it says about every frame of a line, from the line's first on.
    var decide: @Sendable (TestLine) -> [Bool]

    init(_ name: String, isShown: Bool = false, decide: @escaping @Sendable (TestLine) -> [Bool]) {
        self.name = name
        self.isShown = isShown
        self.decide = decide
    }

    /// One that runs in this process: every line is a call of its own, heard by a new one.
    init(_ name: String, isShown: Bool = false, make: @escaping @Sendable () -> some VoiceActivityDetecting & SendableMetatype) {
        self.init(name, isShown: isShown) { line in
            var detector = make()
            return (0..<line.frames).map { detector.isVoice(pcm: line.frame($0)) }
        }
    }

    // MARK: - Those that are compared

    static var own: [Contestant] {
        [-2, -1, 0, 1, 2, 4, 6].map { (more: Float) in
            Contestant(more == 0 ? "ours" : "ours \(more > 0 ? "+" : "")\(Int(more)) dB", isShown: more == 0) {
                var settings = VoiceActivityDetector.Settings()
                settings.overCeiling += more
                settings.overFloor += more
                return VoiceActivityDetector(settings: settings)
            }
        }
    }

    static var trackedFloor: [Contestant] {
        [6, 9, 12, 15].map { (enter: Double) in Contestant("floor + \(Int(enter)) dB", isShown: enter == 9) { TrackedFloor(enter: enter) } }
    }

    static var speex: [Contestant] {
        // The first are the library's own settings, with which line noise is voice.
        [(35, 20), (65, 50), (80, 65), (92, 85), (96, 92), (98, 96), (99, 98)].map { (start: Int32, goOn: Int32) in
            Contestant("speexdsp \(start)", isShown: start == 96) { SpeexDetector(start: start, goOn: goOn) }
        }
    }

    /// - Parameter answers: by line, then detector: values of 0...100 for each frame.
    static func outside(_ answers: [String: [String: [Int]]]) -> [Contestant] {
        let webrtc = (0...3).map { mode in
            Contestant("webrtc \(mode)", isShown: mode == 3) { line in (answers[line.name]?["webrtc \(mode)"] ?? []).map { $0 >= 50 } }
        }
        // Silero's own iterator ends voice 15 below where it begins; 50 is its default.
        let silero = [50, 10, 20, 30, 70, 85, 95].map { (start: Int) in
            Contestant("silero \(start)", isShown: start == 50) { line in
                var isVoice = false
                return (answers[line.name]?["silero"] ?? []).map { chance in
                    isVoice = chance >= (isVoice ? max(1, start - 15) : start)
                    return isVoice
                }
            }
        }
        return webrtc + silero
    }

    // MARK: - Cost

    /// Microseconds of CPU for a frame, over all lines.
    static func cost(_ lines: [TestLine], _ make: () -> some VoiceActivityDetecting) -> Double {
        var spent = 0.0
        var frames = 0
        var voiced = 0
        for line in lines {
            let heard = (0..<line.frames).map { MuLaw.encode(line.frame($0)) }
            var detector = make()
            let start = threadSeconds()
            for frame in heard { voiced += detector.isVoice(muLaw: frame) ? 1 : 0 }
            spent += threadSeconds() - start
            frames += heard.count
        }
        // The count is used, so that the work is not optimised away.
        return voiced < 0 ? 0 : spent / Double(max(1, frames)) * 1e6
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What outside.py says.
struct OutsideAnswers: Decodable {
    /// Microseconds of CPU for a frame.
    var cost: [String: Double]
    var lines: [String: [String: [Int]]]

    /// - Throws: ``SimulatorFailure`` when Python does not do it; its own words are on standard error.
    static func ask(python: String, script: String, lines folder: String, out: String) async throws -> OutsideAnswers {
        let result: TerminationStatus
        do {
            result = try await run(
                .path(FilePath(python)), arguments: [script, folder, out], output: .discarded,
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
            ).terminationStatus
        } catch { throw SimulatorFailure(.file, "\(python) could not be run; check --python", cause: error) }
        guard result.isSuccess else { throw SimulatorFailure(.file, "\(script) ended with \(result)") }
        do { return try JSONDecoder().decode(Self.self, from: Data(try ResultFiles.read(out).utf8)) } catch {
            throw SimulatorFailure(.file, "\(out) is not what \(script) writes", cause: error)
        }
    }
}
