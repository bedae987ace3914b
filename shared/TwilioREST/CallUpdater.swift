/// What a live call shall do from now on.
package enum CallUpdate: Sendable, Equatable {
    /// A whole document, at most ``maximumTwiml`` characters; URLs in it are absolute (15004).
    case twiml(String)
    /// The document of this address, asked for by POST.
    case url(String)
    /// Hang up.
    case completed

    /// Twilio, 32018.
    package static let maximumTwiml = 4_000

    /// Doing it twice is the same as doing it once. A document that is given twice is begun twice: its `<Play>` starts again.
    var isRepeatable: Bool { self == .completed }
}

package enum CallUpdateResult: Sendable, Equatable {
    case done
    /// The call is not in progress any more (21220). That there is none of that name (20404) says more about the account or the region than about
    /// the call: it is refused, and whoever is on the line is reached in another way.
    case over(String)
    /// It will never be done: wrong credentials, a document that is too long, …
    case refused(String)
    /// Surely nothing was done, and the time is over.
    case failed(String)
    /// A request was sent and its answer never came: it may have been done.
    case uncertain(String)
}

/// Updates live calls. The texts of results are for logs: Twilio's code and words, or the transport's; they hold no secret.
package protocol CallUpdater: Sendable {
    /// - Parameter within: no request begins after it. One that is under way then ends with its own time limit.
    func update(_ callSid: String, _ update: CallUpdate, within: Duration) async -> CallUpdateResult

    /// - Parameter permit: asked immediately before each request; when it says no, none is sent any more and the result is what is known by then
    ///   (`failed` when nothing was sent). Cancelling the task has the same effect; a request that is under way is waited for in either case.
    func update(_ callSid: String, _ update: CallUpdate, within: Duration, permit: @escaping @Sendable () -> Bool) async -> CallUpdateResult
}

extension CallUpdater {
    /// For updaters that make one request.
    package func update(_ callSid: String, _ update: CallUpdate, within: Duration, permit: @escaping @Sendable () -> Bool) async -> CallUpdateResult {
        permit() ? await self.update(callSid, update, within: within) : .failed("no request was allowed any more")
    }
}

/// Why there is no recording.
package enum RecordingFailure: Error, Sendable, Equatable {
    /// Not asked for: the address is not Twilio's. Or never given: wrong credentials, moved elsewhere.
    case refused(String)
    /// Larger than allowed.
    case tooLarge
    /// Not there until the end of the time, or no answer.
    case failed(String)
}
