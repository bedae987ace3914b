import BusContract
import CallEngine
import CallVocabulary
import Foundation
import Testing

@Suite struct CallTraceTests {
    private func recorded() throws -> TestCall {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("תל אביב")
        call.answer(turn, ["כמה חדרים?"], lead: ["city": "tel-aviv"])
        call.pass(2_000)
        call.feed(.lineStopped)
        call.feed(.summary("סיכום"))
        return call
    }

    @Test func aLineSurvivesItsJSON() throws {
        for line in try recorded().steps {
            let json = try line.json()
            #expect(!json.contains(UInt8(ascii: "\n")))
            #expect(try JSONDecoder().decode(CallTraceLine.self, from: json) == line)
        }
    }

    @Test func aRecordedCallReplays() throws {
        let call = try recorded()
        let (steps, difference) = try CallTrace.replay(try call.trace())
        #expect(steps == call.steps.count - 1)
        #expect(difference == nil)
    }

    @Test func theFirstDifferenceIsFound() throws {
        let call = try recorded()
        var steps = call.steps
        let index = try #require(
            steps.firstIndex {
                if case .step(_, _, let actions) = $0 { actions.contains { if case .play = $0 { true } else { false } } } else { false }
            })
        guard case .step(let at, let event, let actions) = steps[index] else { return }
        steps[index] = .step(at: at, event: event, actions: [])
        var trace = Data()
        for step in steps { trace += try step.json() + Data([10]) }
        let difference = try #require(try CallTrace.replay(trace).difference)
        #expect(difference.line == index + 1)
        #expect(difference.event == event)
        #expect(difference.recorded.isEmpty)
        #expect(difference.replayed == actions)
    }

    @Test func aMalformedLineIsNamed() throws {
        var lines = try recorded().trace().split(separator: UInt8(ascii: "\n")).map { Data($0) }
        lines[4] = Data("{\"step\":{}}".utf8)
        let error = #expect(throws: CallTrace.Malformed.self) { try CallTrace.replay(Data(lines.joined(separator: [10]))) }
        #expect(error?.line == 5)
        #expect(error?.description.contains("line 5") == true)
        lines[4] = Data("not json".utf8)
        #expect(throws: CallTrace.Malformed.self) { try CallTrace.replay(Data(lines.joined(separator: [10]))) }
    }

    @Test func emptyLinesCountAsLines() throws {
        let lines = try recorded().trace().split(separator: UInt8(ascii: "\n")).map { Data($0) }
        let trace = lines[0] + Data([10, 10, 10]) + Data("not json".utf8)
        let error = #expect(throws: CallTrace.Malformed.self) { try CallTrace.replay(trace) }
        #expect(error?.line == 4)
    }

    @Test func aStepBeforeTheOpeningIsNamed() throws {
        let lines = try recorded().trace().split(separator: UInt8(ascii: "\n")).map { Data($0) }
        let error = #expect(throws: CallTrace.Malformed.self) { try CallTrace.replay(lines[1]) }
        #expect(error?.line == 1)
    }

    @Test func nothingReplaysToNothing() throws {
        let (steps, difference) = try CallTrace.replay(Data())
        #expect(steps == 0)
        #expect(difference == nil)
    }
}
