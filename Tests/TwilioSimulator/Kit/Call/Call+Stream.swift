import Audio
import NIOCore
import Signing

extension Call {
    /// Opens the media socket and begins to send.
    func openStream(_ noun: StreamNoun) {
        renderAgent(to: now)
        streamGeneration += 1
        let generation = streamGeneration
        let sid = TwilioFormat.sid("MZ")
        report.streamSids.append(sid)
        stream = ActiveStream(
            generation: generation, noun: noun,
            writer: StreamMessageWriter(streamSid: sid, callSid: callSid, accountSid: plan.accountSid),
            playout: PlayoutBuffer(position: agentTrack.count, limit: plan.bufferedSamples))
        log("stream-connecting", noun.url.description)
        if let refused = faults.strike(.handshakeRefused, at: moment) {
            let notice = TwilioNotice.error(refused.code ?? 31920, "the media socket was not reached: a fault on command")
            let wait = refused.ms ?? 0
            // Not waited for: a call that ends meanwhile need not last as long as Twilio's patience.
            eventLoop.scheduleTask(in: .milliseconds(Int64(wait))) { self.assumeIsolated { $0.streamFailed(notice, generation: generation) } }
            return
        }
        let wait = faults.strike(.handshakeDelayed, at: moment)?.ms ?? 0
        eventLoop.scheduleTask(in: .milliseconds(Int64(wait))) { self.assumeIsolated { $0.connectStream(noun, generation: generation) } }
    }

