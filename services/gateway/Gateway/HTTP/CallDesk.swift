import NIOCore
import TwilioWire

/// What the HTTP side asks the calls for. Everything here is called on an event loop and must answer at once, from memory.
package protocol CallDesk: Sendable {
    /// Twilio asks what a call does next; or somebody looks at the document (`authenticity` is `.preview`).
    ///
    /// The answer may wait for a disk; the loop may not.
    func document(_ webhook: DocumentWebhook, _ request: VoiceRequest, on eventLoop: any EventLoop) -> EventLoopFuture<TwiMLReply>
    /// Twilio tells something; the answer is 204 whatever happens.
    func notice(_ webhook: NoticeWebhook, _ request: VoiceRequest)
    /// Somebody has fetched an MP3 of the public folder; its name without extension.
    func fetched(_ file: String)
    /// Whether calls can be taken, and in a few words why (not). Shown at `/readyz`.
    var isReady: (Bool, String) { get }
    /// A media socket was opened by anybody at all: nothing but the token in `start` says who it is.
    ///
    /// Called on `line.eventLoop`; so is everything on the returned handler, in order.
    func mediaOpened(_ line: MediaLine) -> any MediaHandler
}

/// Webhooks that are answered with TwiML.
package enum DocumentWebhook: String, Sendable, CaseIterable {
    /// A call comes in, or Twilio asks again for one.
    case incomingCall = "incoming_call"
    /// The media stream of a call is over (`<Connect action>`).
    case streamEnded = "stream_ended"
    /// The call has come to the recording, or the recording is over (`<Record action>`).
    case handleRecording = "handle_recording"
    /// `<Dial>` is over.
    case transferEnded = "transfer_ended"
    /// Another webhook could not be reached or was answered badly (the number's fallback URL).
    case fallback

    package var path: String {
        switch self {
        case .incomingCall: PublicPaths.incomingCall
        case .streamEnded: PublicPaths.streamEnded
        case .handleRecording: PublicPaths.handleRecording
        case .transferEnded: PublicPaths.transferEnded
        case .fallback: PublicPaths.fallback
        }
    }

    /// May be looked at without a call.
    package var hasPreview: Bool { self == .incomingCall || self == .handleRecording }
}

/// Webhooks that want no document.
package enum NoticeWebhook: String, Sendable, CaseIterable {
    case callStatus = "call_status"
    case streamStatus = "stream_status"
    case recordingStatus = "recording_status"

    package var path: String {
        switch self {
        case .callStatus: PublicPaths.callStatus
        case .streamStatus: PublicPaths.streamStatus
        case .recordingStatus: PublicPaths.recordingStatus
        }
    }
}

/// The receiving end of one media socket. Only ever touched on the socket's event loop, so it needs no locks.
package protocol MediaHandler: AnyObject {
    /// All messages of one read from the socket, in order; never both empty and 0.
    /// - Parameter malformed: how many messages of this read were not understood.
    func received(_ batch: [TwilioMessage], malformed: Int)
    /// The socket is gone. Called exactly once, last.
    func closed()
}

/// A webhook request.
package struct VoiceRequest: Sendable, Equatable {
    /// How far the sender can be believed.
    package enum Authenticity: Sendable {
        /// Twilio's signature was right.
        case signed
        /// An unsigned GET without a CallSid: somebody looks. Must have no effect and give away nothing.
        case preview
        /// Checking is switched off.
        case unchecked
    }

    /// The form of a POST, or the query of a GET.
    package var params: FormFields
    /// The query of a POST, with whatever we put there ourselves; for a GET the same as `params`.
    package var query: FormFields
    package var authenticity: Authenticity
    /// The sender's IP address, seen through trusted proxies.
    package var remoteAddress: String
    /// The same for all attempts of one request (`I-Twilio-Idempotency-Token`).
    package var idempotencyToken: String?

    package init(
        params: FormFields, query: FormFields = FormFields(), authenticity: Authenticity, remoteAddress: String = "", idempotencyToken: String? = nil
    ) {
        self.params = params
        self.query = query
        self.authenticity = authenticity
        self.remoteAddress = remoteAddress
        self.idempotencyToken = idempotencyToken
    }

    /// nil if absent or empty.
    package var callSid: String? { params["CallSid"].flatMap { $0.isEmpty ? nil : $0 } }
    /// The caller; empty if hidden.
    package var from: String { params["From"] ?? "" }
    /// The number that was called.
    package var to: String { params["To"] ?? "" }
}

/// The answer to a webhook that wants TwiML.
package struct TwiMLReply: Sendable, Equatable {
    /// HTTP status. Twilio runs the document only with 200; 4xx and 5xx make it ask the number's fallback URL.
    package var status: Int
    package var document: TwiML

    package init(_ document: TwiML, status: Int = 200) {
        self.document = document
        self.status = status
    }
}
