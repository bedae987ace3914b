import Audio
import AudioMP3

extension Call {
    /// Does what the document executor asks, in order.
    func perform(_ actions: [DocumentExecutor.Action]) {
        for action in actions {
            switch action {
            case .fetch(let target, let extra): fetch(target, extra: extra)
            case .notify(let target, let extra): notify(target, extra: extra, callStatus: "completed")
            case .play(let url, let loop): play(url, loop: loop)
            case .stopPlaying:
                // Without its end mark: the document has moved on already.
                if let audio = filePlayout?.advance(to: now).audio { agentTrack += audio }
                filePlayout = nil
                log("play-stopped", "")
            case .openStream(let noun): openStream(noun)
            case .closeStream: closeStream()
            case .record(let verb): startRecording(verb)
            case .stopRecording: _ = endRecording()
            case .pause(let seconds):
                log("pause", "\(seconds) s")
                pauseUntil = now + seconds * MuLaw.sampleRate
            case .stopPausing: pauseUntil = nil
            case .notice(let notice): raise(notice)
            case .hangUp(let byAgent, let reason): end(byAgent: byAgent, reason: reason)
            }
        }
    }

    // MARK: Webhooks

    /// The parameters of every voice webhook (contract, section 3.1).
    func parameters(callStatus: String) -> [FormField] {
        [
            FormField("CallSid", callSid), FormField("AccountSid", plan.accountSid), FormField("From", plan.from), FormField("To", plan.to),
            FormField("Caller", plan.from), FormField("Called", plan.to), FormField("CallStatus", callStatus),
            FormField("ApiVersion", "2010-04-01"), FormField("Direction", "inbound"), FormField("FromCountry", "IL"),
            FormField("ToCountry", "IL"), FormField("FromCity", ""), FormField("CalledCountry", "IL"), FormField("CallerCountry", "IL"),
        ]
    }

    private func fetch(_ target: ActionTarget, extra: [FormField]) {
        let isFirst = report.documents.isEmpty
        let form = parameters(callStatus: isFirst ? "ringing" : "in-progress") + extra
        let generation = document.generation
        let begin = now
        log("webhook", "\(target.method) \(target.url)")
        track {
            await self.documentAnswered(target, generation: generation, begin: begin) { () throws(TwilioNotice) in
                try await self.client.webhook(target, form: form, token: TwilioFormat.token())
            }
        }
    }

    private func documentAnswered(
        _ target: ActionTarget, generation: Int, begin: Int, answer: () async throws(TwilioNotice) -> WebAnswer
    ) async {
        do throws(TwilioNotice) {
            let answer = try await answer()
            report.documents.append(
                .init(
                    ms: now / 8, source: target.url.description, status: answer.status, waitedMs: (now - begin) / 8,
                    body: String(decoding: answer.body, as: UTF8.self)))
            log("twiml", "\(answer.status) after \((now - begin) / 8) ms")
            let source = DocumentSource(url: target.url, loopback: plan.route.loopback)
            let document = try TwiMLReader.read(status: answer.status, contentType: answer.contentType, body: answer.body, source: source)
            guard generation == self.document.generation else { return }
            perform(self.document.documentArrived(document))
        } catch {
            guard generation == document.generation else { return raise(error) }
            perform(document.documentFailed(error))
        }
    }

    /// A webhook whose answer changes nothing.
    func notify(_ target: ActionTarget, extra: [FormField], callStatus: String, only form: [FormField]? = nil) {
        let fields = (form ?? parameters(callStatus: callStatus)) + extra
        log("callback", "\(target.method) \(target.url)")
        track {
            do throws(TwilioNotice) {
                let answer = try await self.client.webhook(target, form: fields, token: TwilioFormat.token())
                if answer.status >= 400 {
                    await self.raise(.warning(15003, "the callback \(target.url) was answered with \(answer.status); answer 204"))
                }
            } catch {
                await self.raise(error)
            }
        }
    }

    // MARK: Play

    private func play(_ url: WebAddress, loop: Int) {
        log("play", url.description)
        let generation = document.generation
        let remaining = document
        track {
            do throws(TwilioNotice) {
                let answer = try await self.client.file(url)
                let audio = try PlayableFile.decode(answer, url: url)
                await self.fileArrived(audio, loop: loop, generation: generation)
            } catch {
                await self.playFailed(error, generation: generation, state: remaining)
            }
        }
    }

