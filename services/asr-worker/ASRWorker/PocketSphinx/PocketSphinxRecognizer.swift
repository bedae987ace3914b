import Audio
import CallVocabulary
import EventThread
import Logging
import Synchronization

/// Provider `local`: PocketSphinx in this process, against the grammar that the dialogue expects. It hears expected answers only, and says
/// "not understood" to everything else.
package final class PocketSphinxRecognizer: SpeechRecognizer {
    package let name = "local"
    /// Decoding is work for a core: as many rooms as there are, each with its own decoders and calls.
    private let rooms: [Room]
    private let opened = Atomic<Int>(0)

    private struct Room: Sendable {
        let thread: WorkerThread<DecodingRoom>
        let meter: WorkMeter
    }

    /// Loads the model.
    /// - Throws: `PocketSphinxFailure` when a file is missing; it names the package that brings it.
    package init(model: PocketSphinxModel = PocketSphinxModel(), rooms count: Int, logger: Logger) async throws {
        var rooms: [Room] = []
        for number in 0..<max(1, count) {
            let meter = WorkMeter()
            let thread = try await WorkerThread(name: "pocketsphinx-\(number)", jobLimit: 50_000) {
                try DecodingRoom(model: model, meter: meter, logger: logger)
            }
            rooms.append(Room(thread: thread, meter: meter))
        }
        self.rooms = rooms
    }

    package var meters: [WorkMeter] { rooms.map(\.meter) }

    package func warm() async throws {
        for room in rooms { try await room.thread.run { try $0.warm() } }
    }

    package func open(
        _ conversation: ConversationID, business: BusinessID?, report: @escaping @Sendable (RecogniserReport) -> Void
    ) -> any RecognitionStream {
        let number = opened.wrappingAdd(1, ordering: .relaxed).oldValue
        let stream = Stream(room: rooms[number % rooms.count], number: number)
        stream.submit { $0.open(number, conversation, report) }
        return stream
    }

    private struct Stream: RecognitionStream {
        let room: Room
        /// The conversation alone does not do: it may be open twice while it moves from one gateway to another.
        let number: Int

        func submit(_ body: @escaping @Sendable (DecodingRoom) -> Void) {
            let meter = room.meter
            meter.accept()
            let outcome = room.thread.submit {
                body($0)
                meter.finish()
            }
            if outcome != .accepted { meter.finish() }
        }
        func expect(_ expectations: Expectations) { submit { [number] in $0.expect(expectations, number) } }
        func hear(_ frames: [AudioFrame], of turn: TurnID) { submit { [number] in $0.hear(frames, of: turn, number) } }
        func finish(_ turn: TurnID, through: UInt32) { submit { [number] in $0.finish(turn, number) } }
        func discard(_ turn: TurnID) { submit { [number] in $0.discard(turn, number) } }
        func close() { submit { [number] in $0.close(number) } }
    }
}

/// Everything that touches the library, on its one thread: the decoders and the calls that borrow them utterance by utterance.
final class DecodingRoom {
    private struct Call {
        let conversation: ConversationID
        let report: @Sendable (RecogniserReport) -> Void
        var expectations = Expectations.anything
        var utterance: Utterance?
    }

    private struct Utterance {
        let turn: TurnID
        let seat: Seat
        var partial = ""
        var frames = 0
    }

    /// A decoder and the grammar that it was used with last: setting one up anew costs some milliseconds.
    private struct Seat {
        let decoder: PocketSphinxDecoder
        var grammar = ""
    }

    /// Decoders kept when nobody speaks. Each costs some 20 MB.
    private static let keptIdle = 8

    /// Frames decoded in one step: a second of audio, some 0.1 s of a core. Replayed audio comes in long pieces.
    private static let slice = 50
    /// The second pass takes some 30 ms per second of speech on a free core; this many times as long is still no standstill.
    private static let secondPassPatience = 8

    private let model: PocketSphinxModel
    private let adaptation: AdaptedModel
    private let meter: WorkMeter
    private let logger: Logger
    private var calls: [Int: Call] = [:]
    private var idle: [Seat] = []

    init(model: PocketSphinxModel, meter: WorkMeter, logger: Logger) throws {
        self.model = model
        self.meter = meter
        self.logger = logger
        try model.check()
        adaptation = try AdaptedModel(model: model.directory)
    }

    func warm() throws {
        while idle.count < 2 { idle.append(Seat(decoder: try PocketSphinxDecoder(model: model, adaptation: adaptation, lexicon: [:]))) }
    }

