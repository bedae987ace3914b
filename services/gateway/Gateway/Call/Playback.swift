import CallVocabulary

/// The playback clock: the only one who knows what the caller has been sent, what is being played and what was heard.
///
/// The line buffers what we send and plays it at 8 kHz. We keep that buffer `lead` full: enough to ride over a hole in our
/// scheduling, and every piece of audio beyond it stays here, where a barge-in can drop it. The first audio of a reply leaves
/// at once, and pacing counts from it.
package struct Playback: Sendable, Equatable, Codable {
    package enum Output: Sendable, Equatable {
        case play([UInt8])
        /// Sent after the last byte of a sentence.
        case mark(SpeechID)
        /// The first byte of a sentence was sent.
        case started(SpeechID)
        /// The voice may send this many more milliseconds.
        case credit(SpeechID, milliseconds: Int)
        /// The buffer ran dry in mid-sentence for this long.
        case underrun(SpeechID, microseconds: Int64)
        /// The sentence before this one had been played for this long when this one began.
        case gap(SpeechID, microseconds: Int64)
    }

    /// What came of a returned mark.
    package enum Heard: Sendable, Equatable {
        case sentence(SpeechID)
        /// Not ours, or voided by a `clear`.
        case nothing
    }

    private struct Sentence: Sendable, Equatable, Codable {
        let id: SpeechID
        var audio: [UInt8] = []
        var sent = 0
        var complete = false
        var granted: Int
        /// The caller has heard something of it.
        var begun = false
    }

    /// Sent whole: what the line may still have of it.
    private struct Tail: Sendable, Equatable, Codable {
        let id: SpeechID
        let audio: [UInt8]
    }

    private static let bytesPerMillisecond = 8
    /// Sent per top-up. 100 ms costs a tenth of the messages of 20 ms frames.
    private static let topUp = 100

    private let lead: Int
    private let credit: Int
    private var queue: [Sentence] = []
    /// Sentences wholly sent whose mark is out, with the time at which playout should reach it.
    private var marks: [SpeechID: CallTime] = [:]
    /// When the line's buffer runs dry.
    private var dry: CallTime = .zero
    /// The ends of sentences whose mark is out, oldest first: what a pause takes back.
    private var tails: [Tail] = []
    /// Nothing is sent until `resume`.
    package private(set) var isPaused = false
    /// The silence before the next audio was meant.
    private var isResuming = false
    /// How often a pause has voided marks that were out. Later ones have other names: they say something else.
    private var generation = 0
    /// The last sentence that was begun.
    private var lastSent: SpeechID?

    package init(leadMilliseconds: Int, creditMilliseconds: Int) {
        lead = leadMilliseconds
        credit = creditMilliseconds
    }

    /// Something is being said, or about to be.
    package var isBusy: Bool { !queue.isEmpty || !marks.isEmpty }

    /// Something was sent that the line has not played, as far as its marks say.
    /// A pause in mid-sentence counts: the agent has the word.
    package var isSounding: Bool { !marks.isEmpty || !queue.isEmpty && queue[0].begun }

    /// A sentence of the reply to this turn is being played.
    package func isReplySounding(_ turn: TurnID) -> Bool {
        marks.keys.contains { $0.turn == turn && $0.piece >= 0 } || queue.first.map { $0.begun && $0.id.turn == turn && $0.id.piece >= 0 } ?? false
    }

    /// The sentence is announced, and not complete.
    package func awaits(_ id: SpeechID) -> Bool { queue.contains { $0.id == id && !$0.complete } }

    /// The sentence is waiting, or being played.
    package func holds(_ id: SpeechID) -> Bool { marks[id] != nil || queue.contains { $0.id == id } }

    /// A sentence is announced whose audio is not complete.
    package var isWaitingForAudio: Bool { queue.contains { !$0.complete } }

    /// The sentence being played has audio that the line's buffer has no room for yet. Only the first counts: a later one's audio
    /// is no reason to wait for this one's.
    package var hasUnsentAudio: Bool { queue.first.map { $0.sent < $0.audio.count } ?? false }

    /// The sentence is announced and nothing of it has come.
    package func isEmpty(_ id: SpeechID) -> Bool { queue.first { $0.id == id }.map { $0.audio.isEmpty && !$0.complete } ?? false }

    /// When the first outstanding mark should return. The first and not the last: a line that plays nothing shows it with its first sentence.
    package var nextMark: CallTime? { marks.values.min() }

    /// When `pump` has something to do though nothing arrives.
    package var nextTopUp: CallTime? {
        guard !isPaused, let first = queue.first, first.sent < first.audio.count else { return nil }
        return dry.adding(milliseconds: -lead)
    }

    /// Announces a sentence: sentences are played in the order of their ids, whatever order their audio comes in.
    package mutating func expect(_ id: SpeechID) {
        guard !queue.contains(where: { $0.id == id }), marks[id] == nil else { return }
        // A sentence that has begun is not cut in two.
        let begun = queue.prefix { $0.begun }.count
        let position = max(begun, queue.firstIndex { $0.id > id } ?? queue.endIndex)
        queue.insert(Sentence(id: id, granted: credit), at: position)
    }

    /// A voice that sends this much more than it was granted does not know what credit is. Twice: chunks need not end with the credit.
    package func exceedsCredit(_ id: SpeechID, by bytes: Int) -> Bool {
        guard let sentence = queue.first(where: { $0.id == id }) else { return false }
        return sentence.audio.count + bytes > (sentence.granted + credit) * Self.bytesPerMillisecond
    }

    /// - Returns: false when the sentence is not expected (cancelled, or never announced).
    package mutating func receive(_ audio: [UInt8], for id: SpeechID, last: Bool) -> Bool {
        guard let index = queue.firstIndex(where: { $0.id == id }), !queue[index].complete else { return false }
        queue[index].audio += audio
        queue[index].complete = last
        return true
    }

    /// Sends what is due.
    package mutating func pump(at now: CallTime) -> [Output] {
        guard !isPaused else { return [] }
        var outputs: [Output] = []
        while let sentence = queue.first {
            if sentence.sent < sentence.audio.count {
                let ahead = dry > now ? Int(dry.milliseconds(since: now)) : 0
                guard ahead <= lead else { break }
                if !sentence.begun {
                    if dry < now, lastSent?.turn == sentence.id.turn { outputs.append(.gap(sentence.id, microseconds: now.microseconds - dry.microseconds)) }
                    lastSent = sentence.id
                    queue[0].begun = true
                    outputs.append(.started(sentence.id))
                } else if dry < now, !isResuming {
                    outputs.append(.underrun(sentence.id, microseconds: now.microseconds - dry.microseconds))
                }
                let wanted = (lead + Self.topUp - ahead) * Self.bytesPerMillisecond
                let end = min(sentence.sent + wanted, sentence.audio.count)
                isResuming = false
                outputs.append(.play(Array(sentence.audio[sentence.sent..<end])))
                dry = max(dry, now).adding(microseconds: Int64((end - sentence.sent) * 1000 / Self.bytesPerMillisecond))
                queue[0].sent = end
                let sentMilliseconds = end / Self.bytesPerMillisecond
                if !sentence.complete, sentence.granted - sentMilliseconds < credit / 2 {
                    queue[0].granted += credit / 2
                    outputs.append(.credit(sentence.id, milliseconds: credit / 2))
                }
            }
            guard queue[0].complete, queue[0].sent == queue[0].audio.count else {
                if queue[0].sent < queue[0].audio.count { continue }
                break
            }
            outputs.append(.mark(sentence.id))
            marks[sentence.id] = max(dry, now)
            tails.append(Tail(id: sentence.id, audio: sentence.audio.suffix((lead + Self.topUp) * Self.bytesPerMillisecond)))
            queue.removeFirst()
        }
        return outputs
    }

    /// The mark's name on the wire.
    package func markName(_ id: SpeechID) -> String { generation == 0 ? id.markName : "g\(generation).\(id.markName)" }

    /// A mark came back.
    package mutating func returned(_ name: String) -> Heard {
        let prefix = generation == 0 ? "" : "g\(generation)."
        guard name.hasPrefix(prefix), let id = SpeechID(markName: String(name.dropFirst(prefix.count))), marks.removeValue(forKey: id) != nil else {
            return .nothing
        }
        tails.removeAll { $0.id == id }
        return .sentence(id)
    }

    // MARK: - Pausing

    /// Stops in mid-sentence; the line's buffer is being emptied. What was sent and not played is taken back, and is the first to be sent when
    /// it goes on.
    package mutating func pause(at now: CallTime) {
        guard !isPaused else { return }
        isPaused = true
        var unplayed = dry > now ? Int((dry.microseconds - now.microseconds) * Int64(Self.bytesPerMillisecond) / 1000) : 0
        dry = now
        marks = [:]
        generation += 1
        if let first = queue.first, first.begun {
            let back = min(unplayed, first.sent)
            queue[0].sent -= back
            unplayed -= back
        }
        for tail in tails.reversed() {
            let back = min(unplayed, tail.audio.count)
            unplayed -= back
            queue.insert(Sentence(id: tail.id, audio: Array(tail.audio.suffix(back)), complete: true, granted: 0, begun: true), at: 0)
        }
        tails = []
    }

    /// Goes on from where it was cut.
    package mutating func resume(at now: CallTime) {
        guard isPaused else { return }
        isPaused = false
        isResuming = true
        dry = now
    }

    package enum Restart: Sendable, Equatable {
        /// Nothing of it was heard: it comes anew.
        case anew
        /// A part was sent already: the caller will hear its beginning twice.
        case repeated
        /// It is complete, or not there: nothing to be done.
        case unneeded
    }

    /// The voice that was making this sentence is gone, and another will send it from its beginning. What was sent stays sent.
    package mutating func restart(_ id: SpeechID) -> Restart {
        guard let index = queue.firstIndex(where: { $0.id == id }), !queue[index].complete else { return .unneeded }
        let (sent, begun) = (queue[index].sent, queue[index].begun)
        queue[index].audio.removeSubrange(sent...)
        queue[index].granted = sent / Self.bytesPerMillisecond + credit
        return begun ? .repeated : .anew
    }

    /// Sentences that are announced and not complete, in order.
    package var incomplete: [SpeechID] { queue.filter { !$0.complete }.map(\.id) }

    /// Drops a sentence that cannot be made. What was already sent of it is followed by its mark.
    /// - Returns: whether something of it will not be heard; false when it was sent whole.
    @discardableResult
    package mutating func abandon(_ id: SpeechID) -> Bool {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return marks[id] == nil }
        if !queue[index].begun {
            queue.remove(at: index)
        } else {
            queue[index].audio.removeSubrange(queue[index].sent...)
            queue[index].complete = true
        }
        return true
    }

    /// The line's buffer is being emptied because of a canned line: those are gone, and sentences that have not begun stay.
    package mutating func clearCanned(at now: CallTime) {
        queue.removeAll { $0.id.piece < 0 }
        marks = [:]
        tails = []
        isPaused = false
        dry = now
    }

    /// The line's buffer is being emptied: whatever is pending was not heard, and marks that still return mean nothing.
    package mutating func clear(at now: CallTime) {
        queue = []
        marks = [:]
        tails = []
        isPaused = false
        dry = now
    }
}