    private func connectStream(_ noun: StreamNoun, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return }
        let (plan, signer, eventLoop) = (plan, signer, eventLoop)
        let delay = mediaDelay
        track {
            do throws(TwilioNotice) {
                let socket = try await MediaSocket.open(noun.url, route: plan.route, signer: signer, eventLoop: eventLoop) { event in
                    guard delay > 0 else { return self.assumeIsolated { $0.socketEvent(event, generation: generation) } }
                    eventLoop.scheduleTask(in: .milliseconds(Int64(delay))) {
                        self.assumeIsolated { $0.socketEvent(event, generation: generation) }
                    }
                }
                await self.streamOpened(socket, generation: generation)
            } catch {
                await self.streamFailed(error, generation: generation)
            }
        }
    }

    /// Extra milliseconds on every media message, in both directions.
    private var mediaDelay: Int { faults.fault(.slow, at: moment, target: "media")?.ms ?? 0 }

    /// Sends a message on the media socket.
    func transmit(_ text: String) {
        guard let socket = stream?.socket else { return }
        let delay = faults.isEmpty ? 0 : mediaDelay
        guard delay > 0 else { return socket.send(text) }
        eventLoop.scheduleTask(in: .milliseconds(Int64(delay))) { socket.send(text) }
    }

    private func streamOpened(_ socket: MediaSocket, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return socket.cut() }
        stream?.socket = socket
        if let connected = stream?.writer.connected() { transmit(connected) }
        log("stream-connected", report.streamSids.last ?? "")
        if faults.fault(.startNever, at: moment) != nil { return }
        guard let wait = faults.strike(.startDelayed, at: moment)?.ms else { return startStream(generation: generation) }
        eventLoop.scheduleTask(in: .milliseconds(Int64(wait))) { self.assumeIsolated { $0.startStream(generation: generation) } }
    }

    private func startStream(generation: Int) {
        guard stream?.generation == generation, stream?.socket != nil, !hasEnded else { return }
        stream?.startSample = now
        stream?.isStarted = true
        var parameters = stream?.noun.parameters ?? []
        if faults.fault(.wrongToken, at: moment) != nil {
            parameters = parameters.map { $0.name == "token" ? FormField("token", "no-" + $0.value.dropFirst(3)) : $0 }
        }
        if let start = stream?.writer.start(parameters: parameters) { transmit(start) }
        log("stream-started", report.streamSids.last ?? "")
        report.counters.streamsStarted += 1
        reportStream("stream-started", error: nil)
        if let second = faults.strike(.secondSocket, at: moment, times: 1), let noun = stream?.noun {
            eventLoop.scheduleTask(in: .milliseconds(Int64(second.ms ?? 1000))) { self.assumeIsolated { $0.openSecondSocket(noun) } }
        }
    }

    private func streamFailed(_ notice: TwilioNotice, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return }
        raise(notice)
        reportStream("stream-error", error: notice.message)
        renderAgent(to: now)
        stream = nil
        perform(document.streamEnded())
    }

    // MARK: What the server hears

    /// Sends one 20 ms frame of the caller, or keeps it for a burst.
    func sendFrame(_ voice: [UInt8], from position: Int) {
        guard stream?.isStarted == true, let socket = stream?.socket, let start = stream?.startSample else { return }
        let moment = moment
        if !faults.isEmpty, faults.fault(.mediaStopped, at: moment) != nil { return }
        heldFrames.append((max(0, (position - start) / 8), voice))
        if !faults.isEmpty, let hole = faults.fault(.mediaHole, at: moment), let from = hole.fromSecond,
            moment.second < from + Double(hole.ms ?? 233) / 1000
        {
            if hole.lost { heldFrames.removeAll(keepingCapacity: true) }
            return
        }
        if let burst = faults.fault(.bursts, at: moment)?.frames ?? plan.burstFrames, position / Self.frame % 50 < burst { return }
        let joined = faults.fault(.largeFrames, at: moment)?.frames ?? 1
        guard heldFrames.count >= joined else { return }
        // What a server does not read piles up here, and Twilio throws audio away then.
        guard socket.isWritable else {
            heldFrames.removeAll(keepingCapacity: true)
            report.counters.framesDropped += 1
            guard stream?.warnedSlow == false else { return }
            stream?.warnedSlow = true
            return raise(.warning(31930, "the server reads too slowly; the caller's audio is discarded"))
        }
        for first in stride(from: 0, to: heldFrames.count, by: joined) {
            let part = heldFrames[first..<min(first + joined, heldFrames.count)]
            let audio = part.flatMap(\.audio)
            guard let message = stream?.writer.media(timestamp: heldFrames[first].timestamp, payload: Base64.encode(audio)) else { break }
            transmit(message)
            report.counters.framesSent += part.count
        }
        heldFrames.removeAll(keepingCapacity: true)
    }

    /// Faults that strike a stream that runs.
    func strikeStream() {
        guard !faults.isEmpty, stream?.isStarted == true, let socket = stream?.socket else { return }
        if faults.strike(.socketCut, at: moment, times: 1) != nil {
            log("fault", "the media socket is cut")
            socket.cut()
        }
        if faults.fault(.pings, at: moment) != nil, now / Self.frame % 50 == 0 { socket.ping() }
    }

    func returnMark(_ name: String) {
        guard stream?.socket != nil, let message = stream?.writer.mark(name: name) else { return }
        transmit(message)
        report.counters.marksReturned += 1
        log("mark-returned", name)
    }

    // MARK: What the server says

    private func socketEvent(_ event: MediaSocketEvent, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return }
        switch event {
        case .text(let bytes):
            serverSaid(bytes)
        case .binary:
            guard stream?.warnedBinary == false else { return }
            stream?.warnedBinary = true
            raise(.warning(31950, "a binary frame; messages are text frames"))
        case .pong:
            log("pong", "")
        case .closed(let code, let protocolError):
            if faults.fault(.serverCloseIgnored, at: moment) != nil {
                log("fault", "the server's close (code \(code.map(String.init) ?? "none")) goes unnoticed")
                stream?.socket = nil
                stream?.isStarted = false
                return
            }
            streamClosed(code: code, protocolError: protocolError)
        }
    }

    private func serverSaid(_ bytes: [UInt8]) {
        guard let sid = stream?.writer.streamSid else { return }
        do {
            let message = try ServerMessage.parse(bytes, streamSid: sid)
            if !faults.isEmpty, faults.fault(.marksNever, at: moment) != nil { return refuse(message) }
            switch message {
            case .media(let audio): received(audio)
            case .mark(let name):
                report.counters.marksReceived += 1
                if stream?.playout.mark(name) == true { returnMark(name) }
            case .clear:
                report.counters.clears += 1
                renderAgent(to: now)
                let pending = stream?.playout.clear() ?? []
                log("clear", "\(pending.count) marks pending")
                for name in pending { returnMark(name) }
            }
        } catch {
            report.counters.invalidMessages += 1
            guard stream?.warnedInvalid == false else { return }
            stream?.warnedInvalid = true
            raise(.warning(31951, "\(error.description): \(String(decoding: bytes.prefix(200), as: UTF8.self))"))
        }
    }

    /// The stream takes nothing any more.
    private func refuse(_ message: ServerMessage) {
        if case .media(let audio) = message {
            report.counters.mediaRefused += 1
            if Audibility.first(in: audio) != nil, report.counters.mediaRefused == 1 { log("fault", "the stream refuses audio") }
        }
    }

    private func received(_ audio: [UInt8]) {
        report.counters.mediaReceived += 1
        report.counters.bytesReceived += audio.count
        if let last = report.customerUtterances.indices.last, report.customerUtterances[last].agentArrivedMs == nil, speech == nil,
            now / 8 >= report.customerUtterances[last].voiceEndMs, Audibility.first(in: audio) != nil
        {
            report.customerUtterances[last].agentArrivedMs = now / 8
            log("agent-audio", "first audible audio after utterance \(last)")
        }
        if stream?.playout.enqueue(audio, at: now) == false, stream?.warnedFull == false {
            stream?.warnedFull = true
            raise(.warning(31931, "more than ten minutes of audio are buffered; the rest was discarded"))
        }
    }

    private func streamClosed(code: Int?, protocolError: Bool) {
        if protocolError {
            raise(.error(31924, "a malformed WebSocket frame"))
        } else if let code {
            // Which codes are harmless is unconfirmed; 1000 and no code are (contract, section 1.4).
            if code != 1000, code != 1005 { raise(.error(31921, "the server closed the media socket with code \(code); close with 1000")) }
        } else {
            raise(.error(31903, "the media socket broke without a close frame"))
        }
        log("stream-closed", "by the server, code \(code.map(String.init) ?? "none")")
        reportStream(code == nil ? "stream-error" : "stream-stopped", error: code == nil ? "connection broken" : nil)
        renderAgent(to: now)
        stream = nil
        heldFrames.removeAll()
        perform(document.streamEnded())
    }

    /// Ends the stream from Twilio's side.
    func closeStream() {
        guard stream != nil else { return }
        if !hasEnded { renderAgent(to: now) }
        if let socket = stream?.socket {
            if faults.fault(.closeUndelivered, at: moment) != nil {
                log("fault", "the end of the stream does not reach the server")
                socket.freeze()
                frozen.append(socket)
            } else {
                if let stop = stream?.writer.stop() { socket.send(stop) }
                socket.close()
            }
        }
        log("stream-stopped", "by the platform")
        if stream?.isStarted == true { reportStream("stream-stopped", error: nil) }
        stream = nil
        heldFrames.removeAll()
    }

    private func reportStream(_ event: String, error: String?) {
        guard let stream else { return }
        reportStream(event, noun: stream.noun, streamSid: stream.writer.streamSid, error: error)
    }

    /// The stream's status callback (contract, section 3.3).
    func reportStream(_ event: String, noun: StreamNoun, streamSid: String, error: String?) {
        guard let callback = noun.statusCallback else { return }
        var form = [
            FormField("AccountSid", plan.accountSid), FormField("CallSid", callSid), FormField("StreamSid", streamSid),
            FormField("StreamName", noun.name ?? streamSid), FormField("StreamEvent", event), FormField("Timestamp", TwilioFormat.isoDate()),
        ]
        if let error { form.append(FormField("StreamError", error)) }
        notify(callback, extra: [], callStatus: "in-progress", only: form)
    }
}
