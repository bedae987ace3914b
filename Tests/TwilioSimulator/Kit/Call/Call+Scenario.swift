import Audio

/// The caller of a scenario on the line.
extension Call {
    func advanceScenario(at position: Int, heard: ArraySlice<UInt8>, isAudible: Bool, isBusy: Bool) {
        let milliseconds = position / 8
        for number in ear.listen(Array(heard)) {
            log("heard", "\(number)")
            scenario?.heard(number, now: milliseconds)
        }
        let line = ScenarioCaller.Line(
            now: milliseconds, isAudible: isAudible, isBusy: isBusy, hasListener: hasListener, isPlaying: filePlayout != nil && recording == nil,
            isRecording: recording != nil && filePlayout == nil, isConnected: dial?.answeredAt != nil, streams: streamGeneration)
        if !faults.isEmpty, faults.strike(.callerHangsUp, at: moment, times: 1) != nil { scenario?.leave() }
        for action in scenario?.advance(line) ?? [] {
            guard !hasEnded else { return }
            switch action {
            case .say(let number): say(Self.code(number), at: position)
            case .sayText(let text): if let sentence = sentences[text] { say(sentence, at: position) }
            case .key(let key): press(key)
            case .external(let name):
                log("do", name)
                let external = plan.external
                track { await external?(name) }
            case .hangUp(let reason):
                log("customer-hangs-up", reason)
                perform(document.callerHungUp(reason: reason))
            }
        }
    }

    private static func code(_ number: Int) -> SpokenSentence {
        let audio = MuLaw.encode(ToneCode.encode(UInt16(number)))
        return SpokenSentence(text: "#\(number)", audio: audio, voiced: Audibility.range(of: audio) ?? 0..<audio.count)
    }

    /// The caller presses a key.
    func press(_ key: Character) {
        log("key", String(key))
        if let active = recording, filePlayout == nil {
            guard active.verb.finishOnKey.contains(key), let extra = endRecording(digits: String(key)) else { return }
            perform(document.recordFinished(extra: extra))
        } else if stream?.isStarted == true {
            if let message = stream?.writer.dtmf(digit: key) { transmit(message) }
        } else if key == "*", dial?.verb.hangupOnStar == true, dial?.answeredAt != nil {
            finishDial("completed")
        } else {
            report.counters.keysUnheard += 1
        }
    }
}
