import Testing

@testable import TwilioSimulatorKit

/// Answers through `calls.update`: a Play, and the stream again.
@Suite struct PingPongTests {
    @Test func roundsGoThroughPlayAndWhatIsSaidMeanwhileIsCounted() async throws {
        var rounds = CallerSteps.Rounds(count: 4)
        (rounds.first, rounds.overPlayEvery) = (700, 2)
        let line = try await LineCase.call(
            incoming: LineCase.stream, steps: [.wait(.listening, withinMs: 3000), .rounds(rounds)],
            during: { call, account in
                var answered = 0
                while await !call.hasEnded {
                    let said = await call.scenario?.record.rounds.filter { !$0.said.isEmpty } ?? []
                    // The last number has been said to its end.
                    if said.count > answered, await call.speech == nil {
                        let verbs = "<Play>\(FakeApplication.base)/static/r-\(said[answered].number).mp3</Play>"
                        let twiml = LineCase.stream.replacing("<Response>", with: "<Response>" + verbs)
                        #expect(await RESTCases.send(account, "POST", "Calls/\(call.callSid).json", [FormField("Twiml", twiml)]).status == 200)
                        answered += 1
                    }
                    try await Task.sleep(for: .milliseconds(50))
                }
            })
        let expected = ["stream"] + (0..<4).flatMap { ["play r-\(700 + $0).mp3", "stream"] }
        #expect(line.report.verbs.map(\.name) == expected)
        #expect(line.report.spoken?.answered == 4)
        #expect(line.report.spoken?.problems == [])
        #expect(line.report.spoken?.strays == [])
        #expect(line.report.customerUtterances.count { $0.unheard == true } == 2)
        #expect(line.report.counters.streamsStarted == 5)
        #expect(line.codes == [])
        await line.account.stop()
    }
}
