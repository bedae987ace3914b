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
    private let rooms: [WorkerThread<DecodingRoom>]
    private let opened = Atomic<Int>(0)

    /// Loads the model.
    /// - Throws: `PocketSphinxFailure` when a file is missing; it names the package that brings it.
    package init(model: PocketSphinxModel = PocketSphinxModel(), rooms count: Int, logger: Logger) async throws {
        var rooms: [WorkerThread<DecodingRoom>] = []
        for number in 0..<max(1, count) {
            rooms.append(
                try await WorkerThread(name: "pocketsphinx-\(number)", jobLimit: 50_000) { try DecodingRoom(model: model, logger: logger) })
        }
        self.rooms = rooms
    }

    package func warm() async throws {
        for room in rooms { try await room.run { try $0.warm() } }
    }

    package func open(_ conversation: ConversationID, report: @escaping @Sendable (RecogniserReport) -> Void) -> any RecognitionStream {
        let room = rooms[opened.wrappingAdd(1, ordering: .relaxed).oldValue % rooms.count]
        room.submit { $0.open(conversation, report) }
        return Stream(thread: room, conversation: conversation)
    }

    private struct Stream: RecognitionStream {
        let thread: WorkerThread<DecodingRoom>
        let conversation: ConversationID
        func expect(_ expectations: Expectations) { thread.submit { [conversation] in $0.expect(expectations, conversation) } }
        func hear(_ frames: [AudioFrame]) { thread.submit { [conversation] in $0.hear(frames, conversation) } }
        func begin(_ turn: TurnID, from: UInt32) { thread.submit { [conversation] in $0.begin(turn, from: from, conversation) } }
        func end(_ turn: TurnID, through: UInt32) { thread.submit { [conversation] in $0.end(turn, through: through, conversation) } }
        func discard(_ turn: TurnID) { thread.submit { [conversation] in $0.discard(turn, conversation) } }
        func close() { thread.submit { [conversation] in $0.close(conversation) } }
    }
}

/// Everything that touches the library, on its one thread: the decoders and the calls that borrow them utterance by utterance.
final class DecodingRoom {
    private struct Call {
        let report: @Sendable (RecogniserReport) -> Void
        var expectations = Expectations.anything
        var buffer = UtteranceBuffer()
        var utterance: Utterance?
    }

    private struct Utterance {
        let turn: TurnID
        let seat: Seat
        var partial = ""
    }

    /// A decoder and the grammar that it was used with last: setting one up anew costs some milliseconds.
    private struct Seat {
        let decoder: PocketSphinxDecoder
        var grammar = ""
    }

    /// Decoders kept when nobody speaks. Each costs some 20 MB.
    private static let keptIdle = 8

    private let model: PocketSphinxModel
    private let adaptation: AdaptedModel
    private let logger: Logger
    private var calls: [ConversationID: Call] = [:]
    private var idle: [Seat] = []

    init(model: PocketSphinxModel, logger: Logger) throws {
        self.model = model
        self.logger = logger
        try model.check()
        adaptation = try AdaptedModel(model: model.directory)
    }

    func warm() throws {
        while idle.count < 2 { idle.append(Seat(decoder: try PocketSphinxDecoder(model: model, adaptation: adaptation, lexicon: [:]))) }
    }

    func open(_ conversation: ConversationID, _ report: @escaping @Sendable (RecogniserReport) -> Void) {
        close(conversation)
        calls[conversation] = Call(report: report)
    }

    func expect(_ expectations: Expectations, _ conversation: ConversationID) { calls[conversation]?.expectations = expectations }

    func hear(_ frames: [AudioFrame], _ conversation: ConversationID) {
        guard let changes = calls[conversation]?.buffer.hear(frames) else { return }
        apply(changes, conversation)
    }

    func begin(_ turn: TurnID, from: UInt32, _ conversation: ConversationID) {
        apply(calls[conversation]?.buffer.begin(turn, from: from) ?? [], conversation)
    }

    func end(_ turn: TurnID, through: UInt32, _ conversation: ConversationID) {
        apply(calls[conversation]?.buffer.end(turn, through: through) ?? [], conversation)
    }

    func discard(_ turn: TurnID, _ conversation: ConversationID) {
        calls[conversation]?.buffer.discard(turn)
        if calls[conversation]?.utterance?.turn == turn { giveBack(conversation) }
    }

    func close(_ conversation: ConversationID) {
        giveBack(conversation)
        calls[conversation] = nil
    }

    private func apply(_ changes: [UtteranceBuffer.Change], _ conversation: ConversationID) {
        for change in changes {
            switch change {
            case .more(let turn, let frames): decode(frames, of: turn, conversation)
            case .complete(let turn): finish(turn, conversation)
            }
        }
    }

    private func decode(_ frames: [AudioFrame], of turn: TurnID, _ conversation: ConversationID) {
        do {
            if calls[conversation]?.utterance?.turn != turn { try start(turn, conversation) }
            guard let call = calls[conversation], let utterance = call.utterance else { return }
            try utterance.seat.decoder.process(pcm8k: frames.flatMap { MuLaw.decode($0.payload) })
            guard let partial = utterance.seat.decoder.partial(), partial != utterance.partial else { return }
            calls[conversation]?.utterance?.partial = partial
            call.report(.interim(turn, partial))
        } catch {
            fail(error, conversation)
        }
    }

    /// With the grammar of what is expected now; without one, nothing is decoded and the utterance ends as not understood.
    private func start(_ turn: TurnID, _ conversation: ConversationID) throws {
        giveBack(conversation)
        guard let call = calls[conversation], let seat = try prepare(call.expectations) else { return }
        try seat.decoder.start()
        calls[conversation]?.utterance = Utterance(turn: turn, seat: seat)
    }

    private func finish(_ turn: TurnID, _ conversation: ConversationID) {
        guard let call = calls[conversation] else { return }
        // Nothing was expected, or the decoder failed: there is no grammar to hear with.
        var transcript = Transcript(text: "", confidence: 0, understood: false)
        if let utterance = call.utterance, utterance.turn == turn {
            do {
                let found = try utterance.seat.decoder.finish()
                logger.debug(
                    "hypothesis",
                    metadata: [
                        "conversation": "\(conversation)", "grammar": "\(call.expectations.name)", "text": "\(found.text)",
                        "frames": "\(found.frames)",
                        "cost": "\(found.cost ?? -1)",
                    ])
                transcript = Transcript(text: found.text, confidence: found.confidence, understood: found.understood)
            } catch {
                fail(error, conversation)
            }
            giveBack(conversation)
        }
        call.report(.final(turn, transcript))
    }

    /// A decoder whose library call failed is not used again.
    private func fail(_ error: any Error, _ conversation: ConversationID) {
        calls[conversation]?.utterance = nil
        logger.error("recogniser", metadata: ["conversation": "\(conversation)", "error": "\(error)"])
    }

    private func giveBack(_ conversation: ConversationID) {
        guard let utterance = calls[conversation]?.utterance else { return }
        calls[conversation]?.utterance = nil
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
