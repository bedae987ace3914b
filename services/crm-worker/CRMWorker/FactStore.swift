import BusContract
import CallVocabulary

/// Where facts become durable.
package protocol FactStore: AnyObject {
    /// Applies the fact and returns when it is committed, or when it is known that it never can be. Waits for as long as the
    /// store is away. Called for one fact at a time. Cancelling the task ends the waiting with `.postponed`.
    func apply(_ fact: AddressedFact) async -> FactOutcome
    /// Lets go of what it holds. Nothing is applied afterwards.
    func close() async
}

package enum FactOutcome: Sendable, Equatable {
    /// Committed, now or at an earlier delivery.
    case stored
    /// It can never be stored; the text says why.
    case refused(String)
    /// Not stored and not judged: the sender gets no answer and repeats it.
    case postponed(String)
}

/// A fact together with whose it is, checked for what every store demands of it.
package struct AddressedFact: Sendable, Equatable {
    package let business: BusinessID
    package let call: CallID
    /// The number behind the dot of the event id: orders the facts of one call.
    package let number: Int64
    package let fact: Fact

    /// - Throws: `FactRefusal` when the fact is malformed: no business, not about a call, an event id of another form or of another call,
    ///   or a zero byte in a text, which PostgreSQL's `text` cannot hold.
    package init(_ fact: Fact, business: BusinessID?, conversation: ConversationID?) throws(FactRefusal) {
        guard let business, !business.rawValue.isEmpty else { throw FactRefusal(message: "the envelope names no business") }
        guard let conversation, let call = conversation.call else { throw FactRefusal(message: "the envelope's conversation is not a call") }
        let id = fact.id.utf8
        guard id.starts(with: call.rawValue.utf8), id.dropFirst(CallID.width).first == UInt8(ascii: ".") else {
            throw FactRefusal(message: "the event id is not of the form <CallSid>.<counter> with the envelope's call")
        }
        let digits = fact.id.dropFirst(CallID.width + 1)
        // Only the usual form of a number: two spellings of one event must not become two events.
        guard let number = Int64(digits), number >= 0, String(number) == digits else {
            throw FactRefusal(message: "the event id's counter is not a number")
        }
        guard ([business.rawValue] + fact.texts).allSatisfy({ !$0.utf8.contains(0) }) else {
            throw FactRefusal(message: "a text of the fact contains a zero byte, which PostgreSQL cannot hold")
        }
        self.business = business
        self.call = call
        self.number = number
        self.fact = fact
    }
}

package struct FactRefusal: Error, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}

extension Fact {
    /// The `kind` column of `facts_applied`.
    var kind: String {
        switch body {
        case .callStarted: "call_started"
        case .turn: "turn"
        case .lead: "lead"
        case .callEnded: "call_ended"
        case .summary: "summary"
        case .recording: "recording"
        }
    }

    /// Every text that came from outside.
    fileprivate var texts: [String] {
        switch body {
        case .callStarted(let from, let to): return [from, to]
        case .turn(let record):
            let heard: String? =
                switch record.entry.heard {
                case .speech(let transcript): transcript.text
                case .digits(let digits): digits
                case .opening, .silence, .interrupted: nil
                }
            return record.entry.said + [heard, record.recogniser, record.dialog, record.state].compactMap { $0 }
        case .lead(let fields, let caller): return fields.flatMap { [$0.key, $0.value] } + [caller ?? ""]
        case .callEnded(_, _, let reason): return [reason].compactMap { $0 }
        case .summary(let text): return [text]
        case .recording(let recording): return [recording.sid] + [recording.file, recording.text, recording.failure].compactMap { $0 }
        }
    }
}
