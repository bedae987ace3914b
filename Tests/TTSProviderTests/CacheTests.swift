import Audio
import Business
import Foundation
import Glibc
import Logging
import ProviderKit
import TestSupport
import Testing
import VoiceFakes

@testable import TTSWorker

@Suite(.timeLimit(.minutes(1))) struct CacheTests {
    private let directory: TemporaryDirectory
    private let sentence = VoiceRequest(text: "שלום")

    init() throws { directory = try TemporaryDirectory() }

    private func disk(_ bytes: Int = 1 << 20, logger: Logger = quiet) async throws -> SentenceDisk {
        try await SentenceDisk(path: directory.path + "/sentences", limits: .init(bytes: bytes), logger: logger)
    }

    private func files(_ suffix: String = ".ulaw") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.path + "/sentences")) ?? []).filter { $0.hasSuffix(suffix) }.sorted()
    }

    // MARK: Asking once

    @Test func whatWasSaidIsSaidAgainWithoutAskingAnybody() async throws {
        let voice = ScriptedVoice("a")
        let cached = CachedVoice(voice, cache: SentenceCache(disk: nil))
        let first = try await cached.hear(sentence)
        let again = try await cached.hear(sentence)
        #expect(first.audio == again.audio && again.audio.count == 8_000)
        #expect(again.pieces.dropLast().allSatisfy { $0.count == LinePieces.largest })
        #expect(voice.texts.count == 1)
        // How urgent it is, and who else might speak, do not change the sound.
        var other = VoiceRequest(text: "שלום", providers: ["x"], purpose: .file)
        #expect(try await cached.hear(other).audio == first.audio)
        other.rate = 100
        _ = try await cached.hear(other)
        #expect(voice.texts.count == 2)
    }

    @Test func everythingThatSoundsDifferentHasAnotherKey() {
        let keys = [("a", "b"), ("ab", ""), ("", "ab"), ("a", "c"), ("b", "a"), ("a ", "b")].map { SentenceKey(text: $0.0, signature: $0.1) }
        #expect(Set(keys).count == keys.count && keys.allSatisfy { $0.hex.count == 64 })
        #expect(SentenceKey(text: "a", signature: "b") == keys[0])
    }

    @Test func severalWhoWantTheSameAreOneCall() async throws {
        let voice = ScriptedVoice("a", [.speak(3_000)])
        let cached = CachedVoice(voice, cache: SentenceCache(disk: nil))
        let want = ScriptedVoice.audio("a", milliseconds: 3_000)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await cached.hear(sentence).audio == want } }
            for try await isWhole in group { #expect(isWhole) }
        }
        #expect(voice.texts.count == 1)
    }

    @Test func whoComesLaterHearsItFromItsBeginning() async throws {
        let voice = ScriptedVoice("a", [.hang(after: 400)])
        let cached = CachedVoice(voice, cache: SentenceCache(disk: nil))
        var early = cached.speak(sentence).makeAsyncIterator()
        for _ in 0..<2 { #expect(try await early.next() != nil) }
        #expect(try await cached.hear(sentence, upTo: 3_200).audio.count == 3_200)
        // The second one has left; the first one still listens.
        #expect(voice.texts.count == 1 && voice.stops == 0)
        early.cancel()
        try await until("nobody listens, and it is stopped") { voice.stops == 1 }
        // Half a sentence is no sentence: it is made anew.
        #expect(try await cached.hear(sentence, upTo: 1_600).audio.count == 1_600)
        #expect(voice.texts.count == 2)
    }

    @Test func aFailureIsForAllWhoWaitAndIsNotKept() async throws {
        let failure = ProviderFailure(.broken, "test")
        let voice = ScriptedVoice("a", [.speak(400, then: failure), .speak(600)])
        let cached = CachedVoice(voice, cache: SentenceCache(disk: nil))
        let broken = try await cached.hear(sentence)
        #expect(broken.failure == failure && broken.milliseconds == 400)
        #expect(await cached.recall(sentence) == nil)
        let whole = try await cached.hear(sentence)
        #expect(whole.failure == nil && whole.milliseconds == 600)
    }

    // MARK: Memory

    @Test func memoryIsBoundedAndForgetsWhatWasUnusedLongest() async throws {
        let voice = ScriptedVoice("a")
        // Three of 8,000 bytes.
        let cached = CachedVoice(voice, cache: SentenceCache(memoryBytes: 25_000, disk: nil))
        for text in ["1", "2", "3", "1", "4"] { _ = try await cached.hear(text) }
        #expect(voice.texts == ["1", "2", "3", "4"])
        #expect(await cached.recall(VoiceRequest(text: "2")) == nil)
        for text in ["1", "3", "4"] { #expect(await cached.recall(VoiceRequest(text: text)) != nil) }
    }

    // MARK: Disk

    @Test func aRestartFindsWhatWasKept() async throws {
        let voice = ScriptedVoice("a")
        let first = try await disk()
        let audio = try await CachedVoice(voice, cache: SentenceCache(disk: first)).hear(sentence).audio
        await first.stop()
        #expect(files().count == 1 && files("").count == 1)
        let second = try await disk()
        #expect(try await CachedVoice(voice, cache: SentenceCache(disk: second)).hear(sentence).audio == audio)
        #expect(voice.texts.count == 1)
        await second.stop()
        var status = stat()
        #expect(stat(directory.path + "/sentences/" + files()[0], &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test(arguments: ["short", "longer", "changed", "empty", "other"]) func whatIsDamagedIsFoundAndRemoved(_ damage: String) async throws {
        let voice = ScriptedVoice("a")
        let first = try await disk()
        _ = try await CachedVoice(voice, cache: SentenceCache(disk: first)).hear(sentence)
        await first.stop()
        let path = directory.path + "/sentences/" + files()[0]
        var bytes = try #require(FileManager.default.contents(atPath: path))
        switch damage {
        case "short": bytes.removeLast(100)
        case "longer": bytes.append(7)
        case "changed": bytes[5_000] ^= 1
        case "empty": bytes = Data()
        default: bytes = Data("something else".utf8)
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let second = try await disk()
        let cached = CachedVoice(voice, cache: SentenceCache(disk: second))
        #expect(await cached.recall(sentence) == nil)
        #expect(files().isEmpty)
        #expect(try await cached.hear(sentence).milliseconds == 1_000 && voice.texts.count == 2)
        await second.stop()
        #expect(files().count == 1)
    }

    @Test func theFolderIsBoundedAndForgetsWhatWasUnusedLongest() throws {
        let file = SentenceFile.headerBytes + 8_000
        let folder = try SentenceFolder(path: directory.path + "/sentences", limits: .init(bytes: 10 * file))
        let audio = [UInt8](repeating: 1, count: 8_000)
        for number in 0..<10 {
            #expect(folder.write("\(number)", audio))
            // The system's clock of files stands still for some milliseconds.
            var times = [timespec(tv_sec: time(nil) - 100 + number, tv_nsec: 0), timespec(tv_sec: time(nil) - 100 + number, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, directory.path + "/sentences/\(number).ulaw", &times, 0) == 0)
        }
        #expect(folder.sweep() == 10 * file)
        #expect(folder.read("0") == .audio(audio))
        #expect(folder.write("10", audio))
        // Down to nine tenths: the two oldest go, and the first is not one of them any more.
        #expect(folder.needsSweep && folder.sweep() == 9 * file)
        #expect(Set(files()) == Set(["0", "3", "4", "5", "6", "7", "8", "9", "10"].map { $0 + ".ulaw" }))
        #expect(folder.read("1") == .nothing)
    }

    @Test func whatNobodyUsesAndWhatTheDeadHaveLeftGoes() throws {
        let path = directory.path + "/sentences"
        let folder = try SentenceFolder(path: path, limits: .init(bytes: 1 << 20, seconds: 1_000))
        #expect(folder.write("a", [1, 2, 3]))
        try Data([1]).write(to: URL(fileURLWithPath: path + "/b.77.1.part"))
        try Data([1]).write(to: URL(fileURLWithPath: path + "/notes.txt"))
        folder.sweep()
        #expect(files("").count == 3)
        folder.sweep(now: time(nil) + 700)
        #expect(files("") == ["a.ulaw", "notes.txt"])
        folder.sweep(now: time(nil) + 1_100)
        #expect(files("") == ["notes.txt"], "what is not ours stays")
    }

    @Test func aSentenceLongerThanSentencesAreIsNotKept() async throws {
        let voice = ScriptedVoice("a", [.speak(121_000)])
        let disk = try await disk()
        let cached = CachedVoice(voice, cache: SentenceCache(disk: disk))
        #expect(try await cached.hear(sentence).milliseconds == 121_000)
        #expect(await cached.recall(sentence) == nil)
        await disk.stop()
        #expect(files().isEmpty)
    }

    @Test func aFolderThatCannotBeUsedAndADiskThatFails() async throws {
        await #expect(throws: VoiceFailure.self) {
            try await SentenceDisk(path: "/proc/sentences", limits: .init(bytes: 1), logger: quiet)
        }
        let log = LogLines()
        let disk = try await disk(logger: log.logger)
        let cached = CachedVoice(ScriptedVoice("a"), cache: SentenceCache(memoryBytes: 0, disk: disk))
        try FileManager.default.removeItem(atPath: directory.path + "/sentences")
        for text in ["1", "2"] { #expect(try await cached.hear(text).failure == nil) }
        await disk.settle()
        // Said once.
        #expect(log.named("TTS_CACHE").count == 1)
        await disk.stop()
    }

    // MARK: Several processes

    @Test func workersShareTheFolder() async throws {
        let (here, there) = (ScriptedVoice("a"), ScriptedVoice("a"))
        let (first, second) = (try await disk(), try await disk())
        let one = CachedVoice(here, cache: SentenceCache(disk: first))
        let other = CachedVoice(there, cache: SentenceCache(disk: second))
        let audio = try await one.hear(sentence).audio
        await first.settle()
        #expect(try await other.hear(sentence).audio == audio)
        #expect(there.texts.isEmpty)
        // One warms, and the next one only when it is gone.
        #expect(await first.claimWarming())
        #expect(await !second.claimWarming())
        first.releaseWarming()
        await first.settle()
        #expect(await second.claimWarming())
        await first.stop()
        await second.stop()
    }

    /// Real processes with one folder, at once and one after the other: who comes later asks nobody, though another one was killed at its work.
    @Test func processesShareTheFolder() async throws {
        let session = try await FakeServer.azure.session([Step(firstMs: 20)])
        let texts = (0..<12).map { "\(20_000 + $0)" }
        let variables = Vendor.azure.variables(session.url).merging([
            "TTS_PROVIDERS": "azure", "MAANE_TTS_CACHE_DIR": directory.path + "/sentences", "MAANE_STATE_DIR": directory.path,
        ]) { $1 }
        let killed = try Probe(["say", "100000"] + texts, variables)
        let whole = try Probe(["say", "2"] + texts, variables)
        try await until("the first one is at work") { try await session.entries().count > 3 }
        killed.kill()
        #expect(try await whole.lines().count == 24)
        let calls = try await session.entries()
        #expect(Set(calls.compactMap(\.text)) == Set(texts) && calls.count <= 2 * texts.count)
        let later = try await Probe(["say", "1"] + texts, variables).lines()
        // 600 ms each: whole, and the same for all.
        #expect(later.count == 12 && later.allSatisfy { $0.split(separator: " ").first.flatMap { Int($0) }.map { abs($0 - 4_800) <= 80 } == true })
        #expect(try await session.entries().count == calls.count)
    }

    @Test func aWriterThatIsKilledLeavesNothingThatIsHeard() async throws {
        let path = directory.path + "/sentences"
        let disk = try await disk()
        let cached = CachedVoice(ScriptedVoice("a"), cache: SentenceCache(memoryBytes: 0, disk: disk))
        let audio = try await cached.hear(sentence).audio
        await disk.settle()
        let name = try #require(files().first)
        // A writer without manners: in place, over and over, until it is killed in the middle.
        let script = "import sys\nwhile True:\n  with open(sys.argv[1], 'wb') as f: f.write(b'MAANEUL1' + bytes(8000)); f.flush()"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", script, path + "/" + name]
        try process.run()
        var heard: Set<[UInt8]> = []
        for _ in 0..<50 { heard.insert(try await cached.hear(sentence).audio) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(try await cached.hear(sentence).audio == audio)
        #expect(heard == [audio])
        await disk.stop()
    }

    // MARK: Warming

    private func warmer(_ voices: [ScriptedVoice], _ cache: SentenceCache, _ alarm: Alarm, _ log: LogLines = LogLines()) throws -> CacheWarmer {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let businesses = try BusinessDirectory.load(path: root + "/deploy/businesses").businesses
        let chain = ProviderChain(stage: "tts", names: voices.map(\.name), logger: quiet)
        let voice = FailoverVoice(voices.map { CachedVoice($0, cache: cache) }, chain: chain, settings: FailoverSettings(), logger: quiet)
        return CacheWarmer(voice: voice, cache: cache, businesses: businesses, logger: log.logger) { try await alarm.sleep($0) }
    }

    @Test func whatIsKnownBeforehandIsMadeOnceAndCostsNoCallLater() async throws {
        let (a, b) = (ScriptedVoice("a", [.speak(0, then: ProviderFailure(.timeout, "slow")), .speak(400)]), ScriptedVoice("b"))
        let disk = try await disk()
        let cache = SentenceCache(disk: disk)
        let (alarm, log) = (Alarm(), LogLines())
        let warmer = try warmer([a, b], cache, alarm, log)
        let warming = Task { await warmer.warm() }
        try await alarm.ring(.seconds(20))
        await warming.value
        let made = Set(a.texts)
        for text in ["שלום, הגעתם לנדל״ן הירקון. במה אפשר לעזור?", "סליחה, אפשר לחזור על זה?", "כמה חדרים?", GlobalLines.unknownNumber] {
            #expect(made.contains(text), "\(text)")
        }
        #expect(a.texts.count == made.count + 1, "one was asked twice, after its failure")
        #expect(made.count > 30 && made.allSatisfy { !$0.contains("{") })
        // Another voice than the usual one would not be found.
        #expect(b.texts.isEmpty)
        #expect(log.named("TTS_CACHE") == [["made": "\(made.count)", "kept": "0"]])
        let calls = a.texts.count
        await warmer.warm()
        #expect(a.texts.count == calls)
        #expect(log.named("TTS_CACHE").last == ["made": "0", "kept": "\(made.count)"])
        await disk.stop()
    }

    @Test func aProviderThatRefusesIsNotAskedForEverySentence() async throws {
        let a = ScriptedVoice("a", [.speak(0, then: ProviderFailure(.auth, "key"))])
        let log = LogLines()
        try await warmer([a], SentenceCache(disk: nil), Alarm(), log).warm()
        #expect(a.texts.count == 1 && log.named("TTS_CACHE").first?["error"]?.contains("auth") == true)
    }

    @Test func embeddedVoicesNeedNoWarming() async throws {
        let a = ScriptedVoice("a", waitsForOthers: false)
        try await warmer([a], SentenceCache(disk: nil), Alarm()).warm()
        #expect(a.texts.isEmpty)
    }
}
