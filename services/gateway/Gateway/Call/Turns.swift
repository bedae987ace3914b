import BusContract
import CallVocabulary

/// The conversation's memory and the order of its turns: one turn id, one reply; one question to the dialogue at a time.
package struct Turns: Sendable, Equatable, Codable {
    /// A turn between its first sign and its last mark.
    package struct Open: Sendable, Equatable, Codable {
        package let turn: TurnID
        package var heard: Heard?
        package var stages = TurnStages()
        package var recogniser: String?
        /// Who spoke first in the reply.
        package var voice: String?
        /// The recogniser's last words before the final.
        package var interim: Transcript?
        /// How often the dialogue was asked about this turn in vain: what still comes of an earlier reply is not this one's.
        package var attempt = 0
        package var preemption: Preemption?
        /// The voice has the first sentence already: it was given it while the reply waited for the final.
        package var isFirstOrdered = false
        /// Silence within the reply that was not meant.
        package var gapMicroseconds: Int64 = 0
        package var voicedMilliseconds = 0
        /// It began while the agent spoke, and was over before the agent was.
        package var beganOverReply = false
        package var isAside = false
        /// It began while the agent spoke and ended with the agent, as an echo of it does.
        package var mayBeEcho = false
        /// Why its utterance was taken to be over.
        package var endedBy: EndpointReason?
        /// First and last frame of the utterance, for a recogniser that takes over.
        package var from: UInt32 = 0
        package var through: UInt32?
        /// When the final is late. Each utterance has its own: a recogniser that takes over gets more time for those that it takes over.
        package var finalDue: CallTime?
        /// The caller was told to wait, and did.
        package var held = false
        /// The reply's sentences by index.
        package var texts: [Int: String] = [:]
        /// How many sentences the reply has, once known.
        package var pieces: Int?
        package var heardPieces: Set<Int> = []
        package var failedPieces: Set<Int> = []
        package var done: ReplyDone?
        /// The next chunk of each sentence's audio: a lower one is a repetition, a higher one a loss.
        package var nextChunk: [Int: Int] = [:]
        /// A stage failed and a canned line took the reply's place: whatever still comes of the reply is too late.
        package var failed = false

        /// The greeting is said in the stream, and the turn is not over before it was heard.
        package var greets = false

        package init(turn: TurnID) { self.turn = turn }

        /// Canned lines between the turns: they are played before the reply, and are no part of it.
        package static let fillerPiece = -5
        package static let warningPiece = -4
        package static let resumedPiece = -3
        package static let momentPiece = -2
        /// The greeting counts as a sentence of the opening; mostly one that was heard before the stream began.
        package static let greetingPiece = -1

        /// Every sentence has been heard or given up.
        package var isSpoken: Bool {
            guard let pieces else { return false }
            return ((greets ? Self.greetingPiece : 0)..<pieces).allSatisfy { heardPieces.contains($0) || failedPieces.contains($0) }
        }

        package var entry: TurnEntry {
            TurnEntry(turn: turn, heard: heard ?? .silence, said: heardPieces.sorted().compactMap { texts[$0] })
        }

        /// The reply's sentences as far as they have come, without a hole.
        package var saidSoFar: [String] { (0..<texts.count).prefix { texts[$0] != nil }.compactMap { texts[$0] } }
    }

    /// Finished turns, oldest first.
    package private(set) var log: [TurnEntry] = []
    /// Heard, and waiting for the dialogue to be free. Bounded: a caller cannot say more than this during one reply.
    package private(set) var waiting: [Open] = []
    package static let longestWait = 16
    /// With the dialogue, or being spoken.
    package var current: Open?
    /// Being heard: from the first voiced frame to the final transcript, oldest first. A caller who goes on before the final
    /// of the last utterance has come makes two of them.
    package var listening: [Open] = []
    package private(set) var lead: [String: String] = [:]
    private var last = TurnID(-1)

    package init() {}

    /// Goes on where an earlier life has ended.
    package init(_ history: CallOpening.History) {
        log = history.log
        lead = history.lead
        // A journal may be damaged: numbers that no call reaches are none.
        let known = 0..<1_000_000
        log = log.filter { known.contains($0.turn.number) }
        let unanswered = history.unanswered.filter { known.contains($0.turn.number) }
        last = (log + unanswered).map(\.turn).max() ?? last
        // One was with the dialogue.
        for entry in unanswered.sorted(by: { $0.turn < $1.turn }).suffix(Self.longestWait + 1) {
            var turn = Open(turn: entry.turn)
            turn.heard = entry.heard
            waiting.append(turn)
        }
    }

    /// A new turn id. Ids may have gaps (a cough takes one) and never repeat.
    package mutating func next() -> Open {
        last = last.next
        return Open(turn: last)
    }

    /// - Returns: false when the queue is full and the turn was dropped.
    package mutating func enqueue(_ turn: Open) -> Bool {
        guard waiting.count < Self.longestWait else { return false }
        waiting.append(turn)
        return true
    }

    /// Takes finished transcripts out of `listening`, oldest first: the dialogue gets utterances in the order in which they were said,
    /// whatever the order of their finals.
    package mutating func takeHeard() -> Open? {
        guard let first = listening.first, first.heard != nil else { return nil }
        return listening.removeFirst()
    }

    /// Changes a turn, wherever on its way it is.
    package mutating func change(_ id: TurnID, _ body: (inout Open) -> Void) {
        if var turn = current, turn.turn == id {
            body(&turn)
            current = turn
        }
        for index in listening.indices where listening[index].turn == id { body(&listening[index]) }
        for index in waiting.indices where waiting[index].turn == id { body(&waiting[index]) }
    }

    /// Whatever was heard and will not be answered any more.
    package mutating func takeUnanswered() -> [Open] {
        let rest = waiting + listening.filter { $0.heard != nil }
        waiting = []
        listening = []
        log += rest.map(\.entry)
        return rest
    }

    /// Heard, and nobody will answer it: there is no room.
    package mutating func passOver(_ turn: Open) { log.append(turn.entry) }

    /// Takes the next heard turn to the dialogue if it is free.
    package mutating func takeNext() -> Open? {
        guard current == nil, !waiting.isEmpty else { return nil }
        let turn = waiting.removeFirst()
        current = turn
        return turn
    }

    /// The current turn is over: it goes to the log.
    package mutating func close() -> Open? {
        guard let turn = current else { return nil }
        current = nil
        log.append(turn.entry)
        return turn
    }

    /// The end of the earliest utterance to which nothing was said yet. A recorded line counts as an answer: that turn is over when it was heard.
    package var unansweredSince: CallTime? {
        var first = CallTime.never
        for index in listening.indices { if let endpoint = listening[index].stages.endpoint, endpoint < first { first = endpoint } }
        for index in waiting.indices { if let endpoint = waiting[index].stages.endpoint, endpoint < first { first = endpoint } }
        if let current, !current.failed, current.stages.spoken == nil, let endpoint = current.stages.endpoint, endpoint < first { first = endpoint }
        return first == .never ? nil : first
    }

    package mutating func learn(_ lead: [String: String]) { self.lead = lead }
}
