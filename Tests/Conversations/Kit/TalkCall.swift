import Audio
import Foundation
import NIOCore
import Signing
import TwilioSimulatorKit

/// What every call of a run needs.
package struct TalkSetup: Sendable {
    package var accountSid: String
    package var authToken: String
    package var to: String
    package var route: Route
    /// Where callers write down what they say: the fleet's MAANE_SCRIPTED_DIR.
    package var scripts: String
    package var incomingPath = "/webhook/incoming_call"
    package var statusPath = "/webhook/call_status"
    private let origin = NIODeadline.now()

    package init(accountSid: String, authToken: String, to: String, route: Route, scripts: String) {
        self.accountSid = accountSid
        self.authToken = authToken
        self.to = to
        self.route = route
        self.scripts = scripts
    }

    /// Milliseconds since the run began.
    package var now: Double { Double((NIODeadline.now() - origin).nanoseconds) / 1e6 }
}

/// A conversation with all that is made before the call: one voice, one seed.
package struct PreparedTalk: Sendable {
    package var conversation: Conversation
    package var index: Int
    package var variant: Int
    package var voice: TalkVoice
    /// One for each utterance.
    package var audio: [TalkAudio]
    package var mixer: LineMixer
    /// Milliseconds by which moments over the agent are shifted.
    package var shift: Int
}

