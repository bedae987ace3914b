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

    package init(leadMilliseconds: Int, creditMilliseconds: Int) {
        lead = leadMilliseconds
        credit = creditMilliseconds
    }

    /// Something is being said, or about to be.
    package var isBusy: Bool { !queue.isEmpty || !marks.isEmpty }

    /// Something was sent that the line has not played, as far as its marks say.
    package var isSounding: Bool { !marks.isEmpty || !queue.isEmpty && queue[0].sent > 0 }

    /// A sentence of the reply to this turn is being played.
    package func isReplySounding(_ turn: TurnID) -> Bool {
        marks.keys.contains { $0.turn == turn && $0.piece >= 0 } || queue.first.map { $0.sent > 0 && $0.id.turn == turn && $0.id.piece >= 0 } ?? false
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
        guard let first = queue.first, first.sent < first.audio.count else { return nil }
        return dry.adding(milliseconds: -lead)
    }

    /// Announces a sentence: sentences are played in the order of their ids, whatever order their audio comes in.
    package mutating func expect(_ id: SpeechID) {
        guard !queue.contains(where: { $0.id == id }), marks[id] == nil else { return }
        // A sentence that has begun is not cut in two.
        let begun = queue.first.map { $0.sent > 0 ? 1 : 0 } ?? 0
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
        var outputs: [Output] = []
        while let sentence = queue.first {
            if sentence.sent < sentence.audio.count {
                let ahead = dry > now ? Int(dry.milliseconds(since: now)) : 0
                guard ahead <= lead else { break }
                if sentence.sent == 0 {
                    outputs.append(.started(sentence.id))
                } else if dry < now {
                    outputs.append(.underrun(sentence.id, microseconds: now.microseconds - dry.microseconds))
                }
                let wanted = (lead + Self.topUp - ahead) * Self.bytesPerMillisecond
                let end = min(sentence.sent + wanted, sentence.audio.count)
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
            queue.removeFirst()
        }
        return outputs
    }

    /// A mark came back.
    package mutating func returned(_ name: String) -> Heard {
        guard let id = SpeechID(markName: name), marks.removeValue(forKey: id) != nil else { return .nothing }
        return .sentence(id)
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
        let sent = queue[index].sent
        queue[index].audio.removeSubrange(sent...)
        queue[index].granted = sent / Self.bytesPerMillisecond + credit
        return sent == 0 ? .anew : .repeated
    }

    /// Sentences that are announced and not complete, in order.
    package var incomplete: [SpeechID] { queue.filter { !$0.complete }.map(\.id) }

    /// Drops a sentence that cannot be made. What was already sent of it is followed by its mark.
    /// - Returns: whether something of it will not be heard; false when it was sent whole.
    @discardableResult
    package mutating func abandon(_ id: SpeechID) -> Bool {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return marks[id] == nil }
        if queue[index].sent == 0 {
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
        dry = now
    }

    /// The line's buffer is being emptied: whatever is pending was not heard, and marks that still return mean nothing.
    package mutating func clear(at now: CallTime) {
        queue = []
        marks = [:]
        dry = now
    }
}
