import NIOCore
import Signing

/// Sockets beside the one of `<Connect>`: unidirectional streams of `<Start>`, and a second socket on command.
extension Call {
    struct ForkedStream {
        let noun: StreamNoun
        var writer: StreamMessageWriter
        var socket: MediaSocket?
        var startSample = 0
        var warned = false
        /// False for the second socket of a bidirectional stream: it carries no frames.
        var carriesMedia = true
    }

    /// `<Start><Stream>`.
    func startFork(_ noun: StreamNoun) {
        log("fork-connecting", noun.url.description)
        openFork(noun, carriesMedia: true)
    }

    /// The same noun, and the same token, on another socket.
    func openSecondSocket(_ noun: StreamNoun) {
        guard !hasEnded else { return }
        log("second-socket", noun.url.description)
        openFork(noun, carriesMedia: false)
    }

    private func openFork(_ noun: StreamNoun, carriesMedia: Bool) {
        let key = report.streamSids.count
        let sid = TwilioFormat.sid("MZ")
        report.streamSids.append(sid)
        var fork = ForkedStream(noun: noun, writer: StreamMessageWriter(streamSid: sid, callSid: callSid, accountSid: plan.accountSid))
        fork.carriesMedia = carriesMedia
        forks[key] = fork
        let (plan, signer, eventLoop) = (plan, signer, eventLoop)
        track {
            do throws(TwilioNotice) {
                let socket = try await MediaSocket.open(noun.url, route: plan.route, signer: signer, eventLoop: eventLoop) { event in
                    self.assumeIsolated { $0.forkEvent(event, key: key) }
                }
                await self.forkOpened(socket, key: key)
            } catch {
                await self.forkFailed(error, key: key)
            }
        }
    }

    private func forkOpened(_ socket: MediaSocket, key: Int) {
        guard let noun = forks[key]?.noun, !hasEnded else { return socket.cut() }
        forks[key]?.socket = socket
        forks[key]?.startSample = now
        if let connected = forks[key]?.writer.connected() { socket.send(connected) }
        if let start = forks[key]?.writer.start(parameters: noun.parameters, tracks: noun.tracks) { socket.send(start) }
        if let fork = forks[key], fork.carriesMedia { reportStream("stream-started", noun: noun, streamSid: fork.writer.streamSid, error: nil) }
    }

    private func forkFailed(_ notice: TwilioNotice, key: Int) {
        guard let fork = forks.removeValue(forKey: key) else { return }
        raise(notice)
        reportStream("stream-error", noun: fork.noun, streamSid: fork.writer.streamSid, error: notice.message)
    }

    private func forkEvent(_ event: MediaSocketEvent, key: Int) {
        guard let fork = forks[key], !hasEnded else { return }
        switch event {
        case .text, .binary:
            guard fork.carriesMedia, !fork.warned else { return }
            forks[key]?.warned = true
            raise(.warning(31924, "a message from the server on a unidirectional stream; it is ignored"))
        case .pong:
            break
        case .closed(let code, _):
            forks[key] = nil
            log(fork.carriesMedia ? "fork-closed" : "second-socket-closed", "code \(code.map(String.init) ?? "none")")
            if fork.carriesMedia { reportStream("stream-stopped", noun: fork.noun, streamSid: fork.writer.streamSid, error: nil) }
        }
    }

    /// One 20 ms frame of each side.
    func sendForks(_ caller: [UInt8], _ agent: [UInt8], from position: Int) {
        for (key, fork) in forks where fork.carriesMedia {
            guard let socket = fork.socket else { continue }
            let timestamp = max(0, (position - fork.startSample) / 8)
            for track in fork.noun.tracks {
                let payload = Base64.encode(track == "inbound" ? caller : agent)
                if let message = forks[key]?.writer.media(timestamp: timestamp, payload: payload, track: track) { socket.send(message) }
            }
        }
    }

    /// - Parameter name: nil = all of them.
    func stopForks(named name: String?) {
        for (key, fork) in forks where name == nil || fork.noun.name == name {
            if let stop = forks[key]?.writer.stop() { fork.socket?.send(stop) }
            fork.socket?.close()
            forks[key] = nil
            if fork.carriesMedia { reportStream("stream-stopped", noun: fork.noun, streamSid: fork.writer.streamSid, error: nil) }
        }
    }
}
