import Audio
import Glibc

/// What becomes of one `<Dial>`.
package struct DialPlan: Sendable, Equatable {
    package enum Status: String, Sendable, Equatable, CaseIterable {
        case answered, busy, failed
        case noAnswer = "no-answer"
    }

    package var status: Status
    /// Ringing before the answer or the busy tone.
    package var afterMs: Int
    /// The person hangs up after talking so long; nil: never.
    package var talkMs: Int?

    package init(_ status: Status, afterMs: Int = 1000, talkMs: Int? = 3000) {
        self.status = status
        self.afterMs = afterMs
        self.talkMs = talkMs
    }
}

/// `<Dial>`: the child leg, the ringing, and a person who speaks in tones.
extension Call {
    struct ActiveDial {
        let verb: DialVerb
        let plan: DialPlan
        let sid: String
        let start: Int
        var answeredAt: Int?

        /// The person says this number every second: whoever hears it is connected.
        static let person = 31_000
        private static let voice = MuLaw.encode(ToneCode.encode(UInt16(person)))

        /// Israeli ringing: 400 Hz, one second in four. Or the person.
        func audio(from: Int, to: Int) -> [UInt8] {
            (from..<to).map { position in
                if let answeredAt, position >= answeredAt {
                    let offset = (position - answeredAt) % MuLaw.sampleRate
                    return offset < Self.voice.count ? Self.voice[offset] : MuLaw.silence
                }
                let offset = position - start
                guard offset >= 0, offset % (4 * MuLaw.sampleRate) < MuLaw.sampleRate else { return MuLaw.silence }
                return MuLaw.encode([Int16(4000 * sin(2 * .pi * 400 * Double(offset) / 8000))])[0]
            }
        }
    }

    func startDial(_ verb: DialVerb) {
        let outcome = plan.dials.isEmpty ? DialPlan(.noAnswer) : plan.dials[min(dials, plan.dials.count - 1)]
        dials += 1
        let active = ActiveDial(verb: verb, plan: outcome, sid: TwilioFormat.sid("CA"), start: max(now, agentTrack.count))
        dial = active
        children[active.sid] = "ringing"
        log("dial", "\(verb.number), at most \(verb.timeout) s")
    }

    func advanceDial(to position: Int) {
        guard let active = dial else { return }
        let rung = position - active.start
        if let answeredAt = active.answeredAt {
            let talked = position - answeredAt
            let limit = min(active.plan.talkMs.map { $0 * 8 } ?? .max, active.verb.timeLimit * MuLaw.sampleRate)
            if talked >= limit { finishDial("completed") }
        } else if active.plan.status == .failed {
            finishDial("failed")
        } else if rung >= active.verb.timeout * MuLaw.sampleRate {
            finishDial("no-answer")
        } else if rung >= active.plan.afterMs * 8, active.plan.status == .busy {
            finishDial("busy")
        } else if rung >= active.plan.afterMs * 8, active.plan.status == .answered {
            dial?.answeredAt = position
            children[active.sid] = "in-progress"
            log("dial-answered", active.verb.number)
        }
    }

    func finishDial(_ status: String) {
        guard let extra = dialOver(status) else { return }
        perform(document.dialFinished(extra: extra))
    }

    /// The caller hung up, or an update came.
    func stopDial(asking target: ActionTarget?) {
        guard let active = dial, let extra = dialOver(active.answeredAt == nil ? "canceled" : "completed") else { return }
        if let target { notify(target, extra: extra, callStatus: document.hasEnded ? "completed" : "in-progress") }
    }

    /// Ends the child leg and gives the action's extra parameters (contract, section 2).
    private func dialOver(_ status: String) -> [FormField]? {
        guard let active = dial else { return nil }
        renderAgent(to: now)
        dial = nil
        children[active.sid] = status
        report.dials.append(status)
        log("dial-ended", status)
        var extra = [
            FormField("DialCallStatus", status), FormField("DialCallSid", active.sid), FormField("DialBridged", String(active.answeredAt != nil)),
        ]
        if let answeredAt = active.answeredAt { extra.append(FormField("DialCallDuration", String(max(1, (now - answeredAt + 7999) / 8000)))) }
        return extra
    }

    /// The child leg in the account API; nil when it is not this call's.
    func child(_ sid: String) -> RESTAnswer? { children[sid].map { resource(sid: sid, parent: callSid, status: $0, direction: "outbound-dial") } }

    /// `Status=completed` of the child leg ends the dialling.
    func updateChild(_ sid: String, _ form: [FormField]) -> RESTAnswer? {
        guard children[sid] != nil else { return nil }
        guard dial?.sid == sid else { return .error(21220, status: 400, "Call is not in-progress. Cannot redirect.") }
        guard form.contains(FormField("Status", "completed")) || form.contains(FormField("Status", "canceled")) else {
            return .error(20001, status: 400, "the simulator can only end a dialled call")
        }
        finishDial(dial?.answeredAt == nil ? "canceled" : "completed")
        return child(sid)
    }
}
