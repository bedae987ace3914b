import Audio
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
            playout: PlayoutBuffer(position: agentTrack.count))
        log("stream-connecting", noun.url.description)
        let (plan, signer, eventLoop) = (plan, signer, eventLoop)
        track {
            do throws(TwilioNotice) {
                let socket = try await MediaSocket.open(noun.url, route: plan.route, signer: signer, eventLoop: eventLoop) { event in
                    self.assumeIsolated { $0.socketEvent(event, generation: generation) }
                }
                await self.streamOpened(socket, generation: generation)
            } catch {
                await self.streamFailed(error, generation: generation)
            }
        }
    }

    private func streamOpened(_ socket: MediaSocket, generation: Int) {
        guard stream?.generation == generation else { return socket.cut() }
        stream?.socket = socket
        stream?.startSample = now
        if let connected = stream?.writer.connected() { socket.send(connected) }
        if let parameters = stream?.noun.parameters, let start = stream?.writer.start(parameters: parameters) { socket.send(start) }
        log("stream-started", report.streamSids.last ?? "")
        reportStream("stream-started", error: nil)
    }

    private func streamFailed(_ notice: TwilioNotice, generation: Int) {
        guard stream?.generation == generation else { return }
        raise(notice)
        reportStream("stream-error", error: notice.message)
        renderAgent(to: now)
        stream = nil
        perform(document.streamEnded())
    }

    /// Sends one 20 ms frame of the caller, or keeps it for a burst.
    func sendFrame(_ voice: [UInt8], from position: Int) {
        guard let socket = stream?.socket, let start = stream?.startSample else { return }
        heldFrames.append((max(0, (position - start) / 8), Base64.encode(voice)))
        if let burst = plan.burstFrames, position / Self.frame % 50 < burst { return }
        for held in heldFrames {
            guard let message = stream?.writer.media(timestamp: held.timestamp, payload: held.payload) else { break }
            socket.send(message)
            report.counters.framesSent += 1
        }
        heldFrames.removeAll(keepingCapacity: true)
    }

    func returnMark(_ name: String) {
        guard let socket = stream?.socket, let message = stream?.writer.mark(name: name) else { return }
        socket.send(message)
        report.counters.marksReturned += 1
        log("mark-returned", name)
    }

    private func socketEvent(_ event: MediaSocketEvent, generation: Int) {
        guard stream?.generation == generation, !hasEnded else { return }
        switch event {
        case .text(let bytes):
            serverSaid(bytes)
        case .binary:
            guard stream?.warnedBinary == false else { return }
            stream?.warnedBinary = true
            raise(.warning(31950, "a binary frame; messages are text frames"))
        case .closed(let code, let protocolError):
            streamClosed(code: code, protocolError: protocolError)
        }
    }

    private func serverSaid(_ bytes: [UInt8]) {
        guard let sid = stream?.writer.streamSid else { return }
        do {
            switch try ServerMessage.parse(bytes, streamSid: sid) {
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
            guard stream?.warnedInvalid == false else { return }
            stream?.warnedInvalid = true
            raise(.warning(31951, "\(error.description): \(String(decoding: bytes.prefix(200), as: UTF8.self))"))
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
        if let socket = stream?.socket, let stop = stream?.writer.stop() {
            socket.send(stop)
            socket.close()
        }
        log("stream-stopped", "by the platform")
        reportStream("stream-stopped", error: nil)
        stream = nil
        heldFrames.removeAll()
    }

    private func reportStream(_ event: String, error: String?) {
        guard let stream, let callback = stream.noun.statusCallback else { return }
        var form = [
            FormField("AccountSid", plan.accountSid), FormField("CallSid", callSid), FormField("StreamSid", stream.writer.streamSid),
            FormField("StreamName", stream.noun.name ?? stream.writer.streamSid), FormField("StreamEvent", event),
            FormField("Timestamp", TwilioFormat.isoDate()),
        ]
        if let error { form.append(FormField("StreamError", error)) }
        notify(callback, extra: [], callStatus: "in-progress", only: form)
    }
}
