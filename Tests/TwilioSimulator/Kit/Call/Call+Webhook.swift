/// Webhooks and callbacks, with the faults of the way.
extension Call {
    /// What happens to one request on its way.
    struct Delivery: Sendable {
        var delayMs = 0
        /// Delivered a second time after so many milliseconds; 0 = at once.
        var twiceAfterMs: Int?
        /// For each answer that is lost: how long Twilio waits before it asks again.
        var droppedMs: [Int] = []
        /// It never arrives.
        var isLost = false
    }

    /// The parameters of every voice webhook (contract, section 3.1).
    func parameters(callStatus: String) -> [FormField] {
        [
            FormField("CallSid", callSid), FormField("AccountSid", plan.accountSid), FormField("From", plan.from), FormField("To", plan.to),
            FormField("Caller", plan.from), FormField("Called", plan.to), FormField("CallStatus", callStatus),
            FormField("ApiVersion", "2010-04-01"), FormField("Direction", "inbound"), FormField("FromCountry", "IL"),
            FormField("ToCountry", "IL"), FormField("FromCity", ""), FormField("CalledCountry", "IL"), FormField("CallerCountry", "IL"),
        ]
    }

    private func delivery(of name: String) -> Delivery {
        var delivery = Delivery()
        guard !faults.isEmpty else { return delivery }
        delivery.delayMs = faults.fault(.slow, at: moment, target: "webhook")?.ms ?? 0
        if let twice = faults.strike(.webhooksTwice, at: moment, target: name) { delivery.twiceAfterMs = twice.ms ?? 0 }
        delivery.isLost = faults.strike(.webhookLost, at: moment, target: name, times: 1) != nil
        // Twilio's own limit of 15 s is what it waits for an answer that does not come.
        while let dropped = faults.strike(.answerDropped, at: moment, target: name, times: 1) { delivery.droppedMs.append(dropped.ms ?? 15_000) }
        return delivery
    }

    /// Asks for a document.
    func fetch(_ target: ActionTarget, extra: [FormField]) {
        let form = parameters(callStatus: report.documents.isEmpty ? "ringing" : "in-progress") + extra
        let generation = document.generation
        let begin = now
        let delivery = delivery(of: target.name)
        log("webhook", "\(target.method) \(target.url)")
        track {
            await self.documentAnswered(target, generation: generation, begin: begin) { () throws(TwilioNotice) in
                try await self.deliver(target, form: form, delivery)
            }
        }
    }

    private func documentAnswered(
        _ target: ActionTarget, generation: Int, begin: Int, answer: () async throws(TwilioNotice) -> WebAnswer
    ) async {
        do throws(TwilioNotice) {
            let answer = try await answer()
            let source = DocumentSource(url: target.url, loopback: plan.route.loopback)
            let read = Result { () throws(TwilioNotice) in
                try TwiMLReader.read(status: answer.status, contentType: answer.contentType, body: answer.body, source: source)
            }
            report.documents.append(
                .init(
                    ms: now / 8, source: target.url.description, status: answer.status, waitedMs: (now - begin) / 8,
                    body: String(decoding: answer.body, as: UTF8.self)))
            log("twiml", "\(answer.status) after \((now - begin) / 8) ms: " + Self.outline(read))
            let document = try read.get()
            guard generation == self.document.generation else { return }
            isAskingFallback = false
            perform(self.document.documentArrived(document))
        } catch {
            guard generation == document.generation else { return raise(error) }
            // One fallback for a document that failed; when the fallback fails too, Twilio ends the call.
            let fallback = isAskingFallback ? nil : plan.fallbackPath.map { ActionTarget(url: plan.route.publicAddress($0), method: "POST") }
            isAskingFallback = fallback != nil
            perform(
                document.documentFailed(
                    error, fallback: fallback, extra: [FormField("ErrorCode", String(error.code)), FormField("ErrorUrl", target.url.description)]))
        }
    }

    static func outline(_ document: Result<TwiMLDocument, TwilioNotice>) -> String {
        switch document {
        case .success(let document): document.verbs.map(\.shortName).joined(separator: ", ")
        case .failure(let notice): "error \(notice.code)"
        }
    }

    /// A webhook whose answer changes nothing.
    func notify(_ target: ActionTarget, extra: [FormField], callStatus: String, only form: [FormField]? = nil) {
        let fields = (form ?? parameters(callStatus: callStatus)) + extra
        let name = target.name
        if faults.strike(.callbackLost, at: moment, target: name) != nil { return log("callback-lost", name) }
        let late = faults.strike(.callbackLate, at: moment, target: name)?.ms ?? 0
        let reordered = faults.fault(.callbacksReordered, at: moment, target: name)
        let delivery = delivery(of: name)
        let status = fields.first { ["StreamEvent", "RecordingStatus", "CallStatus"].contains($0.name) }?.value ?? ""
        let post: @Sendable () async -> Void = {
            if late > 0 { try? await Task.sleep(for: .milliseconds(late)) }
            await self.log("callback", "\(target.method) \(target.url) \(status)")
            do throws(TwilioNotice) {
                let answer = try await self.deliver(target, form: fields, delivery)
                if answer.status >= 400 {
                    await self.raise(.warning(15003, "the callback \(target.url) was answered with \(answer.status); answer 204"))
                }
            } catch {
                await self.raise(error)
            }
        }
        guard let reordered else { return track(post) }
        if let earlier = heldCallbacks.removeValue(forKey: name) {
            track {
                await post()
                await earlier()
            }
        } else {
            heldCallbacks[name] = post
            let limit = reordered.ms ?? 1500
            track {
                try? await Task.sleep(for: .milliseconds(limit))
                await self.release(name)
            }
        }
    }

    private func release(_ name: String) async {
        if let held = heldCallbacks.removeValue(forKey: name) { await held() }
    }

    private nonisolated func deliver(_ target: ActionTarget, form: [FormField], _ delivery: Delivery) async throws(TwilioNotice) -> WebAnswer {
        let token = TwilioFormat.token()
        if delivery.delayMs > 0 { try? await Task.sleep(for: .milliseconds(delivery.delayMs)) }
        if delivery.isLost { throw .error(11205, "\(target.url) was not reached: a fault on command") }
        for wait in delivery.droppedMs {
            // The application has answered; the answer is lost on the way back.
            _ = try? await client.webhook(target, form: form, token: token)
            await log("answer-dropped", "\(target.name); asked again after \(wait) ms")
            try? await Task.sleep(for: .milliseconds(wait))
        }
        guard let after = delivery.twiceAfterMs else { return try await client.webhook(target, form: form, token: token) }
        let second = Task { () -> WebAnswer? in
            if after > 0 { try? await Task.sleep(for: .milliseconds(after)) }
            return try? await self.client.webhook(target, form: form, token: token)
        }
        let first = try await client.webhook(target, form: form, token: token)
        await compare(target, first, second)
        return first
    }

    /// A webhook that is repeated must be answered alike.
    private func compare(_ target: ActionTarget, _ first: WebAnswer, _ second: Task<WebAnswer?, Never>) {
        track {
            let other = await second.value
            await self.compared(target, first, other)
        }
    }

    private func compared(_ target: ActionTarget, _ first: WebAnswer, _ other: WebAnswer?) {
        report.counters.duplicates += 1
        guard first.status != other?.status || first.body != other?.body else { return }
        report.counters.differingDuplicates += 1
        log(
            "duplicate-differs",
            "\(target.name): \(first.status) \(String(decoding: first.body, as: UTF8.self)) and \(other.map { "\($0.status) \(String(decoding: $0.body, as: UTF8.self))" } ?? "no answer")"
        )
    }
}
