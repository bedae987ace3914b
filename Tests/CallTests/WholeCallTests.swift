import ASRWorker
import Audio
import Bus
import BusContract
import Business
import CallVocabulary
import DialogWorker
import Foundation
import Gateway
import Logging
import ServiceKit
import Synchronization
import TTSWorker
import TestSupport
import Testing

/// The same script of a call over both buses: what passes on one and not on the other is a bug of that one.
@Suite(.serialized) struct WholeCallTests {
    @Test(arguments: TestBus.Kind.allCases) func aCallerIsHeardAnsweredAndWrittenDown(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, recogniser: TonesRecognizer()) { fleet in
            let call = try await fleet.call()
            try await call.listens()
            for number: UInt16 in [17, 4242, 65_535] {
                await call.say(ToneCode.encode(number))
                try await call.hears(turns: 1)
            }
            call.hangUp()
            let facts = try await fleet.facts { facts in facts.contains { if case .summary = $0.body { true } else { false } } }
            let turns = facts.compactMap { if case .turn(let record) = $0.body { record } else { nil } }
            let heard = turns.compactMap { if case .speech(let transcript) = $0.entry.heard { transcript.text } else { nil } }
            #expect(heard == ["17", "4242", "65535"])
            #expect(turns.dropFirst().allSatisfy { $0.entry.said == [FixedModel.defaultSentence] })
            #expect(facts.map(\.id).count == Set(facts.map(\.id)).count)
            let endings = facts.compactMap { if case .callEnded(let outcome, _) = $0.body { outcome } else { nil } }
            #expect(endings == [.callerHungUp])
            // Each reply is 1.5 s of tone, played once and whole.
            #expect(call.playedMilliseconds == 3 * 1_500)
        }
    }

    @Test(arguments: TestBus.Kind.allCases) func severalCallsDoNotMix(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, recogniser: TonesRecognizer()) { fleet in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        let call = try await fleet.call()
                        try await call.listens()
                        await call.say(ToneCode.encode(UInt16(1_000 + index)))
                        try await call.hears(turns: 1)
                        call.hangUp()
                    }
                }
                try await group.waitForAll()
            }
            let facts = try await fleet.facts { facts in facts.count { if case .summary = $0.body { true } else { false } } == 8 }
            let heard = facts.compactMap { fact -> String? in
                guard case .turn(let record) = fact.body, case .speech(let transcript) = record.entry.heard else { return nil }
                return transcript.text
            }
            #expect(heard.sorted() == (0..<8).map { String(1_000 + $0) })
        }
    }
}
