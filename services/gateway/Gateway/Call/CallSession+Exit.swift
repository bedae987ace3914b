import BusContract
import CallVocabulary

/// The call leaves its stream: hung up, recorded, handed to a person.
struct ExitState: Sendable, Equatable, Codable {
    /// Under way, or waiting for the voice to give back the call's lease.
    var exit: LineExit?
    /// The exit waits until no late reply can override it.
    var waitsForLease = false
    /// More about how the call ended, for the record.
    var reason: String?
    /// A person has the call, or is being rung.
    var isWithPerson = false
    /// The update could not be made, and the socket was closed instead.
    var closed = false
    /// Twilio could not be told, and there was no socket to close.
    var isUntold = false
}

extension CallSession {
    // MARK: - Leaving

    /// The conversation ends by our will. `end` follows when Twilio confirms, or at the deadline.
    mutating func hangUp(_ how: CallOutcome, because reason: String? = nil, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live || phase == .away || phase == .lost, outcome == nil, !fleet.callerLeft, !leaving.isWithPerson else { return }
        outcome = how
        leave(how.exit, because: reason, at: now, &actions)
    }

    /// Gives the call to the recording: somebody there must not meet silence.
    mutating func giveUp(_ reason: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard leaving.exit == nil, !fleet.callerLeft, phase != .ending, phase != .finished else { return }
        actions.append(
            .log(CallLog(.watchdogRedirect, turn: turns.current?.turn, fields: ["watch": reason, "milliseconds": String(now.milliseconds)])))
        actions.append(tap(.watchdog, at: now, detail: reason))
        outcome = .fallback
        leave(.record, because: reason, at: now, &actions)
    }

    mutating func leave(_ exit: LineExit, because reason: String?, at now: CallTime, _ actions: inout [CallAction]) {
        leaving = ExitState(exit: exit, reason: reason)
        phase = .ending
        playback.clear(at: now)
        played = nil
        deadlines.removeAll()
        guard let until = lease.outUntil(at: now) else { return sendAway(at: now, &actions) }
        // The voice may be about to update the call: its lease comes back first, or is over by itself.
        leaving.waitsForLease = true
        deadlines[.lease] = min(until, now.adding(milliseconds: policy.leaseReturn))
        endLease(&actions)
    }

    /// The lease is back, or its time is over: our own update is the last one now.
    mutating func leaseReturned(at now: CallTime, _ actions: inout [CallAction]) {
        deadlines[.lease] = nil
        lease.writeOff()
        guard leaving.waitsForLease else { return }
        leaving.waitsForLease = false
        sendAway(at: now, &actions)
    }

    private mutating func sendAway(at now: CallTime, _ actions: inout [CallAction]) {
        guard let exit = leaving.exit else { return }
        // Without a stream nothing but the end of `<Dial>`, or a refusal, tells what becomes of a transfer.
        let patience = hasStream ? policy.exitEffect : leaving.isWithPerson ? policy.longestTransfer : policy.lostLine
        deadlines[.lineReturn] = now.adding(milliseconds: patience)
        actions.append(.exit(exit))
    }

    /// Twilio could not be told. It asks what to do when the socket closes, and gets the same answer.
    mutating func exitFailed(_ reason: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard deadlines[.summary] == nil, !leaving.closed else { return }
        actions.append(.log(CallLog(.otherWay, fields: ["exit": leaving.exit?.rawValue ?? "", "reason": reason])))
        leaving.closed = true
        if hasStream { return actions.append(.closeLine) }
        // Without a stream there is nothing to close.
        guard leaving.isWithPerson else { return end(outcome ?? .failed, at: now, &actions) }
        // Nobody was called. A stream may be on its way: it is closed, and Twilio asks.
        leaving.closed = false
        leaving.isUntold = true
        deadlines[.lineReturn] = now.adding(milliseconds: policy.lostLine + lease.doubtMilliseconds)
    }

