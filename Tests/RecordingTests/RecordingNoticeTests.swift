import CallVocabulary
import Testing
import TwilioWire

@testable import Gateway

@Suite struct RecordingNoticeTests {
    private func request(_ fields: [(String, String)]) -> VoiceRequest {
        VoiceRequest(params: FormFields(fields.map { FormFields.Field(name: $0.0, value: $0.1) }), authenticity: .signed)
    }
    private var sid: String { Sample.sid(1) }
    private func base() throws -> [(String, String)] {
        [("CallSid", try Sample.call().rawValue), ("AccountSid", "AC1"), ("RecordingUrl", Sample.url(1)), ("RecordingDuration", "7")]
    }

    @Test func theCallbackNamesTheRecording() throws {
        let fields = try base() + [("RecordingSid", sid)]
        let done = try #require(RecordingNotice.callback(request(fields + [("RecordingStatus", "completed")]), business: Sample.business))
        #expect(done.status == .completed && done.seconds == 7 && done.url == Sample.url(1) && done.sid == sid)
        #expect(done.business == Sample.business)
        #expect(RecordingNotice.callback(request(fields + [("RecordingStatus", "in-progress")])) == nil)
        for status in ["absent", "failed"] {
            let notice = try #require(RecordingNotice.callback(request(fields + [("RecordingStatus", status)])))
            guard case .missing(let reason) = notice.status else { throw MissingValue() }
            #expect(reason.contains(status))
        }
    }

    @Test(arguments: ["", ".wav", ".mp3", "?x=1", ".wav?a=b#c"])
    func theActionNamesItAtTheEndOfItsAddress(tail: String) throws {
        var fields = try base()
        fields[2].1 = Sample.url(1) + tail
        let notice = try #require(RecordingNotice.action(request(fields + [("From", "+97250"), ("Digits", "hangup")]), caller: "+97250"))
        #expect(notice.sid == sid && notice.status == .announced && notice.seconds == 7 && notice.caller == "+97250")
    }

    /// The watchdog lands on the same webhook; and a name becomes a file here.
    @Test func whatNamesNoRecordingIsNone() throws {
        let call = try Sample.call().rawValue
        #expect(RecordingNotice.action(request([("CallSid", call)])) == nil)
        let bad = [
            "", "RE1", "../../../etc/passwd", "RE" + String(repeating: "x", count: 31) + "/", "CA" + String(repeating: "0", count: 32),
            "RE" + String(repeating: "א", count: 32), "RE" + String(repeating: "א", count: 16),
        ]
        for bad in bad {
            #expect(RecordingNotice(call: try Sample.call(), sid: bad, url: "u", seconds: 1, status: .completed) == nil, "\(bad)")
        }
        #expect(RecordingNotice.callback(request([("CallSid", "nonsense"), ("RecordingSid", sid)])) == nil)
    }
}