    func open(_ number: Int, _ conversation: ConversationID, _ report: @escaping @Sendable (RecogniserReport) -> Void) {
        calls[number] = Call(conversation: conversation, report: report)
    }

    func expect(_ expectations: Expectations, _ number: Int) { calls[number]?.expectations = expectations }

    func hear(_ frames: [AudioFrame], of turn: TurnID, _ number: Int) {
        var rest = frames[...]
        while !rest.isEmpty {
            decode(Array(rest.prefix(Self.slice)), of: turn, number)
            rest = rest.dropFirst(Self.slice)
            meter.step()
        }
    }

    func discard(_ turn: TurnID, _ number: Int) {
        if calls[number]?.utterance?.turn == turn { giveBack(number) }
    }

    func close(_ number: Int) {
        giveBack(number)
        calls[number] = nil
    }

    private func decode(_ frames: [AudioFrame], of turn: TurnID, _ number: Int) {
        do {
            if calls[number]?.utterance?.turn != turn { try start(turn, number) }
            guard let call = calls[number], let utterance = call.utterance else { return }
            calls[number]?.utterance?.frames += frames.count
            try utterance.seat.decoder.process(pcm8k: frames.flatMap { MuLaw.decode($0.payload) })
            guard let partial = utterance.seat.decoder.partial(), partial != utterance.partial else { return }
            calls[number]?.utterance?.partial = partial
            call.report(.interim(turn, partial))
        } catch {
            fail(error, number)
        }
    }

    /// With the grammar of what is expected now; without one, nothing is decoded and the utterance ends as not understood.
    private func start(_ turn: TurnID, _ number: Int) throws {
        giveBack(number)
        guard let call = calls[number], let seat = try prepare(call.expectations) else { return }
        try seat.decoder.start()
        calls[number]?.utterance = Utterance(turn: turn, seat: seat)
    }

    func finish(_ turn: TurnID, _ number: Int) {
        guard let call = calls[number] else { return }
        // Nothing was expected, or the decoder failed: there is no grammar to hear with.
        var transcript = Transcript(text: "", confidence: 0, understood: false)
        if let utterance = call.utterance, utterance.turn == turn {
            do {
                let patience = 1_000 + utterance.frames * AudioFrame.milliseconds * 30 * Self.secondPassPatience / 1_000
                let found = try meter.step(lasting: patience) { try utterance.seat.decoder.finish() }
                logger.debug(
                    "hypothesis",
                    metadata: [
                        "conversation": "\(call.conversation)", "grammar": "\(call.expectations.name)", "text": "\(found.text)",
                        "frames": "\(found.frames)",
                        "cost": "\(found.cost ?? -1)",
                    ])
                transcript = Transcript(text: found.text, confidence: found.confidence, understood: found.understood)
            } catch {
                fail(error, number)
            }
            giveBack(number)
        }
        call.report(.final(turn, transcript))
    }

    /// A decoder whose library call failed is not used again.
    private func fail(_ error: any Error, _ number: Int) {
        calls[number]?.utterance = nil
        logger.error("recogniser", metadata: ["conversation": "\(calls[number]?.conversation.rawValue ?? "")", "error": "\(error)"])
    }

    private func giveBack(_ number: Int) {
        guard let utterance = calls[number]?.utterance else { return }
        calls[number]?.utterance = nil
        if idle.count < Self.keptIdle { idle.append(utterance.seat) }
    }

    /// A decoder with the grammar of these expectations, or nil when nothing is expected.
    private func prepare(_ expectations: Expectations) throws -> Seat? {
        let phrases = expectations.answers.flatMap(\.phrases).map(Self.words).filter { !$0.isEmpty }
        guard !phrases.isEmpty else { return nil }
        // Two businesses may call different states by one name: the decoder compares the phrases too.
        let position = idle.lastIndex { $0.grammar == expectations.name } ?? idle.indices.last
        var seat = try position.map { idle.remove(at: $0) } ?? Seat(decoder: PocketSphinxDecoder(model: model, adaptation: adaptation, lexicon: [:]))
        try seat.decoder.addWords(of: phrases, pronounce: RecogniserLexicon.pronunciations(of:))
        try seat.decoder.select(grammar: expectations.name, phrases: phrases)
        seat.grammar = expectations.name
        return seat
    }

    /// A phrase as the lexicon has it: words of letters, single spaces.
    private static func words(_ phrase: String) -> String {
        phrase.split { !($0.isLetter || $0 == "'" || $0 == "\"" || $0 == "״" || $0 == "׳") }.joined(separator: " ")
    }
}
