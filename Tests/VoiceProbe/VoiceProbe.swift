import Audio
import Glibc
import HTTPFetch
import Logging
import ServiceKit
import Synchronization
import TTSWorker
import TestSupport
import VoiceFakes

/// Speaks as a tts-worker does, without a bus.
///   voice-probe say COUNT TEXT...   with the voices of the environment: says each text so many times, and prints "bytes first-milliseconds"
///   voice-probe measure COUNT       against the fakes: what the clients, the failover and the cache add
@main
struct VoiceProbe {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let count = Int(arguments[2]) else { exit(64) }
        switch arguments[1] {
        case "say": try await say(Array(arguments[3...]), count)
        case "measure": try await measure(count)
        default: exit(64)
        }
    }

    private static let quiet = Logger(label: "probe") { _ in SwiftLogNoOpLogHandler() }

    /// One write, so that a line is whole or absent.
    private static func tell(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }

    private static func say(_ texts: [String], _ count: Int) async throws {
        let reader = try await SettingsReader.forProcess(environment())
        let directory = reader.string("MAANE_STATE_DIR", default: "/var/lib/maane")
        let stage = try await VoiceProviders.make(reader, stateDirectory: directory, logger: quiet)
        for text in Array(repeating: texts, count: count).joined() {
            let sentence = try await listen(stage.voice, text)
            tell("\(sentence.bytes) \(Double(sentence.first - sentence.asked) / 1e6)")
        }
        await stage.close()
    }

    private static func environment() -> [String: String] {
        var values: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return values
    }

    /// Nanoseconds of CLOCK_MONOTONIC, as the fakes tell theirs.
    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func listen(_ voice: any Voice, _ text: String) async throws -> (asked: UInt64, first: UInt64, bytes: Int) {
        let asked = now()
        var first: UInt64 = 0
        var bytes = 0
        for try await piece in voice.speak(VoiceRequest(text: text, purpose: .opening)) {
            if first == 0 { first = now() }
            bytes += piece.count
        }
        return (asked, first, bytes)
    }

    // MARK: Measuring

    /// Added by us: from the order until the fake has the request, and from its first byte until the first sound is handed on. The fake's own
    /// time, a script of 50 ms, is not in it.
    private static func measure(_ count: Int) async throws {
        let directory = try TemporaryDirectory()
        for vendor in Vendor.allCases {
            // What comes whole is heard when its last byte is here: that one is sent with the first.
            let script = [vendor.isUnary ? Step(firstMs: 50, chunk: 0) : Step(firstMs: 50, chunk: vendor.bytes(milliseconds: 100), chunkMs: 5)]
            let session = try await vendor.server.session(script, options: vendor.options)
            var variables = vendor.variables(session.url)
            variables["TTS_PROVIDERS"] = vendor.rawValue
            variables["MAANE_TTS_CACHE_DIR"] = "\(directory.path)/\(vendor.rawValue)"
            let voice = try await stage(variables, directory.path)
            try await voice.warm()
            // The first sentences make the fake's sounds, and the code's pages.
            for number in 0..<3 { _ = try await listen(voice, "\(20_000 + number)") }
            try await session.script(script, options: vendor.options)
            var times: [(asked: UInt64, first: UInt64)] = []
            for number in 0..<count {
                let sentence = try await listen(voice, "\(10_000 + number)")
                times.append((sentence.asked, sentence.first))
            }
            let entries = try await session.entries()
            guard entries.count == count else { throw TestSupportError(message: "The fake was asked \(entries.count) times.") }
            let added = zip(times, entries).map { time, entry in
                Double(entry.received.map { $0 - time.asked } ?? 0) + Double(entry.firstSent.map { time.first - $0 } ?? 0)
            }
            tell("\(vendor.rawValue): added \(summary(added))")
            // All of it is kept now: in memory, and for a process that begins on disk.
            try await tellKept("  in memory", voice, count)
            try await tellKept("  on disk", try await stage(variables, directory.path), count)
        }
    }

    private static func stage(_ variables: [String: String], _ directory: String) async throws -> any Voice {
        try await VoiceProviders.make(SettingsReader(variables), stateDirectory: directory, logger: quiet).voice
    }

    private static func tellKept(_ name: String, _ voice: any Voice, _ count: Int) async throws {
        var samples: [Double] = []
        for number in 0..<count {
            let sentence = try await listen(voice, "\(10_000 + number)")
            samples.append(Double(sentence.first - sentence.asked))
        }
        tell("\(name): first sound after \(summary(samples))")
    }

    private static func summary(_ nanoseconds: [Double]) -> String {
        let sorted = nanoseconds.sorted()
        func text(_ share: Double) -> String {
            let value = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] / 1e6
            return "\((value * 1000).rounded() / 1000) ms"
        }
        return "p50 \(text(0.5)), p95 \(text(0.95)), max \(text(1)) (n = \(sorted.count))"
    }
}
