import ASRWorker
import ProviderKit
import Testing

/// What every streaming provider owes, each against its fake. A provider is added with one line in `RecognizerCases.all`.
@Suite(.timeLimit(.minutes(3))) struct RecognizerContract {
    // MARK: Words

    @Test(arguments: RecognizerCases.all)
    func wordsArriveOnceAndInOrder(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(latencyMilliseconds: 20))
        let call = Listener(run)
        let numbers = [[7, 4_711], [65_535, 0, 12], [31_000]]
        var audio = 0
        for utterance in numbers {
            let speech = Speech.say(utterance)
            audio += Speech.milliseconds(speech)
            call.say(speech)
            call.connection.finalize()
            let heard = try await call.untilFinalized()
            #expect(heard.numbers == utterance)
            if recogniser.hasTimes {
                let end = try #require(heard.finals.last?.endMilliseconds)
                // The last tone ends 200 ms before its utterance does.
                #expect(abs(end - (audio - 200)) < 150, "\(end) of \(audio)")
            }
        }
        #expect(run.provider.traits.finalizes)
        call.connection.close()
        #expect(try await call.end() == .closed)
        let log = try await run.log()
        #expect(log.violations.isEmpty && log.numbers == numbers.flatMap { $0 })
    }

    @Test(arguments: RecognizerCases.all)
    func interimsComeWhileSomebodySpeaks(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour())
        try #require(recogniser.name == run.provider.name)
        guard run.provider.traits.hasInterims else { return }
        let call = Listener(run)
        call.say(Speech.say([1, 2, 3, 4, 5]))
        var interims: [String] = []
        while interims.last?.split(separator: " ").count ?? 0 < 5 {
            // Words that became final meanwhile are no part of later hypotheses.
            switch try #require(await call.next()) {
            case .interim(let heard): interims.append((call.finals.map(\.text) + [heard.text]).joined(separator: " "))
            case .final: interims.append(call.finals.map(\.text).joined(separator: " "))
            case .ready: break
            case let other: Issue.record("\(other)")
            }
        }
        // They grow, and nothing was asked for.
        #expect(interims.last == "1 2 3 4 5")
        #expect(interims.count >= 2)
        call.connection.cancel()
    }

    /// More than a minute of speech, in pieces of any length, as fast as they are taken.
    @Test(arguments: RecognizerCases.all)
    func muchSpeechLosesAndDoublesNothing(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(latencyMilliseconds: 5, aheadMilliseconds: 400_000))
        let call = Listener(run)
        var expected: [Int] = []
        var heard: [Int] = []
        for utterance in 0..<30 {
            let numbers = (0..<4).map { utterance * 4 + $0 + 1_000 }
            expected += numbers
            var rest = Speech.say(numbers, pauseMilliseconds: 60 + utterance * 4)[...]
            var size = 1
            while !rest.isEmpty {
                call.connection.send(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                size = size * 7 % 1_601 + 1
            }
            call.connection.finalize()
            heard += try await call.untilFinalized().numbers
        }
        #expect(heard == expected)
        call.connection.close()
        #expect(try await call.end() == .closed)
        #expect(try await run.log().violations.isEmpty)
    }

    /// The fakes do hold their clients to real time: without that the test above would show less.
    @Test(arguments: RecognizerCases.all)
    func audioThatRunsFarAheadIsNotTaken(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(aheadMilliseconds: 1_000))
        guard run.provider.traits.hasInterims else { return }
        let call = Listener(run)
        call.say(Speech.silence(3_000))
        guard case .failed = try await call.end() else { throw Unexpected("it was taken") }
        #expect(try await run.log().violations.count == 1)
    }

    @Test(arguments: RecognizerCases.all)
    func twoCallsDoNotMix(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(latencyMilliseconds: 30))
        let (first, second) = (Listener(run), Listener(run))
        first.say(Speech.say([1, 2]))
        second.say(Speech.say([3]))
        first.connection.finalize()
        second.connection.finalize()
        async let one = first.untilFinalized().numbers
        async let other = second.untilFinalized().numbers
        #expect(try await one == [1, 2])
        #expect(try await other == [3])
        first.connection.cancel()
        second.connection.cancel()
    }

    // MARK: Finalize

    @Test(arguments: RecognizerCases.all)
    func finalizingNothingIsAnsweredToo(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour())
        let call = Listener(run)
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers.isEmpty)
        call.say(Speech.say([5]))
        call.connection.finalize()
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [5])
        #expect(try await call.untilFinalized().numbers.isEmpty)
        // A short silence: the provider has nothing to say, and says that.
        call.say(Speech.silence(60))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers.isEmpty)
        call.connection.cancel()
        #expect(try await run.log().violations.isEmpty)
    }

    @Test(arguments: RecognizerCases.all)
    func utterancesOvertakeNoAnswers(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(latencyMilliseconds: 60))
        let call = Listener(run)
        for number in 1...4 {
            call.say(Speech.say([number]))
            call.connection.finalize()
        }
        for number in 1...4 { #expect(try await call.untilFinalized().numbers == [number]) }
        call.connection.cancel()
        #expect(try await run.log().violations.isEmpty)
    }

    @Test(arguments: RecognizerCases.all)
    func audioIsKeptUntilTheConnectionStands(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(acceptMilliseconds: 250))
        let call = Listener(run)
        call.say(Speech.say([8, 9]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [8, 9])
        call.connection.cancel()
    }

    // MARK: The end

    @Test(arguments: RecognizerCases.all)
    func closingWaitsForLateFinals(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(latencyMilliseconds: 300, closingMilliseconds: 300))
        let call = Listener(run)
        call.say(Speech.say([21, 22], pauseMilliseconds: 20))
        call.connection.close()
        // Nobody listens any more.
        call.say(Speech.say([99]))
        call.connection.finalize()
        #expect(try await call.end() == .closed)
        #expect(call.numbers == [21, 22])
        #expect(await call.next() == nil)
        #expect(try await run.log().violations.isEmpty)
    }

    @Test(arguments: RecognizerCases.all)
    func closingAtOnce(_ recogniser: RecognizerCase) async throws {
        let call = Listener(try await recogniser.start(FakeBehaviour()))
        call.connection.close()
        call.connection.close()
        #expect(try await call.end() == .closed)
        #expect(await call.next() == nil)
    }

    @Test(arguments: RecognizerCases.all)
    func cancelReportsNothingMore(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(latencyMilliseconds: 150))
        let call = Listener(run)
        call.say(Speech.say([1]))
        call.connection.finalize()
        // Until the fake has heard it, so that an answer is under way.
        while try await run.log().numbers.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        call.connection.cancel()
        call.connection.send(Speech.silence(20))
        call.connection.finalize()
        call.connection.close()
        while try await run.log().left == 0 { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(200))
        call.stop()
        while let event = await call.next() {
            switch event {
            case .ready, .interim: break
            default: Issue.record("reported after cancel: \(event)")
            }
        }
    }

    @Test(arguments: RecognizerCases.all)
    func nothingIsKeptAfterTheEnd(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour())
        for isCancelled in [false, true] {
            weak var left: AnyObject?
            do {
                let call = Listener(run)
                left = call.connection as AnyObject
                call.say(Speech.say([1]))
                call.connection.finalize()
                #expect(try await call.untilFinalized().numbers == [1])
                if isCancelled {
                    call.connection.cancel()
                } else {
                    call.connection.close()
                    #expect(try await call.end() == .closed)
                }
            }
            // What is still on its way to the event loop holds it for a moment.
            for _ in 0..<500 where left != nil { try await Task.sleep(for: .milliseconds(10)) }
            #expect(left == nil)
        }
    }

    // MARK: Failures

    @Test(arguments: RecognizerCases.all)
    func aKeyThatIsNotAccepted(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(fault: .auth))
        let failure = try await failure(of: run)
        #expect(failure.kind == .auth && failure.message.contains("_API_KEY"))
        await #expect(throws: ProviderFailure.self) { try await run.provider.warm() }
        do { try await run.provider.warm() } catch let failure as ProviderFailure { #expect(failure.kind == .auth) }
    }

    @Test(arguments: RecognizerCases.all)
    func warmingUp(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour())
        try await run.provider.warm()
        #expect(try await run.log().violations.isEmpty)
    }

    @Test(arguments: RecognizerCases.all)
    func noCredit(_ recogniser: RecognizerCase) async throws {
        let failure = try await failure(of: recogniser.start(FakeBehaviour(fault: .quota)))
        #expect(failure.kind == .quota && !failure.kind.isPassing)
    }

    @Test(arguments: RecognizerCases.all)
    func tooManyRequests(_ recogniser: RecognizerCase) async throws {
        let failure = try await failure(of: recogniser.start(FakeBehaviour(fault: .rateLimited(seconds: 7))))
        #expect(failure.kind == .rateLimited && failure.retryAfter == .seconds(7))
    }

    @Test(arguments: RecognizerCases.all)
    func aProviderThatIsUnwell(_ recogniser: RecognizerCase) async throws {
        let failure = try await failure(of: recogniser.start(FakeBehaviour(fault: .unwell(afterMilliseconds: 700))))
        #expect(failure.kind == .broken)
    }

    @Test(arguments: RecognizerCases.all)
    func aResetInMidStream(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour(fault: .reset(afterMilliseconds: 1_500)))
        let failure = try await failure(of: run)
        #expect(failure.kind == .broken)
    }

    @Test(arguments: RecognizerCases.all)
    func garbage(_ recogniser: RecognizerCase) async throws {
        let failure = try await failure(of: recogniser.start(FakeBehaviour(fault: .garbage(afterMilliseconds: 700))))
        #expect(failure.kind == .garbage)
    }

    @Test(arguments: RecognizerCases.all)
    func aPeerThatIsGoneWithoutAWord(_ recogniser: RecognizerCase) async throws {
        let failure = try await failure(of: recogniser.start(FakeBehaviour(fault: .frozen(afterMilliseconds: 700))))
        #expect(failure.kind == .timeout)
    }

    @Test(arguments: RecognizerCases.all)
    func aPeerThatAcceptsAndSaysNothing(_ recogniser: RecognizerCase) async throws {
        let failure = try await failure(of: recogniser.start(FakeBehaviour(fault: .mute)))
        #expect(failure.kind == .timeout)
    }

    @Test(arguments: RecognizerCases.all)
    func whatIsNotKnownIsPassedOver(_ recogniser: RecognizerCase) async throws {
        let call = Listener(try await recogniser.start(FakeBehaviour(isNoisy: true)))
        call.say(Speech.say([3, 4]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [3, 4])
        call.connection.close()
        #expect(try await call.end() == .closed)
    }

    @Test(arguments: RecognizerCases.all)
    func answersThatDrip(_ recogniser: RecognizerCase) async throws {
        let call = Listener(try await recogniser.start(FakeBehaviour(dripMilliseconds: 1)))
        call.say(Speech.say([3]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [3])
        call.connection.cancel()
    }

    // MARK: Limits

    @Test(arguments: RecognizerCases.all)
    func keepAliveKeepsItOpen(_ recogniser: RecognizerCase) async throws {
        guard recogniser.hasIdleLimit else { return }
        let run = try await recogniser.start(FakeBehaviour(idleMilliseconds: 600))
        let call = Listener(run)
        call.say(Speech.say([1]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [1])
        for _ in 0..<15 {
            try await Task.sleep(for: .milliseconds(100))
            call.connection.keepAlive()
        }
        call.say(Speech.say([2]))
        call.connection.finalize()
        let heard = try await call.untilFinalized()
        #expect(heard.numbers == [2])
        if recogniser.hasTimes {
            // Only the caller's own audio counts.
            #expect(abs(try #require(heard.finals.last?.endMilliseconds) - 1_100) < 150)
        }
        let log = try await run.log()
        #expect(log.keepAlives >= 10 && log.violations.isEmpty)
        call.connection.cancel()
    }

    @Test(arguments: RecognizerCases.all)
    func anIdleConnectionEndsAsARoutine(_ recogniser: RecognizerCase) async throws {
        guard recogniser.hasIdleLimit else { return }
        let call = Listener(try await recogniser.start(FakeBehaviour(idleMilliseconds: 300)))
        call.say(Speech.say([1]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [1])
        #expect(try await call.end() == .idle)
    }

    @Test(arguments: RecognizerCases.all)
    func theLongestStreamEndsAsARoutine(_ recogniser: RecognizerCase) async throws {
        guard recogniser.hasSessionLimit else { return }
        let call = Listener(try await recogniser.start(FakeBehaviour(limitMilliseconds: 400)))
        call.say(Speech.say([1]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [1])
        #expect(try await call.end() == .limit)
    }

    // MARK: Hints

    @Test(arguments: RecognizerCases.all)
    func hintsAreSentWithinTheVendorsLimits(_ recogniser: RecognizerCase) async throws {
        let run = try await recogniser.start(FakeBehaviour())
        let many = (0..<500).map { "ביטוי \($0)" }
        let long = String(repeating: "ארוך ", count: 500)
        let call = Listener(run, RecognitionHints(phrases: ["תור לתספורת", "  ", "תור לתספורת", long, "דנה & יוסי?"] + many))
        call.say(Speech.say([1]))
        call.connection.finalize()
        #expect(try await call.untilFinalized().numbers == [1])
        let log = try await run.log()
        #expect(Array(log.hints.prefix(3)) == ["תור לתספורת", "דנה & יוסי?", "ביטוי 0"])
        #expect(log.violations.isEmpty)
        call.connection.cancel()
    }

    /// Says something and waits for the failure that ends it. No secret may be in it.
    private func failure(of run: FakeRun) async throws -> ProviderFailure {
        let call = Listener(run)
        call.say(Speech.say([1, 2, 3]))
        call.connection.finalize()
        guard case .failed(let failure) = try await call.end() else { throw Unexpected("it ended, but not with a failure") }
        #expect(!"\(failure) \(failure.message)".contains(run.secret))
        #expect(failure.message.contains(run.provider.name))
        #expect(!failure.message.contains("1 2"), "a caller's words")
        #expect(await call.next() == nil)
        return failure
    }
}
