import BusContract
import CallVocabulary
import Testing

/// Recognisers die, and the audio lane loses frames: every utterance is heard once.
@Suite(.serialized) struct HearingTests {
    @Test(arguments: TestBus.Kind.allCases) func aRecogniserIsKilledInMidUtterance(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, .with([.asr: 2])) { fleet in
            let call = try await fleet.call()
            try await call.say(1)
            try await call.hears(sentences: 2)
            let first = try fleet.holder(.asr, of: call)
            let before = first.frames
            // In the middle of the number: both halves are needed to hear it.
            try await call.say(2, until: 420) {
                try await until("the first half has arrived") { first.frames >= before + 20 && first.handled("listen") == 3 }
                first.kill()
            }
            try await call.hears(sentences: 2)
            try await call.say(3)
            try await call.hears(sentences: 2)
            #expect(try fleet.holder(.asr, of: call) !== first)
            try await fleet.expectWhole(call, said: [1, 2, 3])
            #expect(fleet.log.count("FAILOVER", ["pool": "asr"]) == 1)
            // The first half was sent again.
            #expect(fleet.hub.again >= 20)
        }
    }

    @Test(arguments: TestBus.Kind.allCases) func aRecogniserIsKilledBeforeItsFinal(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, .with([.asr: 2])) { fleet in
            let call = try await fleet.call()
            try await call.say(1)
            try await call.hears(sentences: 2)
            let first = try fleet.holder(.asr, of: call)
            first.meets(.diesBefore) { if case .transcript(let message) = $0.message { message.final } else { false } }
            try await call.say(2)
            try await call.hears(sentences: 2)
            #expect(first.isDead)
            // The caller went on before the final had come.
            try await call.say(3)
            try await call.say(4)
            try await call.hears(sentences: 4)
            try await fleet.expectWhole(call, said: [1, 2, 3, 4])
            #expect(fleet.log.count("FAILOVER", ["pool": "asr"]) == 1)
        }
    }

    @Test(arguments: TestBus.Kind.allCases) func framesAreLost(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind) { fleet in
            fleet.hub.damage { frame in
                switch frame.sequence {
                case 0..<200: frame.sequence % 7 == 6 ? .drop : .pass
                case 220..<240: .drop
                default: .pass
                }
            }
            let call = try await fleet.call()
            for number: UInt16 in 1...5 {
                try await call.say(number)
                try await call.hears(sentences: 2)
            }
            try await fleet.expectWhole(call, said: [1, 2, 3, 4, 5])
            let recogniser = try fleet.holder(.asr, of: call)
            #expect(fleet.hub.harmed == 48)
            #expect(recogniser.sent("resend") > 0)
            #expect(fleet.hub.again > 0)
        }
    }

    @Test(arguments: TestBus.Kind.allCases) func framesAreLate(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind) { fleet in
            fleet.hub.damage { frame in frame.sequence % 11 == 5 || (90..<96).contains(frame.sequence) ? .delay : .pass }
            let call = try await fleet.call()
            for number: UInt16 in 1...4 {
                try await call.say(number)
                try await call.hears(sentences: 2)
            }
            try await fleet.expectWhole(call, said: [1, 2, 3, 4])
            #expect(fleet.hub.harmed > 20)
        }
    }
}
