import Business
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import NIOCore
import TwilioWire

/// The documents' parts. Every MP3 that a document names is known to exist.
extension Desk {
    /// A prompt that exists.
    struct Spoken {
        let kind: PromptList.Kind
        let url: String
        let milliseconds: Int
    }

    func speech(_ kind: PromptList.Kind, of business: BusinessID) -> Spoken? {
        let name = PromptList.name(kind, of: business, in: businesses)
        guard prompts.isReady(name) else { return nil }
        return Spoken(kind: kind, url: address.speechURL(name + ".mp3"), milliseconds: prompts.milliseconds(name))
    }

    /// For whoever looks at a document: the first business's, with a token that no stream accepts.
    func preview(_ webhook: DocumentWebhook) -> TwiMLReply {
        guard let business = businesses.first else { return TwiMLReply(.endCall) }
        guard webhook == .incomingCall else { return TwiMLReply(message(business.id)) }
        let token = StreamToken.mintPreview(expires: unixSeconds(), secret: secret)
        return TwiMLReply(conversation("preview", token: token, [speech(.greeting, of: business.id)].compactMap { $0?.url }))
    }

    func conversation(_ entry: CallBook.Entry, _ playURLs: [String]) -> TwiML {
        let token = StreamToken.mint(
            callSid: entry.call.rawValue, generation: UInt32(entry.generation), expires: entry.tokenExpires, secret: secret)
        return conversation(entry.call.rawValue, token: token, playURLs)
    }

    private func conversation(_ call: String, token: String, _ playURLs: [String]) -> TwiML {
        // Both values are short by construction; a parameter that Twilio would refuse is left out, and the stream then is too.
        let parameters = [("call_sid", call), ("token", token)].compactMap { try? TwiML.Parameter(name: $0.0, value: $0.1) }
        return .conversation(
            playURLs: playURLs,
            TwiML.Connection(
                streamURL: address.streamURL, actionURL: address.streamEndedURL, statusURL: address.streamStatusURL,
                afterURL: address.handleRecordingURL, parameters: parameters))
    }

    func message(_ business: BusinessID) -> TwiML {
        .message(
            playURL: speech(.fallback, of: business)?.url,
            TwiML.Recording(action: address.handleRecordingURL, statusCallback: address.recordingStatusURL))
    }

    func goodbye(_ business: BusinessID?) -> TwiML {
        guard let line = business.flatMap({ speech(.thanks, of: $0) }) else { return .endCall }
        return .farewell(playURL: line.url)
    }

    func timeUp(_ business: BusinessID) -> TwiML { speech(.timeUp, of: business).map { .farewell(playURL: $0.url) } ?? .endCall }

    /// Nobody is free, or the prompt for that is missing: nothing to say.
    func busy(_ business: BusinessID) -> TwiML { speech(.busy, of: business).map { .farewell(playURL: $0.url) } ?? .endCall }

    /// The gateway is leaving: whatever is asked is answered by the successor, in a second.
    func later(_ business: BusinessID?, _ redirectURL: String) -> TwiMLReply {
        TwiMLReply(.later(playURLs: [business.flatMap { speech(.moment, of: $0) }?.url].compactMap { $0 }, redirectURL: redirectURL))
    }

    func transfer(_ business: BusinessID) -> TwiML? {
        guard let person = businesses.business(id: business)?.transfer else { return nil }
        return .transfer(
            playURL: speech(.handover, of: business)?.url, number: person.number, seconds: person.seconds, actionURL: address.transferEndedURL)
    }

    // MARK: - Waiting for the disk

    /// Waits until the journal has it. A disk that does not take it in time is no reason to keep a caller waiting.
    func commit(_ records: [JournalRecord], of call: CallID, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        journal.commit(records, milliseconds: Self.journalPatience) { committed in
            if !committed {
                Counter(label: "maane_journal_late").increment()
                self.logger.warning("the journal did not take it in time; the call goes on", metadata: ["call": "\(call)"])
            }
            promise.succeed()
        }
        return promise.futureResult
    }

    /// Twilio gives a webhook 15 s, and a caller hears ringing meanwhile. Commits take some milliseconds (see docs/PERFORMANCE.md).
    private static let journalPatience = 500
}

extension [Desk.Spoken] {
    var milliseconds: Int { reduce(0) { $0 + $1.milliseconds } }
}
