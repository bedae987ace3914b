import CallEngine
import CallVocabulary
import TwilioREST

/// What a call can have done to itself at Twilio. Called on the call's event loop; nothing waits, and answers come from any thread.
package struct CallControl: Sendable {
    /// Takes the call off its stream.
    package var exit: @Sendable (CallID, LineExit, _ told: @escaping @Sendable (CallUpdateResult) -> Void) -> Void
    /// The document that plays a file and opens the next stream; nil when the call is over or goes elsewhere.
    package var announce: @Sendable (CallID, _ file: String, _ milliseconds: Int) -> String?
    /// A name for an MP3 that a tts-worker is about to make. The closure is told when Twilio fetches it.
    package var makeReply: @Sendable (CallID, _ fetched: @escaping @Sendable (String) -> Void) -> ReplyFiles.Ticket
    /// The lead as known now.
    package var learned: @Sendable (CallID, [String: String]) -> Void

    package init(
        exit: @escaping @Sendable (CallID, LineExit, _ told: @escaping @Sendable (CallUpdateResult) -> Void) -> Void,
        announce: @escaping @Sendable (CallID, String, Int) -> String?,
        makeReply: @escaping @Sendable (CallID, _ fetched: @escaping @Sendable (String) -> Void) -> ReplyFiles.Ticket,
        learned: @escaping @Sendable (CallID, [String: String]) -> Void
    ) {
        self.exit = exit
        self.announce = announce
        self.makeReply = makeReply
        self.learned = learned
    }

    /// Nobody to tell: the line is closed instead.
    package static let none = CallControl(
        exit: { $2(.failed("no account to tell")) }, announce: { _, _, _ in nil },
        makeReply: { _, _ in ReplyFiles.Ticket(name: "", milliseconds: { 0 }) },
        learned: { _, _ in })
}
