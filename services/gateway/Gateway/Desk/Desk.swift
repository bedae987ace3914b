import Business
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import NIOCore
import Synchronization
import TwilioREST
import TwilioWire

/// Answers Twilio: which business a call reaches, what its TwiML says, which stream belongs to it. From memory, at once.
package final class Desk: CallDesk {
    struct State {
        var book: CallBook
        var runners: [CallID: CallRunner] = [:]
        /// Calls of an earlier life of the gateway whose stream has not come yet.
        var recovered: [CallID: RecoveredCall] = [:]
        var isLeaving = false
        var stages = StageWatch()
        /// Unix seconds of the last sweep of files and of what is remembered.
        var swept: Int64 = 0
    }

    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    let settings: GatewaySettings
    let address: PublicAddress
    let businesses: BusinessDirectory
    let prompts: PromptLibrary
    let fleet: Fleet
    let journal: Journal
    let recordings: any RecordingIntake
    let replies: ReplyFiles
    /// nil: Twilio cannot be told anything; it asks when our side closes the socket.
    let updater: (any CallUpdater)?
    let makeServices: @Sendable (@escaping @Sendable (CallID, CallOutcome?) -> Void) -> CallServices
    let unixMilliseconds: @Sendable () -> Int64
    /// For calls that have no socket.
    let spareLoop: any EventLoop
    let logger: Logger
    let state: Mutex<State>
    let secret: [UInt8]
    let boot: UInt32
    let startedSeconds: Int64

    /// - Parameter recovered: calls that were going on when the gateway was last seen alive.
    package init(
        settings: GatewaySettings, address: PublicAddress, businesses: BusinessDirectory, prompts: PromptLibrary, fleet: Fleet,
        journal: Journal, recordings: any RecordingIntake, replies: ReplyFiles, updater: (any CallUpdater)?, recovered: [RecoveredCall], boot: UInt32,
        spareLoop: any EventLoop, logger: Logger,
        unixMilliseconds: @escaping @Sendable () -> Int64,
        services: @escaping @Sendable (@escaping @Sendable (CallID, CallOutcome?) -> Void) -> CallServices
    ) {
        self.settings = settings
        self.address = address
        self.businesses = businesses
        self.prompts = prompts
        self.fleet = fleet
        self.journal = journal
        self.spareLoop = spareLoop
        self.logger = logger
        self.boot = boot
        self.unixMilliseconds = unixMilliseconds
        self.recordings = recordings
        self.replies = replies
        self.updater = updater
        state = Mutex(State(book: CallBook(streamStart: settings.policy.streamStart)))
        makeServices = services
        secret = settings.tokenSecret
        startedSeconds = unixMilliseconds() / 1000
        restore(recovered)
        // What was over before is told at once: nobody will ask about it.
        for call in recovered where call.outcome != nil && !call.isWithPerson { endRecovered(call.card.call, nil) }
    }

    var unixSeconds: @Sendable () -> Int64 {
        let unixMilliseconds = unixMilliseconds
        return { unixMilliseconds() / 1000 }
    }

    /// Calls that have begun and not ended.
    package var activeCalls: Int { state.withLock { $0.book.count(at: unixSeconds()) } }
    var isLeaving: Bool { state.withLock { $0.isLeaving } }

    // MARK: - Webhooks

    package var isReady: (Bool, String) {
        let missing = prompts.missing
        if !missing.isEmpty { return (false, "prompts are not made yet: \(missing.joined(separator: ", "))") }
        let workers = fleet.available
        let absent = Pool.allCases.filter { workers[$0] == nil }.map(\.rawValue)
        if !absent.isEmpty { return (false, "no worker of \(absent.joined(separator: ", "))") }
        return (true, "ready, \(activeCalls) calls")
    }

    /// nil when the caller's number is hidden: Twilio then sends words, or numbers that stand for them.
    static func caller(_ from: String) -> String? {
        let digits = from.dropFirst()
        guard from.hasPrefix("+"), (7...15).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        // On a telephone's keys these spell ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE.
        return ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"].contains(from) ? nil : from
    }

    /// What a request says, for the log: short and without line breaks, whoever sent it.
    static func clipped(_ text: String?) -> String {
        String(String.UnicodeScalarView((text ?? "").unicodeScalars.prefix(64).map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
