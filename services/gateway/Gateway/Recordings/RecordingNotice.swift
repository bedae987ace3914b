import CallVocabulary
import TwilioWire

/// What a webhook says about a voice message. Two webhooks speak of each: the `<Record action>`, while the call goes on, and the
/// `recordingStatusCallback`, when the file is there. They come in any order, twice, late or not at all.
package struct RecordingNotice: Sendable, Equatable {
    package enum Status: Sendable, Equatable {
        /// `<Record action>`: it was recorded, and the file may not be there yet.
        case announced
        case completed
        /// `absent` or `failed`: there is nothing to fetch and never will be.
        case missing(String)
    }

    package var call: CallID
    /// RecordingSid: `RE` and 32 letters and digits. It is also the name of the files here.
    package let sid: String
    /// Without a format's ending it is the WAV file.
    package var url: String?
    /// nil: not said.
    package var seconds: Int?
    package var status: Status
    /// nil: whoever knows the call is asked.
    package var business: BusinessID?
    package var caller: String?

    /// - Returns: nil when `sid` is not the form of a RecordingSid.
    package init?(
        call: CallID, sid: String, url: String?, seconds: Int?, status: Status, business: BusinessID? = nil, caller: String? = nil
    ) {
        guard Self.isSid(sid) else { return nil }
        self.call = call
        self.sid = sid
        self.url = url
        self.seconds = seconds.map { max(0, $0) }
        self.status = status
        self.business = business
        self.caller = caller
    }

    /// Nothing was said, or it is lost: no file is to be fetched.
    var isEmpty: Bool { if case .missing = status { true } else { seconds == 0 || url == nil } }

    static func isSid(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 34 && text.hasPrefix("RE")
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            }
    }
}

extension RecordingNotice {
    /// `/webhook/recording_status`: CallSid, RecordingSid, RecordingUrl, RecordingStatus, RecordingDuration
    /// (twilio.com/docs/voice/twiml/record, "recordingStatusCallback").
    /// - Returns: nil when there is nothing to do: `in-progress`, or no recording is named.
    package static func callback(_ request: VoiceRequest, business: BusinessID? = nil, caller: String? = nil) -> RecordingNotice? {
        let url = request.params["RecordingUrl"].flatMap { $0.isEmpty ? nil : $0 }
        guard let call = request.callSid.flatMap({ CallID($0) }), let sid = request.params["RecordingSid"] ?? url.flatMap(sid) else { return nil }
        let status: Status
        switch request.params["RecordingStatus"] {
        case "completed", nil: status = .completed
        case "absent": status = .missing("Twilio has no recording (absent)")
        case "failed": status = .missing("Twilio could not record (failed)")
        default: return nil
        }
        return RecordingNotice(
            call: call, sid: sid, url: url, seconds: request.params["RecordingDuration"].flatMap { Int($0) }, status: status, business: business,
            caller: caller)
    }

    /// `<Record action>`: the standard parameters, RecordingUrl and RecordingDuration; the sid is the end of the URL
    /// (twilio.com/docs/voice/twiml/record, "action").
    /// - Returns: nil when no recording was made; the watchdog lands on the same webhook.
    package static func action(_ request: VoiceRequest, business: BusinessID? = nil, caller: String? = nil) -> RecordingNotice? {
        guard let call = request.callSid.flatMap({ CallID($0) }), let url = request.params["RecordingUrl"], !url.isEmpty,
            let sid = request.params["RecordingSid"] ?? sid(url)
        else { return nil }
        return RecordingNotice(
            call: call, sid: sid, url: url, seconds: request.params["RecordingDuration"].flatMap { Int($0) }, status: .announced,
            business: business, caller: caller)
    }

    /// The last part of the path, without query and ending.
    private static func sid(_ url: String) -> String? {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        return path.split(separator: "/").last.map { String($0.prefix { $0 != "." }) }
    }
}
