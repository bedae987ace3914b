import Audio
import AudioMP3

extension Call {
    /// Does what the document executor asks, in order.
    func perform(_ actions: [DocumentExecutor.Action]) {
        noteVerbs()
        for action in actions {
            switch action {
            case .fetch(let target, let extra): fetch(target, extra: extra)
            case .notify(let target, let extra): notify(target, extra: extra, callStatus: document.hasEnded ? "completed" : "in-progress")
            case .play(let url, let loop): play(url, loop: loop)
            case .stopPlaying:
                // Without its end mark: the document has moved on already.
                if let audio = filePlayout?.advance(to: now).audio { agentTrack += audio }
                filePlayout = nil
                log("play-stopped", "")
            case .openStream(let noun): openStream(noun)
            case .closeStream: closeStream()
            case .startStream(let noun): startFork(noun)
            case .stopStream(let name): stopForks(named: name)
            case .record(let verb): startRecording(verb)
            case .stopRecording(let asking): stopRecording(asking: asking)
            case .dial(let verb): startDial(verb)
            case .stopDialing(let asking): stopDial(asking: asking)
            case .pause(let seconds):
                log("pause", "\(seconds) s")
                pauseUntil = now + seconds * MuLaw.sampleRate
            case .stopPausing: pauseUntil = nil
            case .notice(let notice): raise(notice)
            case .hangUp(let byAgent, let reason): end(byAgent: byAgent, reason: reason)
            }
        }
    }

    /// Keeps the times of the verbs.
    private func noteVerbs() {
        func close() {
            if let last = report.verbs.indices.last, report.verbs[last].endMs == nil { report.verbs[last].endMs = now / 8 }
        }
        for verb in document.begun.dropFirst(report.verbs.count) {
            close()
            report.verbs.append(.init(name: verb.shortName, startMs: now / 8))
        }
        if !document.isRunningVerb { close() }
    }

    // MARK: Play

    private func play(_ url: WebAddress, loop: Int) {
        log("play", url.description)
        let generation = document.generation
        let remaining = document
        let delay = faults.fault(.slow, at: moment, target: "file")?.ms ?? 0
        track {
            if delay > 0 { try? await Task.sleep(for: .milliseconds(delay)) }
            do throws(TwilioNotice) {
                let answer = try await self.client.file(url)
                let audio = try PlayableFile.decode(answer, url: url)
                await self.fileArrived(audio, loop: loop, state: remaining, generation: generation)
            } catch {
                await self.playFailed(error, generation: generation, state: remaining)
            }
        }
    }

    private func fileArrived(_ audio: [UInt8], loop: Int, state: DocumentExecutor, generation: Int) {
        guard generation == document.generation, state == document, !hasEnded else { return }
        // 0 means 1000 times in Twilio's documents; ten are enough to notice a mistake.
        let times = loop == 0 ? 10 : loop
        playFile((0..<times).flatMap { _ in audio })
        log("play-started", "\(audio.count * times / 8) ms")
    }

    private func playFailed(_ notice: TwilioNotice, generation: Int, state: DocumentExecutor) {
        guard generation == document.generation, state == document else { return }
        perform(document.playFinished(notice))
    }

    /// Plays a file from now on; its end is a mark in the same buffer that plays streams.
    func playFile(_ audio: [UInt8]) {
        renderAgent(to: now)
        var playout = PlayoutBuffer(position: agentTrack.count)
        _ = playout.enqueue(audio + [MuLaw.silence], at: now)
        _ = playout.mark("end")
        filePlayout = playout
    }

    // MARK: End

    private func end(byAgent: Bool, reason: String) {
        guard !hasEnded else { return }
        renderAgent(to: now)
        hasEnded = true
        report.durationMs = now / 8
        report.endedBy = byAgent ? "agent" : "caller"
        log("call-ended", (byAgent ? "by the application: " : "by the caller: ") + reason)
        if stream != nil { closeStream() }
        stopForks(named: nil)
        report.outcome = outcome(byAgent: byAgent, reason: reason)
        notify(
            ActionTarget(url: plan.route.publicAddress(plan.statusPath), method: "POST"),
            extra: [
                FormField("CallDuration", String(max(1, (now + 7999) / 8000))), FormField("Duration", String(max(1, (now + 479_999) / 480_000))),
                FormField("Timestamp", TwilioFormat.date()), FormField("CallbackSource", "call-progress-events"),
                FormField("SequenceNumber", "0"),
            ],
            callStatus: "completed")
        finished?.resume()
        finished = nil
    }

    private func outcome(byAgent: Bool, reason: String) -> CallReport.Outcome {
        if reason == "cancelled" { return .init(succeeded: false, kind: "cancelled", reason: reason) }
        if let scenario { return scenarioOutcome(scenario, byAgent: byAgent, reason: reason) }
        if let error = report.errors.first {
            return .init(succeeded: false, kind: "application-error", reason: "Twilio error \(error.code): \(error.message)")
        }
        if !byAgent {
            switch Customer.Reason(rawValue: reason) {
            case .goodbye: return .init(succeeded: true, kind: "goodbye", reason: "the agent said goodbye and the customer hung up")
            case .scriptFinished:
                return .init(succeeded: true, kind: "script-finished", reason: "the customer had said everything and hung up")
            case .silence:
                return .init(succeeded: false, kind: "silence", reason: "the agent did not answer; the customer gave up")
            case nil:
                return .init(succeeded: false, kind: "too-long", reason: reason)
            }
        }
        if customer?.heardGoodbye == true || (plan.textSource == nil && customer?.hasSaidEverything == true) {
            return .init(succeeded: true, kind: "agent-ended", reason: "the agent ended the call: \(reason)")
        }
        return .init(succeeded: false, kind: "agent-ended", reason: "the agent ended the call before its goodbye: \(reason)")
    }

    /// What a scenario makes of the errors is its own affair.
    private func scenarioOutcome(_ scenario: ScenarioCaller, byAgent: Bool, reason: String) -> CallReport.Outcome {
        if reason.hasPrefix("application error") { return .init(succeeded: false, kind: "application-error", reason: reason) }
        if byAgent { return .init(succeeded: true, kind: "agent-ended", reason: reason) }
        if !scenario.hasHungUp { return .init(succeeded: false, kind: "too-long", reason: reason) }
        return .init(succeeded: true, kind: "caller-hung-up", reason: reason)
    }
}
