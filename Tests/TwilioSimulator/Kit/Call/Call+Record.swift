import Audio

/// `<Record>`: the beep, what ends it, and the file that is ready later.
extension Call {
    struct ActiveRecording {
        let verb: RecordVerb
        let sid: String
        let start: Int
        var lastVoiced: Int
    }

    struct StoredRecording: Sendable {
        let audio: [UInt8]
        let seconds: String
        /// The media can be fetched.
        var isReady = false
        var isDeleted = false

        /// As the account API calls it.
        var status: String { isDeleted ? "deleted" : isReady ? "completed" : "processing" }
    }

    func startRecording(_ verb: RecordVerb) {
        log("record", "at most \(verb.maxLength) s")
        let length = verb.playBeep ? PlayableFile.beep.count : 0
        if verb.playBeep { playFile(PlayableFile.beep) }
        let start = max(now, agentTrack.count) + length
        let active = ActiveRecording(verb: verb, sid: TwilioFormat.sid("RE"), start: start, lastVoiced: start)
        recording = active
        if verb.statusEvents.contains("in-progress") { reportRecording(active, status: "in-progress", seconds: nil) }
    }

    func advanceRecording(_ voice: [UInt8], to position: Int) {
        guard var active = recording, position > active.start else { return }
        if Audibility.first(in: voice) != nil { active.lastVoiced = position }
        recording = active
        let isSilent = active.verb.timeout > 0 && position - active.lastVoiced >= active.verb.timeout * MuLaw.sampleRate
        guard isSilent || position - active.start >= active.verb.maxLength * MuLaw.sampleRate else { return }
        guard let result = endRecording(digits: nil) else { return }
        perform(document.recordFinished(extra: result))
    }

    /// The caller hung up, or an update came.
    func stopRecording(asking target: ActionTarget?) {
        if filePlayout != nil { filePlayout = nil }
        let result = endRecording(digits: target == nil ? nil : "hangup")
        if let target, let result { notify(target, extra: result, callStatus: "completed") }
    }

    /// Keeps the recording and reports it later, when its file is ready. Gives the action's extra parameters.
    func endRecording(digits: String?) -> [FormField]? {
        guard let active = recording else { return nil }
        recording = nil
        let end = callerTrack.count
        let audio = Array(callerTrack[min(active.start, end)..<end])
        let seconds = String((audio.count + 7999) / 8000)
        recordings[active.sid] = StoredRecording(audio: audio, seconds: seconds)
        log("recorded", "\(active.sid), \(audio.count / 8) ms" + (digits.map { ", ended by \($0)" } ?? ""))
        let wait = plan.recordingReadyMs
        track {
            try? await Task.sleep(for: .milliseconds(wait))
            await self.recordingReady(active, seconds: seconds)
        }
        var extra = [
            FormField("RecordingUrl", address(of: active)), FormField("RecordingDuration", seconds), FormField("RecordingSid", active.sid),
        ]
        if let digits { extra.append(FormField("Digits", digits)) }
        return extra
    }

    private func address(of active: ActiveRecording) -> String {
        "\(plan.restBaseURL)/2010-04-01/Accounts/\(plan.accountSid)/Recordings/\(active.sid)"
    }

    private func recordingReady(_ active: ActiveRecording, seconds: String) {
        recordings[active.sid]?.isReady = true
        log("recording-ready", active.sid)
        let event = recordings[active.sid]?.audio.isEmpty == false ? "completed" : "absent"
        if active.verb.statusEvents.contains(event) { reportRecording(active, status: event, seconds: seconds) }
    }

    private func reportRecording(_ active: ActiveRecording, status: String, seconds: String?) {
        guard let callback = active.verb.statusCallback else { return }
        var form = [
            FormField("AccountSid", plan.accountSid), FormField("CallSid", callSid), FormField("RecordingSid", active.sid),
            FormField("RecordingUrl", address(of: active)), FormField("RecordingStatus", status), FormField("RecordingChannels", "1"),
            FormField("RecordingSource", "RecordVerb"), FormField("RecordingStartTime", TwilioFormat.date()),
        ]
        if let seconds { form.append(FormField("RecordingDuration", seconds)) }
        notify(callback, extra: [], callStatus: "in-progress", only: form)
    }

    // MARK: For the account API

    /// nil when this call has no recording of that name.
    func recording(_ sid: String) -> StoredRecording? { recordings[sid] }

    /// The application has fetched a recording's media.
    func recordingFetched(_ sid: String) {
        report.counters.recordingsFetched += 1
        log("recording-fetched", sid)
    }

    func deleteRecording(_ sid: String) -> Bool {
        guard recordings[sid] != nil, recordings[sid]?.isDeleted == false else { return false }
        recordings[sid]?.isDeleted = true
        log("recording-deleted", sid)
        return true
    }
}
