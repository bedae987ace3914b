import BusContract
import CallVocabulary

/// What a call must hear of its line and of itself.
struct WatchState: Sendable, Equatable, Codable {
    /// The last frame from the line.
    var lastFrame = CallTime.zero
    /// Something was audible when last looked at, and since when nothing is.
    var isSounding = false
    var quietSince = CallTime.zero
    var warned = false
    /// The caller cannot be heard, because we had the stream closed; and for how long that has been so in all.
    var deafSince: CallTime?
    var deafMilliseconds = 0
}

extension CallSession {
    /// A stream has opened.
    mutating func watchLine(at now: CallTime) {
        watch.lastFrame = now
        watch.isSounding = false
        watch.quietSince = now
        deadlines[.media] = now.adding(milliseconds: policy.noMedia)
        // The same moment in every life of the gateway: a call has one longest duration.
        deadlines[.callEnd] = CallTime(milliseconds: policy.longestCall)
        if !watch.warned { deadlines[.warning] = CallTime(milliseconds: max(0, policy.longestCall - policy.warningBefore)) }
    }

    // MARK: - Frames

    /// Looked at only when it rings: frames come fifty times a second.
    mutating func mediaIsMissing(at now: CallTime, _ actions: inout [CallAction]) {
        let due = watch.lastFrame.adding(milliseconds: policy.noMedia)
        guard due <= now else { return deadlines[.media] = due }
        giveUp("no media", at: now, &actions)
    }

    /// No frame in mid-utterance.
    mutating func voiceIsMissing(at now: CallTime, _ actions: inout [CallAction]) {
        let due = watch.lastFrame.adding(milliseconds: policy.mediaHole)
        guard due <= now else { return deadlines[.voice] = endpointer.isInUtterance ? due : nil }
        finishUtterance(at: now, &actions)
    }

    // MARK: - Answers

    /// The caller has spoken, and whoever is at work, something must be heard in time. Time in which the caller hears something does not
    /// count: what is said into a long reply waits for its end. Called with every event, so it looks and makes nothing.
    mutating func watchAnswer(at now: CallTime) {
        guard phase == .live else { return }
        if playback.isSounding {
            watch.isSounding = true
            deadlines[.answer] = nil
            return
        }
        if watch.isSounding {
            watch.isSounding = false
            watch.quietSince = now
        }
        deadlines[.answer] = turns.unansweredSince.map { max($0, watch.quietSince).adding(milliseconds: policy.noReply) }
    }

    // MARK: - The stream that does not play

    /// Audio was produced and no mark returned. The turn goes the other way; the call stays here.
    mutating func marksAreLate(at now: CallTime, _ actions: inout [CallAction]) {
        streamRefusals += 1
        actions.append(
            .log(CallLog(.stageLate, turn: turns.current?.turn, fields: ["stage": "mark", "refusals": String(streamRefusals)])))
        actions.append(.clear)
        playback.clear(at: now)
        guard updateFailures == 0 else { return giveUp("no mark", at: now, &actions) }
        // Nothing but a canned line was lost.
        guard let current = turns.current else { return awaitCaller(at: now) }
        guard played == nil else { return }
        actions.append(.log(CallLog(.otherWay, turn: current.turn, fields: ["way": "play", "reason": "no mark"])))
        send(.tts, .cancel(Cancel()), turn: current.turn, &actions)
        deadlines[.audio] = nil
        turns.current?.nextChunk = [:]
        guard current.failed else { return playReply(at: now, &actions) }
        guard let clip = opening.clips[.sorry], let piece = current.unheardTexts.last?.piece, playClip(clip, piece: piece, at: now, &actions) else {
            return giveUp("no mark", at: now, &actions)
        }
    }

    // MARK: - The longest call

    mutating func warn(at now: CallTime, _ actions: inout [CallAction]) {
        // Without a stream it is said when the next one opens.
        guard phase == .live, !watch.warned else { return }
        watch.warned = true
        interject(.warning, SpeechID(turn: turns.current?.turn ?? TurnID(0), piece: Turns.Open.warningPiece))
    }

    // MARK: - What could not be heard

    /// A stream is there again, or the call is over.
    mutating func countDeafness(until now: CallTime, _ actions: inout [CallAction]) {
        guard let since = watch.deafSince else { return }
        watch.deafSince = nil
        let milliseconds = Int(now.milliseconds(since: since))
        watch.deafMilliseconds += milliseconds
        actions.append(.log(CallLog(.deaf, turn: turns.current?.turn, fields: ["milliseconds": String(milliseconds)])))
    }
}
