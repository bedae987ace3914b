import Signing

extension Call {
    /// Limit of the `Twiml` field (32018).
    private static let twimlLimit = 4000

    /// `POST …/Calls/{CA}.json`.
    package func update(_ form: [FormField]) -> RESTAnswer {
        func field(_ name: String) -> String? { form.first { $0.name == name }?.value }
        let outline = form.map { "\($0.name)=\($0.value.prefix(120))" }.joined(separator: " ")
        // A call that rings (its first webhook is not answered) is not in progress either.
        guard !hasEnded, !report.documents.isEmpty else {
            report.updates.append(.init(ms: now / 8, outline: outline, answer: 21220))
            return .error(21220, status: 400, "Call is not in-progress. Cannot redirect.")
        }
        log("rest-update", outline)
        let answer = apply(field)
        report.updates.append(.init(ms: now / 8, outline: outline, answer: answer.status == 200 ? 200 : answer.code ?? answer.status))
        if answer.status != 200 { log("rest-refused", String(decoding: answer.body, as: UTF8.self)) }
        return answer
    }

    private func apply(_ field: (String) -> String?) -> RESTAnswer {
        if field("Twiml") != nil, field("Url") != nil { return .error(20001, status: 400, "Twiml and Url exclude each other; give one") }
        if let limit = field("TimeLimit") {
            guard let seconds = Int(limit), seconds > 0 else { return .error(20001, status: 400, "TimeLimit \(limit) is not valid") }
            timeLimit = now + seconds * 8000
        }
        if let status = field("Status") {
            guard status == "completed" || status == "canceled" else { return .error(20001, status: 400, "Status \(status) is not valid") }
            perform(document.completedByREST())
        } else if let twiml = field("Twiml") {
            guard twiml.unicodeScalars.count <= Self.twimlLimit else {
                return .error(32018, status: 400, "Twiml has more than \(Self.twimlLimit) characters")
            }
            let source = DocumentSource(url: plan.route.publicBase, isCallUpdate: true, loopback: plan.route.loopback)
            do {
                let update = try TwiMLReader.read(Array(twiml.utf8), source: source)
                report.documents.append(.init(ms: now / 8, source: "REST Twiml", status: 200, waitedMs: nil, body: twiml))
                log("twiml", "through REST: " + Self.outline(.success(update)))
                perform(document.update(update))
            } catch {
                raise(error)
                return .error(error.code, status: 400, error.message)
            }
        } else if let text = field("Url") {
            guard let url = WebAddress(text), !url.isWebSocket else { return .error(11100, status: 400, "Url \(text) is not valid") }
            perform(document.update(ActionTarget(url: url, method: field("Method")?.uppercased() == "GET" ? "GET" : "POST")))
        } else if field("TimeLimit") == nil {
            return .error(20001, status: 400, "none of Status, Twiml, Url and TimeLimit is given")
        }
        return resource()
    }

    /// The call as the account API shows it.
    package func resource() -> RESTAnswer {
        resource(sid: callSid, parent: nil, status: hasEnded ? "completed" : "in-progress", direction: "inbound")
    }

    func resource(sid: String, parent: String?, status: String, direction: String) -> RESTAnswer {
        CallResource(
            accountSid: plan.accountSid, sid: sid, parent: parent, from: plan.from, to: plan.to, status: status, direction: direction,
            started: startDate, ended: hasEnded ? TwilioFormat.date() : nil, seconds: hasEnded ? (report.durationMs + 999) / 1000 : nil
        ).answer
    }

    /// What becomes of a request about this call.
    func verdict(on target: String) -> (verdict: RESTVerdict, delayMs: Int) {
        guard !faults.isEmpty else { return (.answer, 0) }
        let verdict = faults.verdict(on: target, at: moment)
        if verdict != .answer { log("fault", "REST \(target): \(verdict.outline)") }
        return (verdict, faults.fault(.slow, at: moment, target: "rest")?.ms ?? 0)
    }

    /// A recording's audio, nil when this call has none of that name.
    package func recordedAudio(_ sid: String) -> [UInt8]? { recordings[sid]?.audio }
}
