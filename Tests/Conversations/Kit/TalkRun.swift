import Audio
import BusContract
import CallVocabulary
import NIOCore
import NIOPosix
import Synchronization
import TwilioSimulatorKit

/// All conversations, each in several variants, many at once, against a started fleet.
package struct TalkRun: Sendable {
    package var conversations: [Conversation]
    package var setup: TalkSetup
    /// The fleet's MAANE_BUS.
    package var bus: String
    /// Of each conversation.
    package var variants = 6
    /// Calls at once.
    package var calls = 24
    package var seed: UInt64 = 1
    package var print: @Sendable (String) -> Void = { _ in }

    /// Voices of three women and five men; the agent's own is another.
    package static let voices = ["he+m3", "he+f3", "he+m1", "he+f4", "he+m7", "he+f1", "he+m2", "he+m5"]
    package static let rates = [150, 135, 165, 185, 120]
    private static let noiseSeconds = 20.0

    package init(conversations: [Conversation], setup: TalkSetup, bus: String) {
        self.conversations = conversations
        self.setup = setup
        self.bus = bus
    }

    /// The voice of a variant: neighbouring files and neighbouring variants have different ones.
    static func voice(_ conversation: Conversation, file: Int, variant: Int) -> TalkVoice {
        let names = conversation.voices.isEmpty ? voices : conversation.voices
        return TalkVoice(name: names[(file * 3 + variant) % names.count], rate: rates[(file + variant) % rates.count])
    }

    /// - Throws: ``SimulatorFailure`` for sounds that cannot be made, or a bus that cannot be listened to.
    package func run() async throws -> [TalkRecord] {
        let bank = VoiceBank()
        let noises = try await noises(bank)
        let setup = setup
        let listener = EventListener(now: { setup.now })
        let tap = EventTap { listener.take($0) }
        try await tap.start(bus: bus)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let jobs = conversations.indices.flatMap { file in (0..<variants).map { (file, $0) } }
        // Long and short, quiet and noisy conversations mixed: the load is even.
        var random = SplitMix64(state: seed)
        let order = jobs.shuffled(using: &random)
        let progress = Progress()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for slot in 0..<min(calls, order.count) {
                tasks.addTask {
                    // Calls are not begun in step.
                    try await Task.sleep(for: .milliseconds(slot * 170))
                    while true {
                        let index = progress.takeNext()
                        guard index < order.count else { return }
                        let (file, variant) = order[index]
                        let talk = try await prepare(file, variant, index: index, bank: bank, noises: noises)
                        let sid = TwilioFormat.sid("CA")
                        let record = await TalkCall(setup: setup, talk: talk, callSid: sid, eventLoop: group.next()).run()
                        let count = progress.add(record)
                        if let failure = record.failure { print("\(record.scenario) #\(record.variant) \(sid): \(failure)") }
                        if count % 50 == 0 { print("\(count) of \(order.count) calls") }
                    }
                }
            }
            try await tasks.waitForAll()
        }
        // The last turns' events are on their way.
        try await Task.sleep(for: .milliseconds(2_500))
        await tap.stop()
        try? await group.shutdownGracefully()
        return progress.records.map { record in
            var record = record
            record.events = listener.events(of: record.sid)
            return record
        }
    }

    // MARK: - Preparing

    private func noises(_ bank: VoiceBank) async throws -> [Conversation.Noise: [Int16]] {
        let used = Set(conversations.compactMap(\.line.noise))
        var noises: [Conversation.Noise: [Int16]] = [:]
        for noise in used {
            switch noise {
            case .line: noises[noise] = Noises.line(seconds: Self.noiseSeconds, seed: seed)
            case .music: noises[noise] = Noises.music(seconds: Self.noiseSeconds, seed: seed)
            case .babble:
                var voices: [[Int16]] = []
                for (index, text) in Self.chatter.enumerated() {
                    voices.append(try await bank.speak(text, by: TalkVoice(name: Self.voices[index % Self.voices.count], rate: 140 + 10 * index)))
                }
                noises[noise] = Noises.babble(of: voices, seconds: Self.noiseSeconds, seed: seed)
            }
        }
        return noises
    }

    private static let chatter = [
        "אתמול הלכנו לשוק וקנינו ירקות ופירות לכל השבוע ואחר כך ישבנו בבית קפה קטן ליד הים",
        "הילדים חוזרים מבית הספר בשעה אחת ואז צריך להכין להם ארוחת צהריים ולעזור בשיעורים",
        "אמרתי לו שאני לא יכול להגיע היום כי יש לי פגישה חשובה בעבודה והיא תימשך עד הערב",
        "הרכבת לחיפה יוצאת כל חצי שעה אבל היום יש עיכובים בגלל עבודות על המסילה",
        "תראה את המשחק הזה הם משחקים כל כך יפה הערב אולי הם אפילו ינצחו בסוף",
        "המנהל ביקש להעביר את הישיבה ליום חמישי בבוקר וכולם צריכים לאשר עד מחר",
    ]

    private func prepare(
        _ file: Int, _ variant: Int, index: Int, bank: VoiceBank, noises: [Conversation.Noise: [Int16]]
    ) async throws -> PreparedTalk {
        let conversation = conversations[file]
        var random = SplitMix64(state: seed &* 1_000_003 &+ UInt64(file * 1_009 + variant))
        let voice = Self.voice(conversation, file: file, variant: variant)
        var audio: [TalkAudio] = []
        for utterance in conversation.utterances {
            audio.append(
                try await TalkAudio.make(utterance.parts, level: conversation.line.level, random: &random) { try await bank.speak($0, by: voice) })
        }
        let line = conversation.line
        let mixer = LineMixer(
            noise: line.noise.flatMap { noises[$0] } ?? [], noiseLevel: line.level - line.snr, offset: Int(random.next() % 160_000), echo: line.echo,
            echoDelay: line.echoDelay)
        return PreparedTalk(
            conversation: conversation, index: index, variant: variant, voice: voice, audio: audio, mixer: mixer,
            shift: variant == 0 ? 0 : Int.random(in: -80...80, using: &random))
    }
}

/// Which calls have been begun, and what came of them.
private final class Progress: Sendable {
    private let next = Atomic<Int>(0)
    private let done = Mutex<[TalkRecord]>([])

    func takeNext() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// - Returns: how many there are now.
    func add(_ record: TalkRecord) -> Int {
        done.withLock { done in
            done.append(record)
            return done.count
        }
    }

    var records: [TalkRecord] { done.withLock { $0 } }
}

/// What the fleet tells, by call, with the time at which it arrived.
private final class EventListener: Sendable {
    private let taken = Mutex<[String: [TalkRecord.Event]]>([:])
    private let now: @Sendable () -> Double

    init(now: @escaping @Sendable () -> Double) { self.now = now }

    func take(_ event: TapEvent) {
        guard let call = event.conversation.call else { return }
        let received = now()
        taken.withLock { $0[call.rawValue, default: []].append(.init(received: received, event: event)) }
    }

    func events(of sid: String) -> [TalkRecord.Event] { taken.withLock { $0[sid] ?? [] } }
}