    private func fileArrived(_ audio: [UInt8], loop: Int, generation: Int) {
        guard generation == document.generation, !hasEnded else { return }
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

    // MARK: Record

    private func startRecording(_ verb: RecordVerb) {
        log("record", "at most \(verb.maxLength) s")
        if verb.playBeep { playFile(PlayableFile.beep) }
        let start = max(now, agentTrack.count) + (verb.playBeep ? PlayableFile.beep.count : 0)
        recording = ActiveRecording(verb: verb, sid: TwilioFormat.sid("RE"), start: start, lastVoiced: start)
    }

    func advanceRecording(_ voice: [UInt8], to position: Int) {
        guard var active = recording, position > active.start else { return }
        if Audibility.first(in: voice) != nil { active.lastVoiced = position }
        recording = active
        let isSilent = active.verb.timeout > 0 && position - active.lastVoiced >= active.verb.timeout * MuLaw.sampleRate
        guard isSilent || position - active.start >= active.verb.maxLength * MuLaw.sampleRate else { return }
        guard let result = endRecording() else { return }
        perform(document.recordFinished(extra: result))
    }

    /// Keeps the recording and reports it. Gives the action's extra parameters.
    private func endRecording() -> [FormField]? {
        guard let active = recording else { return nil }
        recording = nil
        let end = callerTrack.count
        let audio = Array(callerTrack[min(active.start, end)..<end])
        recordings[active.sid] = audio
        let url = "\(plan.restBaseURL)/2010-04-01/Accounts/\(plan.accountSid)/Recordings/\(active.sid)"
        let seconds = String((audio.count + 7999) / 8000)
        log("recorded", "\(active.sid), \(audio.count / 8) ms")
        if let callback = active.verb.statusCallback {
            notify(
                callback, extra: [], callStatus: "in-progress",
                only: [
                    FormField("AccountSid", plan.accountSid), FormField("CallSid", callSid), FormField("RecordingSid", active.sid),
                    FormField("RecordingUrl", url), FormField("RecordingStatus", "completed"), FormField("RecordingDuration", seconds),
                    FormField("RecordingChannels", "1"), FormField("RecordingSource", "RecordVerb"),
                ])
        }
        return [FormField("RecordingUrl", url), FormField("RecordingDuration", seconds), FormField("RecordingSid", active.sid)]
    }

    // MARK: End

    private func end(byAgent: Bool, reason: String) {
        guard !hasEnded else { return }
        renderAgent(to: now)
        hasEnded = true
        report.durationMs = now / 8
        log("call-ended", (byAgent ? "by the application: " : "by the caller: ") + reason)
        if stream != nil { closeStream() }
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
                return .init(succeeded: false, kind: reason == "cancelled" ? "cancelled" : "too-long", reason: reason)
            }
        }
        if customer?.heardGoodbye == true || (plan.textSource == nil && customer?.hasSaidEverything == true) {
            return .init(succeeded: true, kind: "agent-ended", reason: "the agent ended the call: \(reason)")
        }
        return .init(succeeded: false, kind: "agent-ended", reason: "the agent ended the call before its goodbye: \(reason)")
    }
}

/// Files for `<Play>` as line audio.
package enum PlayableFile {
    private static let mp3: Set<String> = ["audio/mpeg", "audio/mp3"]
    private static let wave: Set<String> = ["audio/wav", "audio/wave", "audio/x-wav"]

    /// 0.25 s of 1 kHz.
    static let beep: [UInt8] = MuLaw.encode((0..<2000).map { [0, 8485, 12000, 8485, 0, -8485, -12000, -8485][$0 % 8] })

    /// - Throws: 11200 for a failed fetch, 12300 for a type that Twilio does not play, 13420 for damaged data.
    package static func decode(_ answer: WebAnswer, url: WebAddress) throws(TwilioNotice) -> [UInt8] {
        guard answer.status == 200 else { throw .error(11200, "\(url) was answered with \(answer.status); is the file in the public folder?") }
        let type = (answer.contentType ?? "").split(separator: ";").first?.trimmingASCIISpace().lowercased() ?? ""
        var pcm: [Int16]
        let rate: Int
        do {
            if mp3.contains(type) {
                (pcm, rate) = try MP3Decoder.file(answer.body)
            } else if wave.contains(type) {
                let file = try WAV.read(answer.body)
                (pcm, rate) = (file.channel(0), file.format.sampleRate)
            } else {
                throw TwilioNotice.error(12300, "<Play> of Content-Type \"\(type)\" at \(url); use audio/mpeg")
            }
        } catch let notice as TwilioNotice {
            throw notice
        } catch {
            throw .error(13420, "the audio at \(url) cannot be decoded: \(error)")
        }
        if rate != MuLaw.sampleRate {
            var resampler = Resampler(from: rate, to: MuLaw.sampleRate)
            pcm = resampler.process(pcm) + resampler.flush()
        }
        return MuLaw.encode(pcm)
    }
}
