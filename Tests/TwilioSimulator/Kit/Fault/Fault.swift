/// Something that goes wrong on command.
package struct Fault: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Equatable, Codable, CaseIterable {
        // The media socket
        /// Twilio never reaches the media socket: after `ms` (0) the stream fails with `code` (31920) and the action is asked. Nothing is sent.
        case handshakeRefused = "handshake-refused"
        /// The socket is opened `ms` late.
        case handshakeDelayed = "handshake-delayed"
        /// `start` is sent `ms` after `connected`.
        case startDelayed = "start-delayed"
        /// `connected` is sent, `start` never.
        case startNever = "start-never"
        /// The socket stays open, no frames come.
        case mediaStopped = "media-stopped"
        /// A hole of `ms` in the media, begun at `from_second`; what was held back comes at once, or never with `lost: true`.
        case mediaHole = "media-hole"
        /// In every second `frames` frames are held back and then sent at once.
        case bursts = "bursts"
        /// A media message carries `frames` frames of 20 ms.
        case largeFrames = "large-frames"
        /// Audio is discarded and no mark comes back: the stream refuses audio.
        case marksNever = "marks-never"
        /// The TCP connection ends without a close frame.
        case socketCut = "socket-cut"
        /// When Twilio ends the stream, nothing reaches the server: no `stop`, no close, no FIN.
        case closeUndelivered = "close-undelivered"
        /// The server's close is not noticed: the document stays at `<Connect>`.
        case serverCloseIgnored = "server-close-ignored"
        /// A second socket for the same call, with the same token, is opened beside the first `ms` after its start.
        case secondSocket = "second-socket"

        /// A WebSocket ping every second.
        case pings = "pings"
        /// `start` carries a wrong token: a stranger at the door.
        case wrongToken = "wrong-token"

        // Webhooks and callbacks
        /// The webhook `target` does not arrive the first `times` (1): Twilio's 11205, and the fallback URL is asked.
        case webhookLost = "webhook-lost"
        /// Every webhook (or `target`) is delivered twice: at once, or `ms` apart. The first answer counts.
        case webhooksTwice = "webhooks-twice"
        /// The answer is lost on the way for the first `times` (1) requests, and Twilio asks again after `ms` (15 000). `target` names the webhook.
        case answerDropped = "answer-dropped"
        /// Callbacks to `target` (all of them when absent) come `ms` late.
        case callbackLate = "callback-late"
        case callbackLost = "callback-lost"
        /// Each callback to `target` is held back until the next one has been sent, or for `ms` (1500).
        case callbacksReordered = "callbacks-reordered"

        // REST
        /// The first `times` requests (all when absent) to `target` (`calls`) are answered with `status` and `code`.
        case rest = "rest"
        /// They are never answered. `done: true`: the request had its effect all the same.
        case restTimeout = "rest-timeout"

        /// The caller hangs up at `from_second`, whatever it was going to do.
        case callerHangsUp = "caller-hangs-up"

        // Everywhere
        /// Extra milliseconds on `target`: `webhook`, `rest`, `file`, `media`.
        case slow = "slow"
    }

    package var kind: Kind
    /// The n-th streams of the call, counted from 1; nil = all.
    package var streams: ClosedRange<Int>?
    /// On the call's clock.
    package var fromSecond: Double?
    package var untilSecond: Double?
    /// From the moment when the caller has begun this many utterances.
    package var fromUtterance: Int?
    package var ms: Int?
    package var frames: Int?
    package var times: Int?
    package var status: Int?
    package var code: Int?
    package var target: String?
    package var lost = false
    package var done = false

    package init(_ kind: Kind, streams: ClosedRange<Int>? = nil, ms: Int? = nil, target: String? = nil) {
        self.kind = kind
        self.streams = streams
        self.ms = ms
        self.target = target
    }
}

/// The faults of a call, and which of them are on.
struct FaultBoard: Sendable {
    /// Where a call stands.
    struct Moment {
        /// Seconds on the call's clock.
        var second: Double
        var stream: Int
        var utterances: Int
    }

    private let faults: [Fault]
    /// By the fault's place: how often it has struck.
    private var struck: [Int: Int] = [:]

    init(_ faults: [Fault]) { self.faults = faults }

    var isEmpty: Bool { faults.isEmpty }

    /// The first fault of a kind that is on now.
    func fault(_ kind: Fault.Kind, at moment: Moment, target: String? = nil) -> Fault? {
        for fault in faults where fault.kind == kind && matches(fault, target) && isOn(fault, moment) { return fault }
        return nil
    }

    /// The first fault of a kind that is on now and has not struck `times` yet; it strikes.
    mutating func strike(_ kind: Fault.Kind, at moment: Moment, target: String? = nil, times: Int? = nil) -> Fault? {
        for (index, fault) in faults.enumerated() where fault.kind == kind && matches(fault, target) && isOn(fault, moment) {
            if let limit = fault.times ?? times, struck[index, default: 0] >= limit { continue }
            struck[index, default: 0] += 1
            return fault
        }
        return nil
    }

    private func matches(_ fault: Fault, _ target: String?) -> Bool { fault.target == nil || target == nil || fault.target == target }

    private func isOn(_ fault: Fault, _ moment: Moment) -> Bool {
        if let streams = fault.streams, !streams.contains(moment.stream) { return false }
        if let from = fault.fromSecond, moment.second < from { return false }
        if let until = fault.untilSecond, moment.second >= until { return false }
        if let utterance = fault.fromUtterance, moment.utterances < utterance { return false }
        return true
    }
}
