import NIOConcurrencyHelpers
import Signing
import Testing

@testable import TwilioSimulatorKit

/// The account API by itself.
@Suite struct AccountAPITests {
    private static let call = "CA00000000000000000000000000000001"

    private func account() -> SimulatedAccount {
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)
        account.addPhantom(Self.call)
        return account
    }

    private func update(_ account: SimulatedAccount, _ form: FormField...) async -> (status: Int, code: String?) {
        let answer = await RESTCases.send(account, "POST", "Calls/\(Self.call).json", form)
        guard case .number(let code)? = answer.json["code"] else { return (answer.status, nil) }
        return (answer.status, code)
    }

    @Test func aCallThatNobodyMakesTakesUpdates() async {
        let account = account()
        let answer = await RESTCases.send(account, "POST", "Calls/\(Self.call).json", [FormField("Twiml", "<Response><Hangup/></Response>")])
        #expect(answer.status == 200)
        #expect(answer.json["sid"]?.string == Self.call)
        #expect(answer.json.names?.count == 26)
        #expect(account.updates(of: Self.call) == [[FormField("Twiml", "<Response><Hangup/></Response>")]])
        let long = await update(account, FormField("Twiml", String(repeating: "x", count: 4001)))
        #expect(long == (400, "32018"))
        let relative = await update(account, FormField("Twiml", "<Response><Redirect>/x</Redirect></Response>"))
        #expect(relative == (400, "15004"))
        let file = await update(account, FormField("Twiml", "<Response><Play>/x.mp3</Play></Response>"))
        #expect(file == (400, "11100"))
        #expect(await update(account, FormField("Status", "completed")) == (200, nil))
        #expect(await update(account, FormField("Status", "completed")) == (400, "21220"))
        #expect(await RESTCases.get(account, "Calls/\(Self.call).json").json["status"]?.string == "completed")
        #expect(await RESTCases.get(account, "Calls/CA2.json").json["code"] == .number("20404"))
        #expect(await RESTCases.get(account, "Nonsense/CA2.json").status == 404)
    }

    @Test func faultsStrikeSoOftenAsTheyShould() async {
        let account = account()
        var busy = Fault(.rest, target: "calls")
        (busy.status, busy.times) = (429, 2)
        account.setFaults([busy])
        #expect(await update(account, FormField("TimeLimit", "5")) == (429, "20429"))
        #expect(await update(account, FormField("TimeLimit", "5")) == (429, "20429"))
        #expect(await update(account, FormField("TimeLimit", "5")) == (200, nil))
        #expect(account.updates(of: Self.call).count == 1)
        (busy.status, busy.times) = (500, nil)
        account.setFaults([busy])
        for _ in 0..<3 { #expect(await update(account, FormField("TimeLimit", "5")) == (500, "20500")) }
        (busy.status, busy.code) = (400, nil)
        account.setFaults([busy])
        #expect(await update(account, FormField("TimeLimit", "5")) == (400, "21220"))
    }

    @Test(arguments: [true, false]) func aRequestThatIsNotAnsweredMayHaveHadItsEffect(_ done: Bool) async {
        let account = account()
        var silence = Fault(.restTimeout)
        silence.done = done
        account.setFaults([silence])
        let request = Task { await self.update(account, FormField("TimeLimit", "5")) }
        if done {
            for _ in 0..<1000 where account.updates(of: Self.call).isEmpty { try? await Task.sleep(for: .milliseconds(5)) }
        }
        // Nothing but the test ends the waiting.
        request.cancel()
        #expect(await request.value == (500, "20500"))
        #expect(account.updates(of: Self.call).count == (done ? 1 : 0))
    }

    @Test func messages() async {
        let account = account()
        func send(_ form: [FormField]) async -> RESTAnswer { await RESTCases.send(account, "POST", "Messages.json", form) }
        let good = [FormField("To", "whatsapp:+972501234567"), FormField("From", "whatsapp:+97235550100"), FormField("Body", "שלום")]
        let sent = await send(good)
        #expect(sent.status == 201)
        #expect(sent.json["sid"]?.string?.hasPrefix("SM") == true)
        #expect(sent.json["status"]?.string == "queued")
        #expect(sent.json["body"]?.string == "שלום")
        #expect(account.messages.first?.field("To") == "whatsapp:+972501234567")
        let sid = sent.json["sid"]?.string ?? ""
        #expect(await RESTCases.get(account, "Messages/\(sid).json").json["sid"]?.string == sid)
        func code(_ form: [FormField]) async -> JSONValue? { await send(form).json["code"] }
        #expect(await code(Array(good.dropFirst())) == .number("21604"))
        #expect(await code([FormField("To", "0501234567")] + good.dropFirst()) == .number("21211"))
        #expect(await code([good[0], good[2]]) == .number("21603"))
        #expect(await code(Array(good.dropLast())) == .number("21619"))
        #expect(await code([good[0], FormField("From", "+97235550100"), good[2]]) == .number("63007"))
        #expect(await code(good + [FormField("ContentVariables", "[1]")]) == .number("21656"))
        #expect(account.messages.count == 1)
    }

    @Test func faultsOfACallStrikeItsUpdates() async throws {
        var fault = Fault(.rest, target: "calls")
        (fault.status, fault.times) = (500, 1)
        let line = try await LineCase.call(
            incoming: LineCase.twiml("<Pause length=\"9\"/>"), steps: [.wait(.end, withinMs: 9000)], faults: [fault],
            during: { call, account in
                try await LineCase.until(call) { $0.verbs.count == 1 }
                let form = [FormField("Status", "completed")]
                #expect(await RESTCases.send(account, "POST", "Calls/\(call.callSid).json", form).status == 500)
                #expect(await RESTCases.send(account, "POST", "Calls/\(call.callSid).json", form).status == 200)
                #expect(await RESTCases.send(account, "POST", "Calls/\(call.callSid).json", form).json["code"] == .number("21220"))
            })
        let updates = await line.account.report(of: line.report.callSid)?.updates.map(\.answer)
        #expect(updates == [200, 21220])
        await line.account.stop()
    }

    @Test func anUpdateEndsTheStreamAndTheActionIsAskedOnlyIfTwilioDoes() async throws {
        for asks in [false, true] {
            let line = try await LineCase.call(incoming: LineCase.stream, steps: [.wait(.end, withinMs: 9000)]) {
                $0.habits.connectActionAfterUpdate = asks
            } during: { call, account in
                try await LineCase.until(call) { $0.counters.streamsStarted == 1 }
                let twiml = LineCase.twiml("<Play>\(FakeApplication.base)/static/greeting.mp3</Play>")
                #expect(await RESTCases.send(account, "POST", "Calls/\(call.callSid).json", [FormField("Twiml", twiml)]).status == 200)
            }
            #expect(line.report.verbs.map(\.name) == ["stream", "play greeting.mp3"])
            #expect(line.application.targets.contains("/webhook/stream_ended") == asks)
            #expect(line.application.messages.withLockedValue { $0.last?.contains(#""event":"stop""#) } == true)
            #expect(line.report.agentSpeech.count == 1)
            await line.account.stop()
        }
    }
}
