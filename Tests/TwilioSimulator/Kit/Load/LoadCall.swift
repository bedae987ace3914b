import Audio
import NIOCore

/// One caller of a load run: webhook, media socket, paced utterances; `<Play>` is not fetched.
actor LoadCall {
    private let plan: LoadPlan
    private let index: Int
    private let eventLoop: any EventLoop
    private let loopExecutor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { loopExecutor.asUnownedSerialExecutor() }

    private let callSid = TwilioFormat.sid("CA")
    private let signer: TwilioSigner
    private let client: WebClient
    private var result = LoadCallResult()
    private var clockStart = NIODeadline.now()
    private var writer: StreamMessageWriter
    private var playout = PlayoutBuffer(position: 0)
    private var turns: LoadTurns
    private var socket: MediaSocket?
    private var voice: ArraySlice<String> = []
    private var finished: CheckedContinuation<Void, Never>?
    private var hasEnded = false

    init(plan: LoadPlan, index: Int, eventLoop: any EventLoop) {
        self.plan = plan
        self.index = index
        self.eventLoop = eventLoop
        loopExecutor = eventLoop.executor
        signer = TwilioSigner(authToken: plan.authToken)
        client = WebClient(route: plan.route, signer: signer, eventLoop: eventLoop)
        writer = StreamMessageWriter(streamSid: TwilioFormat.sid("MZ"), callSid: callSid, accountSid: plan.accountSid)
        turns = LoadTurns(settings: plan.turns, now: 0)
    }

    func run() async -> LoadCallResult {
        do throws(TwilioNotice) {
            let stream = try await connect()
            await talk(stream)
        } catch {
            result.failure = "\(error.code) \(error.message)"
        }
        await reportCompleted()
        result.delays = turns.delays
        result.utterances = turns.utterances
        result.lostTurns = turns.lost
        return result
    }

    private func form(_ status: String) -> [FormField] {
        [
            FormField("CallSid", callSid), FormField("AccountSid", plan.accountSid), FormField("From", plan.from(index)),
            FormField("To", plan.to), FormField("CallStatus", status), FormField("ApiVersion", "2010-04-01"), FormField("Direction", "inbound"),
        ]
    }

    private func connect() async throws(TwilioNotice) -> StreamNoun {
        let target = ActionTarget(url: plan.route.publicAddress(plan.incomingPath), method: "POST")
        let begin = NIODeadline.now()
        let answer = try await client.webhook(target, form: form("ringing"), token: TwilioFormat.token())
        result.webhookMs = Double((NIODeadline.now() - begin).nanoseconds) / 1e6
        let document = try TwiMLReader.read(
            status: answer.status, contentType: answer.contentType, body: answer.body,
            source: DocumentSource(url: target.url, loopback: plan.route.loopback))
        for case .connect(let stream, _) in document.verbs { return stream }
        throw .error(12200, "the TwiML has no <Connect><Stream>")
    }

    private func talk(_ stream: StreamNoun) async {
        do throws(TwilioNotice) {
            let socket = try await MediaSocket.open(stream.url, route: plan.route, signer: signer, eventLoop: eventLoop) { event in
                self.assumeIsolated { $0.socketEvent(event) }
            }
            self.socket = socket
            socket.send(writer.connected())
            socket.send(writer.start(parameters: stream.parameters))
        } catch {
            result.failure = "\(error.code) \(error.message)"
            return
        }
        clockStart = .now()
        await withCheckedContinuation { continuation in
            finished = continuation
            if hasEnded { end(nil) } else { scheduleTick(1) }
        }
    }

    private func reportCompleted() async {
        let target = ActionTarget(url: plan.route.publicAddress(plan.statusPath), method: "POST")
        let seconds = FormField("CallDuration", String(Int(elapsed / 1000) + 1))
        _ = try? await client.webhook(target, form: form("completed") + [seconds], token: TwilioFormat.token())
    }

    /// Milliseconds since the stream began.
    private var elapsed: Double { Double((NIODeadline.now() - clockStart).nanoseconds) / 1e6 }

    private func scheduleTick(_ number: Int) {
        eventLoop.scheduleTask(deadline: clockStart + .milliseconds(Int64(number) * 20)) { self.assumeIsolated { $0.tick(number) } }
    }

    private func tick(_ number: Int) {
        guard !hasEnded, let socket else { return }
        let now = elapsed
        let delay = now - Double(number * 20)
        result.ticks += 1
        if delay > 10 { result.lateTicks += 1 }
        result.worstTickDelayMs = max(result.worstTickDelayMs, delay)

        let (_, marks) = playout.advance(to: number * MuLaw.frameSamples)
        for name in marks { socket.send(writer.mark(name: name)) }
        let frame = voice.popFirst()
        socket.send(writer.media(timestamp: (number - 1) * 20, payload: frame ?? LoadSignal.silentFrame))
        result.framesSent += 1
        if frame != nil, voice.isEmpty { turns.finishedSpeaking(now: elapsed) }
        switch turns.advance(now: now, isBusy: !playout.isDrained) {
        case .speak(let utterance):
            voice = plan.signal.frames(UInt16(truncatingIfNeeded: index * plan.turns.utterances + utterance))[...]
        case .finish:
            socket.send(writer.stop())
            socket.close()
            return end(nil)
        case nil:
            break
        }
        scheduleTick(number + 1)
    }

    private func socketEvent(_ event: MediaSocketEvent) {
        guard !hasEnded else { return }
        switch event {
        case .text(let bytes): serverSaid(bytes)
        case .binary: result.invalidMessages += 1
        case .pong: break
        case .closed(let code, _): end("the server closed the stream early, code \(code.map(String.init) ?? "none")")
        }
    }

    private func serverSaid(_ bytes: [UInt8]) {
        guard let message = try? ServerMessage.parse(bytes, streamSid: writer.streamSid) else {
            result.invalidMessages += 1
            return
        }
        let now = elapsed
        switch message {
        case .media(let audio):
            result.framesReceived += 1
            _ = playout.enqueue(audio, at: Int(now * 8))
            if Audibility.first(in: audio) != nil { turns.heard(now: now) }
        case .mark(let name):
            if playout.mark(name) { socket?.send(writer.mark(name: name)) }
        case .clear:
            for name in playout.clear() { socket?.send(writer.mark(name: name)) }
        }
    }

    private func end(_ failure: String?) {
        hasEnded = true
        if let failure { result.failure = failure }
        finished?.resume()
        finished = nil
    }
}
