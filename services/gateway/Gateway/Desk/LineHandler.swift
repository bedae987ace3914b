import CallEngine
import CallVocabulary
import Logging
import Metrics
import NIOCore
import TwilioWire

/// One media socket: a stranger until its `start` shows a good token, then the line of a call. Lives on the socket's event loop.
final class LineHandler: MediaHandler, Line {
    private let line: MediaLine
    private let desk: Desk
    private let logger: Logger
    private var runner: CallRunner?
    private var stopped = false
    private var isRefused = false

    init(line: MediaLine, desk: Desk, logger: Logger) {
        self.line = line
        self.desk = desk
        self.logger = logger
    }

    func received(_ batch: [TwilioMessage], malformed: Int) {
        for message in batch {
            switch message {
            case .start(let start): begin(start)
            case .media(let media): if media.track == .inbound { runner?.feed(.voice(media.payload), from: self) }
            case .mark(let name): runner?.feed(.mark(name), from: self)
            case .dtmf(let digit): runner?.feed(.digit(digit), from: self)
            case .stop:
                stopped = true
                runner?.feed(.lineStopped, from: self)
            case .connected: break
            case .unknown(let event): logger.debug("unknown event from the line", metadata: ["event": "\(event)"])
            }
        }
    }

    func closed() {
        if !stopped { runner?.feed(.lineLost, from: self) }
        runner = nil
    }

    /// What the handshake's `x-twilio-signature` was worth. Twilio's documents do not promise one: the token decides.
    private var signature: String { line.isSignatureValid.map { $0 ? "valid" : "invalid" } ?? "none" }

    private func begin(_ start: StreamStart) {
        // A line has one call. After a refusal it is being closed.
        guard runner == nil, !isRefused else { return }
        Counter(label: "maane_media_signatures", dimensions: [("signature", signature)]).increment()
        switch desk.claim(start, on: line.eventLoop) {
        case .success(let runner):
            line.markAuthenticated()
            self.runner = runner
            runner.open(self, streamSID: start.streamSid, signature: signature)
        case .failure(let refusal):
            isRefused = true
            Counter(label: "maane_media_refused", dimensions: [("reason", "token")]).increment()
            logger.warning(
                "media socket refused",
                metadata: [
                    "call": "\(Desk.clipped(start.callSid))", "reason": "\(refusal)", "signature": "\(signature)", "remote": "\(line.remoteAddress)",
                ])
            line.close()
        }
    }

    // MARK: - Line

    func play(_ mulaw: [UInt8]) { line.send(media: mulaw) }
    func mark(_ name: String) { line.sendMark(name) }
    func clear() { line.sendClear() }
    func grouped(_ body: () -> Void) { line.grouped(body) }
    func close() { line.close() }
}
