import BusContract
import CallVocabulary

/// Where recordings come from: the account's REST interface.
///
/// The address comes out of a webhook. Whoever adds credentials to the request must first see that it leads to the account's own host.
package protocol RecordingSource: Sendable {
    /// - Parameters:
    ///   - url: RecordingUrl as Twilio sent it; without an ending it is the WAV file.
    ///   - maximumBytes: more than that is a failure, and is not read to its end.
    func fetch(url: String, maximumBytes: Int) async -> Result<[UInt8], RecordingFetchFailure>
}

package struct RecordingFetchFailure: Error, Sendable, Equatable {
    /// For logs and for the owner. Holds no secret.
    package let message: String
    /// Another attempt may succeed. True for 404: the file may come later than its announcement.
    package let mayRetry: Bool
    package init(message: String, mayRetry: Bool) {
        self.message = message
        self.mayRetry = mayRetry
    }
}

/// A recording on its way to a recogniser.
package struct RecordingAudio: Sendable, Equatable {
    package let bytes: [UInt8]
    package let call: CallID
    package let business: BusinessID?
}

package enum RecordingTranscription: Sendable, Equatable {
    /// Empty: no words were heard.
    case text(String)
    /// Nobody could do it now.
    case unavailable(String)
    /// It cannot be done.
    case failed(String)
}

/// What the book of calls says about one.
package struct KnownCall: Sendable, Equatable {
    package let business: BusinessID
    package let caller: String?
    /// The lead as the call's session knew it last.
    package let lead: [String: String]
    package init(business: BusinessID, caller: String?, lead: [String: String]) {
        self.business = business
        self.caller = caller
        self.lead = lead
    }
}

extension RecordingDesk {
    /// Has recordings transcribed by the fleet's recognisers.
    package static func transcriber(_ fleet: Fleet, deadlineMilliseconds: Int = 120_000)
        -> @Sendable (RecordingAudio) async
        -> RecordingTranscription
    {
        { audio in
            do {
                let done = try await fleet.run(
                    .transcribe(format: "wav"), pool: .asr, business: audio.business, conversation: audio.call.conversation,
                    attachment: audio.bytes, deadlineMilliseconds: deadlineMilliseconds)
                return done.failure.map { .failed($0) } ?? .text(done.text ?? "")
            } catch let failure as Fleet.JobFailure {
                // What has cost two workers must not cost two more.
                return failure.code == .poison ? .failed(failure.description) : .unavailable(failure.description)
            } catch {
                return .unavailable("\(error)")
            }
        }
    }
}
