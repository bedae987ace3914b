import Audio
import NIOCore
import Signing
import TwilioSimulatorKit

/// One caller on a simulated line: TwiML, media socket, playout, and the ``Caller`` that speaks and listens.
///
/// Like `Call` of the simulator, without what chaos does not need: recordings on disk, customers with scripts, the account API.
actor ChaosCall {
    private struct Stream {
        var generation: Int
        var writer: StreamMessageWriter
        var playout: PlayoutBuffer
        var parameters: [FormField]
        var socket: MediaSocket?
        /// Position on the call's clock when `start` was sent.
        var start = 0
    }

    private static let frame = MuLaw.frameSamples

    private let setup: ChaosSetup
    private let board: Board
    private let slot: Int
    private let eventLoop: any EventLoop
    private let loopExecutor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { loopExecutor.asUnownedSerialExecutor() }
    private let client: WebClient
    private let signer: TwilioSigner

    private let clockStart = NIODeadline.now()
    private var record: CallRecord
    private var caller: Caller
    private var ear = ToneEar()
    private var document = DocumentExecutor()
    private var stream: Stream?
    private var streamGeneration = 0
    private var file: PlayoutBuffer?
    private var pauseUntil: Int?
    private var voice: ArraySlice<String> = []
    private var isAskingFallback = false
    private var outstanding: [Task<Void, Never>] = []
    private var finished: CheckedContinuation<Void, Never>?
    private var hasEnded = false

    init(setup: ChaosSetup, board: Board, slot: Int, index: Int, utterances: Int, eventLoop: any EventLoop) {
        self.setup = setup
        self.board = board
        self.slot = slot
        self.eventLoop = eventLoop
        loopExecutor = eventLoop.executor
        signer = TwilioSigner(authToken: setup.authToken)
        client = WebClient(route: setup.route, signer: signer, eventLoop: eventLoop)
        record = CallRecord(sid: TwilioFormat.sid("CA"), from: "+97250" + String(1_000_000 + index), began: setup.now)
        var settings = setup.caller
        settings.utterances = utterances
        caller = Caller(settings: settings, first: index * setup.caller.utterances)
    }

    /// Makes the call and returns when it is over.
    func run() async -> CallRecord {
        scheduleTick(1)
        await withCheckedContinuation { continuation in
            finished = continuation
            perform(document.begin(target(setup.incomingPath)))
        }
        while let task = outstanding.popLast() { await task.value }
        record.utterances = caller.utterances
        record.strays = caller.strays
        return record
    }

    /// Hangs up, whatever is going on.
    func abandon() {
        guard !hasEnded else { return }
        record.note("the caller hangs up: the run is over", at: setup.now)
        perform(document.callerHungUp(reason: "the run is over"))
    }

    private func target(_ path: String) -> ActionTarget {
        var url = setup.route.publicAddress(path)
        url.overrides = setup.overrides
        return ActionTarget(url: url, method: "POST")
    }

    // MARK: The clock

    /// Samples since the call began.
    private var position: Int { Int((NIODeadline.now() - clockStart).nanoseconds / 125_000) }

    private func scheduleTick(_ number: Int) {
        eventLoop.scheduleTask(deadline: clockStart + .milliseconds(Int64(number) * 20)) { self.assumeIsolated { $0.tick(number) } }
    }

    private func tick(_ number: Int) {
        guard !hasEnded else { return }
        let to = number * Self.frame
        record.ticks += 1
        // More than this, and the figures are ours, not the application's.
        if position - to > 10 * 8 { record.lateTicks += 1 }
        let played = play(to: to)
        let now = setup.now
        let isAudible = Audibility.first(in: played) != nil
        if isAudible, let gap = record.gaps.indices.last, record.gaps[gap].opened != nil, record.gaps[gap].audible == nil, file == nil {
            record.gaps[gap].audible = now
            board.set(slot, .live)
        }
        for heard in ear.listen(played) { caller.heard(heard, now: now) }
        speak(to: to, now: now)
        if let until = pauseUntil, to >= until {
            pauseUntil = nil
            perform(document.pauseFinished())
        }
        if board.isClosing { caller.leave() }
        let isBusy = file != nil || stream.map { !$0.playout.isDrained } == true
        switch caller.advance(now: now, isAudible: isAudible, isBusy: isBusy) {
        case .speak(let number): voice = LoadSignal.tones.frames(UInt16(number))[...]
        case .hangUp: perform(document.callerHungUp(reason: "the caller has said everything"))
        case nil: break
        }
        if !hasEnded { scheduleTick(number + 1) }
    }

    /// The agent's side of the line up to a position.
    private func play(to position: Int) -> [UInt8] {
        if let (audio, ends) = file?.advance(to: position) {
            if !ends.isEmpty {
                file = nil
                perform(document.playFinished())
            }
            return audio
        }
        guard let (audio, marks) = stream?.playout.advance(to: position) else { return [UInt8](repeating: MuLaw.silence, count: Self.frame) }
        for name in marks { returnMark(name) }
        return audio
    }

    /// The caller's side: sent while a stream is there, spoken into the void while none is.
    private func speak(to position: Int, now: Int) {
        let frame = voice.popFirst()
        if let socket = stream?.socket, let start = stream?.start,
            let message = stream?.writer.media(timestamp: max(0, position - Self.frame - start) / 8, payload: frame ?? LoadSignal.silentFrame)
        {
            socket.send(message)
        }
        if frame != nil, voice.isEmpty { caller.finishedSpeaking(now: now) }
    }

    // MARK: TwiML

    private func perform(_ actions: [DocumentExecutor.Action]) {
        for action in actions {
            switch action {
            case .fetch(let target, let extra): fetch(target, extra: extra)
            case .notify(let target, let extra): notify(target, form("completed") + extra)
            case .play(let url, let loop): fetchFile(url, loop: loop)
            case .stopPlaying: file = nil
            case .openStream(let noun): openStream(noun)
            case .closeStream: closeStream()
            case .record:
                record.note("<Record> is skipped: nobody listens to it", at: setup.now)
                perform(document.recordFinished(extra: []))
            case .stopRecording, .startStream, .stopStream, .stopDialing: break
            case .dial:
                record.note("<Dial> is skipped: nobody answers", at: setup.now)
                perform(document.dialFinished(extra: [FormField("DialCallStatus", "no-answer")]))
            case .pause(let seconds): pauseUntil = position + seconds * MuLaw.sampleRate
            case .stopPausing: pauseUntil = nil
            case .notice(let notice): record.note("\(notice.level.rawValue) \(notice.code) \(notice.message)", at: setup.now)
            case .hangUp(let byAgent, let reason): end(byAgent: byAgent, reason: reason)
            }
        }
    }

    private func form(_ status: String) -> [FormField] {
        [
            FormField("CallSid", record.sid), FormField("AccountSid", setup.accountSid), FormField("From", record.from),
            FormField("To", setup.to), FormField("CallStatus", status), FormField("ApiVersion", "2010-04-01"), FormField("Direction", "inbound"),
        ]
    }

    private func track(_ work: @escaping @Sendable () async -> Void) { outstanding.append(Task { await work() }) }

    private func fetch(_ target: ActionTarget, extra: [FormField]) {
        let form = form(document.generation <= 1 ? "ringing" : "in-progress") + extra
        let generation = document.generation
        let begin = setup.now
        track {
            let answer: Result<WebAnswer, TwilioNotice>
            do throws(TwilioNotice) {
                answer = .success(try await self.client.webhook(target, form: form, token: TwilioFormat.token()))
            } catch {
                answer = .failure(error)
            }
            await self.documentAnswered(answer, target, generation: generation, begin: begin)
        }
    }

    private func documentAnswered(_ answer: Result<WebAnswer, TwilioNotice>, _ target: ActionTarget, generation: Int, begin: Int) {
        guard generation == document.generation else { return }
        do throws(TwilioNotice) {
            let answer = try answer.get()
            record.note("\(target.url.target) answered \(answer.status) after \(setup.now - begin) ms", at: setup.now)
            let source = DocumentSource(url: target.url, loopback: setup.route.loopback)
            let read = try TwiMLReader.read(status: answer.status, contentType: answer.contentType, body: answer.body, source: source)
            isAskingFallback = false
            perform(document.documentArrived(read))
        } catch {
            // One fallback for a document that failed; when the fallback fails too, Twilio ends the call.
            let fallback = isAskingFallback ? nil : setup.fallbackPath.map { self.target($0) }
            isAskingFallback = fallback != nil
            if fallback != nil { record.fallbacks += 1 }
            perform(document.documentFailed(error, fallback: fallback))
        }
    }

    private func notify(_ target: ActionTarget, _ form: [FormField]) {
        track { _ = try? await self.client.webhook(target, form: form, token: TwilioFormat.token()) }
    }

    private func fetchFile(_ url: WebAddress, loop: Int) {
        let state = document
        track {
            do throws(TwilioNotice) {
                let answer = try await self.client.file(url)
                let audio = try PlayableFile.decode(answer, url: url)
                await self.playFile(audio, times: max(1, loop), state: state)
            } catch {
                await self.fileFailed(error, state: state)
            }
        }
    }

    private func playFile(_ audio: [UInt8], times: Int, state: DocumentExecutor) {
        guard state == document, !hasEnded else { return }
        var playout = PlayoutBuffer(position: position / Self.frame * Self.frame)
        for _ in 0..<times { _ = playout.enqueue(audio, at: position) }
        _ = playout.enqueue([MuLaw.silence], at: position)
        _ = playout.mark("end")
        file = playout
    }

    private func fileFailed(_ notice: TwilioNotice, state: DocumentExecutor) {
        guard state == document, !hasEnded else { return }
        perform(document.playFinished(notice))
    }

    // MARK: The stream

    private func openStream(_ noun: StreamNoun) {
        streamGeneration += 1
        let generation = streamGeneration
        stream = Stream(
            generation: generation,
            writer: StreamMessageWriter(streamSid: TwilioFormat.sid("MZ"), callSid: record.sid, accountSid: setup.accountSid),
            playout: PlayoutBuffer(position: position / Self.frame * Self.frame), parameters: noun.parameters)
        let (route, signer, eventLoop) = (setup.route, signer, eventLoop)
        track {
            do throws(TwilioNotice) {
                let socket = try await MediaSocket.open(noun.url, route: route, signer: signer, eventLoop: eventLoop) { event in
                    self.assumeIsolated { $0.socketEvent(event, generation: generation) }
                }
                await self.streamOpened(socket, generation: generation)
            } catch {
                await self.streamFailed(error, generation: generation)
            }
        }
    }

    private func streamOpened(_ socket: MediaSocket, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return socket.cut() }
        stream?.socket = socket
        stream?.start = position
        if let connected = stream?.writer.connected() { socket.send(connected) }
        if let parameters = stream?.parameters, let start = stream?.writer.start(parameters: parameters) { socket.send(start) }
        record.streams += 1
        record.note("stream \(record.streams)", at: setup.now)
        if let gap = record.gaps.indices.last, record.gaps[gap].opened == nil {
            record.gaps[gap].opened = setup.now
        } else {
            board.set(slot, .live)
        }
        caller.lineOpened(now: setup.now)
    }

    private func streamFailed(_ notice: TwilioNotice, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return }
        record.note("error \(notice.code) \(notice.message)", at: setup.now)
        stream = nil
        perform(document.streamEnded())
    }

    private func socketEvent(_ event: MediaSocketEvent, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return }
        switch event {
        case .text(let bytes): serverSaid(bytes)
        case .binary: record.note("warning 31950 a binary frame", at: setup.now)
        case .pong: break
        case .closed(let code, _): streamClosed(code)
        }
    }

    private func streamClosed(_ code: Int?) {
        record.note("the stream was closed with code \(code.map(String.init) ?? "none")", at: setup.now)
        // A stream that never sent its start was no conversation: the gap before it goes on.
        if stream?.socket != nil, record.gaps.last.map({ $0.opened != nil }) ?? true {
            record.gaps.append(LineGap(closed: setup.now, code: code))
            board.set(slot, .away(since: setup.now))
        }
        stream = nil
        perform(document.streamEnded())
    }

    private func serverSaid(_ bytes: [UInt8]) {
        guard let sid = stream?.writer.streamSid else { return }
        guard let message = try? ServerMessage.parse(bytes, streamSid: sid) else {
            return record.note("warning 31951 \(String(decoding: bytes.prefix(100), as: UTF8.self))", at: setup.now)
        }
        switch message {
        case .media(let audio): _ = stream?.playout.enqueue(audio, at: position)
        case .mark(let name): if stream?.playout.mark(name) == true { returnMark(name) }
        case .clear: for name in stream?.playout.clear() ?? [] { returnMark(name) }
        }
    }

    private func returnMark(_ name: String) {
        guard let socket = stream?.socket, let message = stream?.writer.mark(name: name) else { return }
        socket.send(message)
    }

    private func closeStream() {
        if let socket = stream?.socket, let stop = stream?.writer.stop() {
            socket.send(stop)
            socket.close()
        }
        stream = nil
    }

    private func end(byAgent: Bool, reason: String) {
        guard !hasEnded else { return }
        hasEnded = true
        record.ended = setup.now
        if byAgent { record.cutOff = "ended by the agent: \(reason)" }
        closeStream()
        board.set(slot, .idle)
        notify(target(setup.statusPath), form("completed") + [FormField("CallDuration", String(max(1, (setup.now - record.began) / 1000)))])
        finished?.resume()
        finished = nil
    }
}
