import BusContract
import CallVocabulary

/// How a call ends, whoever ends it.
extension CallSession {
    /// The caller has hung up. Their last words may still be with the recogniser: a number said before hanging up is what the call was about.
    mutating func callerLeft(at now: CallTime, _ actions: inout [CallAction]) {
        // Twilio tells it twice, by the stream and by a callback.
        if fleet.callerLeft { return }
        guard phase == .live || phase == .away || phase == .lost else {
            // On the way to the recording, and never there.
            return end(leaving.exit == .record ? .callerHungUp : outcome ?? .callerHungUp, at: now, &actions)
        }
        let lastWait: Int
        if leaving.isWithPerson, !hasStream, !leaving.waitsForLease {
            // Whether somebody had answered comes with the end of `<Dial>`.
            lastWait = policy.evidence
        } else {
            finishUtterance(at: now, &actions)
            guard epochs[.asr] != nil, turns.listening.contains(where: { $0.heard == nil }) else {
                return end(outcome ?? .callerHungUp, at: now, &actions)
            }
            leaving = ExitState()
            lastWait = policy.lastWords
        }
        fleet.callerLeft = true
        phase = .lost
        playback.clear(at: now)
        played = nil
        deadlines.removeAll()
        deadlines[.lineReturn] = now.adding(milliseconds: lastWait)
    }

    /// The call had ended when we wanted to send it somewhere: nobody was there to hear it.
    mutating func callWasOver(at now: CallTime, _ actions: inout [CallAction]) {
        guard deadlines[.summary] == nil else { return }
        if leaving.exit == .record || leaving.exit == .timeUp { outcome = .callerHungUp }
        leaving.isWithPerson = false
        callerLeft(at: now, &actions)
    }

    /// Everything that the caller said before hanging up has been heard.
    mutating func endIfAllIsHeard(at now: CallTime, _ actions: inout [CallAction]) {
        guard fleet.callerLeft, phase == .lost, !leaving.isWithPerson, !turns.listening.contains(where: { $0.heard == nil }) else { return }
        end(outcome ?? .callerHungUp, at: now, &actions)
    }

    /// Says goodbye to everybody but the summary's writer. Called once; whatever ends the call comes here.
    mutating func end(_ how: CallOutcome, at now: CallTime, _ actions: inout [CallAction]) {
        guard deadlines[.summary] == nil else { return }
        outcome = how
        phase = .ending
        for turn in [turns.close()].compactMap({ $0 }) + turns.takeUnanswered() { actions.append(fact(.turn(record(turn)), at: now)) }
        playback.clear(at: now)
        played = nil
        leaving.waitsForLease = false
        leaving.isWithPerson = false
        countDeafness(until: now, &actions)
        deadlines.removeAll()
        deadlines[.summary] = now.adding(milliseconds: policy.summaryDeadline)
        // Told once, though a later life may tell it again: that one would not know when it was.
        actions.append(fact(number: Self.endFact, .callEnded(outcome: how, milliseconds: now.milliseconds, reason: leaving.reason), at: now))
        actions.append(tap(.callEnded, at: now, detail: how.rawValue))
        var fields = ["outcome": how.rawValue, "milliseconds": String(now.milliseconds)]
        if let reason = leaving.reason { fields["reason"] = reason }
        if watch.deafMilliseconds > 0 { fields["deaf_milliseconds"] = String(watch.deafMilliseconds) }
        actions.append(.log(CallLog(.callEnded, fields: fields)))
        actions.append(.closeLine)
        actions.append(.releaseAll)
        actions.append(.summarise(log: turns.log, lead: turns.lead, outcome: how))
    }

    mutating func summarised(_ text: String?, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .ending, deadlines[.summary] != nil else { return }
        if let text {
            actions.append(fact(number: Self.summaryFact, .summary(text), at: now))
            actions.append(tap(.summary, at: now, text: text))
        }
        phase = .finished
        actions.append(.finished(outcome ?? .failed))
    }
}