    /// Our exit shows no effect.
    mutating func exitIsLate(at now: CallTime, _ actions: inout [CallAction]) {
        if leaving.isUntold {
            leaving = ExitState()
            giveUp("no start", at: now, &actions)
        } else if hasStream, !leaving.closed {
            exitFailed("no effect", at: now, &actions)
            deadlines[.lineReturn] = now.adding(milliseconds: policy.lostLine)
        } else if leaving.isWithPerson, hasStream {
            // We have closed the socket, whether anybody says so or not: Twilio has asked, and calls the person.
            hasStream = false
            personIsCalled(at: now)
        } else {
            end(leaving.isWithPerson ? .transferred : outcome ?? .callerHungUp, at: now, &actions)
        }
    }

    /// The stream has ended on our way out.
    mutating func endedWhileLeaving(byStop: Bool, at now: CallTime, _ actions: inout [CallAction]) {
        // An update of the voice's has ended it, or the caller; our own is still to come.
        guard deadlines[.summary] == nil, !leaving.waitsForLease else { return }
        // Whether the caller has come to the recording or is gone is told in a moment.
        if byStop, leaving.exit == .record { return deadlines[.lineReturn] = now.adding(milliseconds: policy.evidence) }
        end(outcome ?? .failed, at: now, &actions)
    }

    /// The call has come to the recording, whoever sent it there.
    mutating func landed(at now: CallTime, _ actions: inout [CallAction]) {
        guard deadlines[.summary] == nil else { return }
        leaving.reason = leaving.reason ?? "landed"
        end(outcome ?? .fallback, at: now, &actions)
    }

    // MARK: - A person

    /// Hands the call to a person; without one, to the recording, where a message can be left.
    mutating func transfer(because reason: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live, leaving.exit == nil else { return }
        guard opening.canTransfer else { return giveUp("no person to transfer to", at: now, &actions) }
        actions.append(.log(CallLog(.transfer, turn: turns.current?.turn, fields: ["reason": reason])))
        actions.append(tap(.transfer, at: now, detail: reason))
        interruptReply(at: now, &actions)
        finishUtterance(at: now, &actions)
        leave(.transfer, because: reason, at: now, &actions)
        phase = .away
        leaving.isWithPerson = true
    }

    /// A stream opens though a person is to have the call: a late reply of the voice's has brought it. Nobody speaks on it; our update ends it,
    /// or we do, and Twilio asks.
    mutating func openedBeforeThePerson(at now: CallTime, _ actions: inout [CallAction]) {
        hasStream = true
        guard !leaving.waitsForLease else { return }
        deadlines[.lineReturn] = now.adding(milliseconds: policy.exitEffect)
        guard leaving.isUntold else { return }
        leaving.isUntold = false
        leaving.closed = true
        actions.append(.closeLine)
    }

    /// The stream has ended, and nothing else does until the person has been called.
    mutating func personIsCalled(at now: CallTime) {
        guard !leaving.waitsForLease else { return }
        // Our update is in effect, or Twilio asks and gets the same: that its answer fails to come means nothing any more.
        leaving.closed = true
        deadlines[.lineReturn] = now.adding(milliseconds: policy.longestTransfer)
    }

    mutating func transferEnded(answered: Bool, at now: CallTime, _ actions: inout [CallAction]) {
        guard leaving.isWithPerson else { return }
        if answered || fleet.callerLeft { return end(answered ? .transferred : .callerHungUp, at: now, &actions) }
        // The way back: a stream opens after a sentence, whose length is the desk's to know.
        leaving = ExitState()
        deadlines[.lineReturn] = now.adding(milliseconds: 2 * policy.lostLine)
    }
}

extension CallOutcome {
    /// How a call with this outcome leaves the line.
    var exit: LineExit {
        switch self {
        case .served, .callbackPromised, .unserved, .callerHungUp, .busy: .complete
        case .transferred: .transfer
        case .maximumDuration: .timeUp
        case .fallback, .failed: .record
        }
    }
}