/// One call: webhook, media socket, the caller's line and its ear. `<Play>` is not fetched: the conversation begins with the stream.
actor TalkCall {
    private let setup: TalkSetup
    private let talk: PreparedTalk
    private let eventLoop: any EventLoop
    private let loopExecutor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { loopExecutor.asUnownedSerialExecutor() }

    private let signer: TwilioSigner
    private let client: WebClient
    private var record: TalkRecord
    private var writer: StreamMessageWriter
    private var playout = PlayoutBuffer(position: 0)
    private var mixer: LineMixer
    private var caller: TalkCaller
    private var socket: MediaSocket?
    private var clockStart = NIODeadline.now()
    private var startedAt = 0.0
    private var sentFrames = 0
    private var voice: ArraySlice<Int16> = []
    private var utterance: Int?
    private var marks: Set<String> = []
    private var finished: CheckedContinuation<Void, Never>?
    private var hasEnded = false

    /// A silence shorter than this, in milliseconds, does not end what the agent says.
    private static let breath = 400.0

    /// - Parameter callSid: whose file of words and whose events these are.
    init(setup: TalkSetup, talk: PreparedTalk, callSid: String, eventLoop: any EventLoop) {
        self.setup = setup
        self.talk = talk
        self.eventLoop = eventLoop
        loopExecutor = eventLoop.executor
        signer = TwilioSigner(authToken: setup.authToken)
        client = WebClient(route: setup.route, signer: signer, eventLoop: eventLoop)
        writer = StreamMessageWriter(streamSid: TwilioFormat.sid("MZ"), callSid: callSid, accountSid: setup.accountSid)
        mixer = talk.mixer
        caller = TalkCaller(steps: talk.conversation.steps, shift: talk.shift, now: 0)
        record = TalkRecord(
            sid: callSid, scenario: talk.conversation.name, category: talk.conversation.category, variant: talk.variant, voice: talk.voice)
        record.steps = talk.audio.indices.map { TalkRecord.Step(index: $0) }
    }

    func run() async -> TalkRecord {
        do throws(TwilioNotice) {
            try await converse(try await connect())
        } catch {
            record.failure = "\(error.code) \(error.message)"
        }
        let target = ActionTarget(url: setup.route.publicAddress(setup.statusPath), method: "POST")
        let seconds = FormField("CallDuration", String(Int(elapsed / 1_000) + 1))
        _ = try? await client.webhook(target, form: form("completed") + [seconds], token: TwilioFormat.token())
        return record
    }

    private func form(_ status: String) -> [FormField] {
        [
            FormField("CallSid", record.sid), FormField("AccountSid", setup.accountSid),
            FormField("From", "+97250" + String(1_000_000 + talk.index % 9_000_000)), FormField("To", setup.to), FormField("CallStatus", status),
            FormField("ApiVersion", "2010-04-01"), FormField("Direction", "inbound"),
        ]
    }

    private func connect() async throws(TwilioNotice) -> StreamNoun {
        let target = ActionTarget(url: setup.route.publicAddress(setup.incomingPath), method: "POST")
        let answer = try await client.webhook(target, form: form("ringing"), token: TwilioFormat.token())
        let document = try TwiMLReader.read(
            status: answer.status, contentType: answer.contentType, body: answer.body,
            source: DocumentSource(url: target.url, loopback: setup.route.loopback))
        for case .connect(let stream, _) in document.verbs { return stream }
        throw .error(12200, "the TwiML has no <Connect><Stream>")
    }

    private func converse(_ stream: StreamNoun) async throws(TwilioNotice) {
        let socket = try await MediaSocket.open(stream.url, route: setup.route, signer: signer, eventLoop: eventLoop) { event in
            self.assumeIsolated { $0.socketEvent(event) }
        }
        self.socket = socket
        socket.send(writer.connected())
        socket.send(writer.start(parameters: stream.parameters))
        clockStart = .now()
        startedAt = setup.now
        await withCheckedContinuation { continuation in
            finished = continuation
            if hasEnded { end(nil) } else { scheduleTick(1) }
        }
    }

    // MARK: - The clock

    /// Milliseconds since the stream began.
    private var elapsed: Double { Double((NIODeadline.now() - clockStart).nanoseconds) / 1e6 }

    private func scheduleTick(_ number: Int) {
        eventLoop.scheduleTask(deadline: clockStart + .milliseconds(Int64(number) * 20)) { self.assumeIsolated { $0.tick(number) } }
    }

    private func tick(_ number: Int) {
        guard !hasEnded, let socket else { return }
        let now = elapsed
        record.ticks += 1
        if now - Double(number * 20) > 10 { record.lateTicks += 1 }
        let (played, returned) = playout.advance(to: number * MuLaw.frameSamples)
        for name in returned { socket.send(writer.mark(name: name)) }
        let audible = Audibility.first(in: played) != nil
        if audible { heardAgent(at: now) }

        let chunk = voice.prefix(MuLaw.frameSamples)
        voice = voice.dropFirst(chunk.count)
        let payload = mixer.frame(voice: chunk, played: played)
        socket.send(
            writer.media(timestamp: (number - 1) * 20, payload: payload == MuLaw.silentFrame ? LoadSignal.silentFrame : Base64.encode(payload)))
        sentFrames += 1
        if let utterance, !chunk.isEmpty {
            if record.steps[utterance].began == nil {
                record.steps[utterance].began = startedAt + now
                record.steps[utterance].due = startedAt + Double(number * 20)
            }
            if voice.isEmpty {
                record.steps[utterance].ended = startedAt + now
                record.steps[utterance].state = .done
                self.utterance = nil
                caller.finishedUttering(now: now)
            }
        }
        for action in caller.advance(now: now, audible: audible, isBusy: !playout.isDrained) { perform(action) }
        if !hasEnded, now > Double(talk.conversation.seconds * 1_000) { end("not over after \(talk.conversation.seconds) s") }
        if !hasEnded { scheduleTick(number + 1) }
    }

    private func heardAgent(at now: Double) {
        let time = startedAt + now
        if let last = record.spans.indices.last, time - record.spans[last].to < Self.breath {
            record.spans[last].to = time
        } else {
            record.spans.append(.init(from: time, to: time))
        }
    }

    private func perform(_ action: TalkCaller.Action) {
        switch action {
        case .utter(let index, let overAgent):
            record.steps[index].isOverAgent = overAgent
            record.steps[index].words = talk.audio[index].words
            write(talk.audio[index].words)
            utterance = index
            voice = talk.audio[index].pcm[...]
        case .keys(let keys): for key in keys { socket?.send(writer.dtmf(digit: key)) }
        case .leaveOut(let index): record.steps[index].state = .void
        case .unanswered(let index): record.steps[index].isUnanswered = true
        case .hangUp:
            socket?.send(writer.stop())
            socket?.close()
            end(nil)
        }
    }

    // MARK: - What is said, for the recogniser

    private struct Line: Encodable {
        var frame: Int
        var words: [TalkAudio.Word]
    }

    /// A line of the file that the recogniser reads.
    /// - Parameter frame: number of the utterance's first frame on the line, from 0.
    static func line(frame: Int, words: [TalkAudio.Word]) throws -> [UInt8] {
        Array(try JSONEncoder().encode(Line(frame: frame, words: words))) + [UInt8(ascii: "\n")]
    }

    /// The utterance's first frame is the next one.
    private func write(_ words: [TalkAudio.Word]) {
        guard !words.isEmpty else { return }
        do {
            let path = "\(setup.scripts)/\(record.sid).jsonl"
            if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: Data(Self.line(frame: sentFrames, words: words)))
        } catch {
            end("what is said cannot be written into \(setup.scripts): \(error)")
        }
    }

    // MARK: - The socket

    private func socketEvent(_ event: MediaSocketEvent) {
        guard !hasEnded else { return }
        switch event {
        case .text(let bytes): serverSaid(bytes)
        case .binary, .pong: break
        case .closed(let code, _): end("the server closed the stream, code \(code.map(String.init) ?? "none")")
        }
    }

    private func serverSaid(_ bytes: [UInt8]) {
        let message: ServerMessage
        do { message = try ServerMessage.parse(bytes, streamSid: writer.streamSid) } catch { return end("31951 \(error)") }
        switch message {
        case .media(let audio): _ = playout.enqueue(audio, at: Int(elapsed * 8))
        case .mark(let name):
            if !marks.insert(name).inserted { record.repeatedMarks += 1 }
            if playout.mark(name) { socket?.send(writer.mark(name: name)) }
        case .clear:
            if playout.buffered > 0 { record.clears.append(startedAt + elapsed) }
            marks = []
            for name in playout.clear() { socket?.send(writer.mark(name: name)) }
        }
    }

    private func end(_ failure: String?) {
        guard !hasEnded else { return }
        hasEnded = true
        if let failure {
            record.failure = failure
            socket?.close()
        }
        finished?.resume()
        finished = nil
    }
}
