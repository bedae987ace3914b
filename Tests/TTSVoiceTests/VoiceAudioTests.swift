import Audio
import Synchronization
import Testing

@testable import TTSWorker

@Suite struct VoiceAudioTests {
    @Test func chunksArriveInOrderAndEmptyOnesNot() async throws {
        let audio = VoiceAudio { sink in
            for value in 0..<100 {
                try await sink.send([UInt8(value)])
                try await sink.send([])
            }
        }
        var got: [UInt8] = []
        for try await chunk in audio { got += chunk }
        #expect(got == (0..<100).map { UInt8($0) })
    }

    @Test func nothingHappensBeforeTheFirstElementIsAskedFor() async throws {
        let started = Atomic<Bool>(false)
        let audio = VoiceAudio { _ in started.store(true, ordering: .relaxed) }
        var iterator = audio.makeAsyncIterator()
        let early = started.load(ordering: .relaxed)
        #expect(!early)
        #expect(try await iterator.next() == nil)
        let late = started.load(ordering: .relaxed)
        #expect(late)
    }

    @Test func theProducerIsAtMostTheCapacityAhead() async throws {
        let sent = Atomic<Int>(0)
        let audio = VoiceAudio { sink in
            for value in 0..<1000 {
                sent.add(1, ordering: .relaxed)
                try await sink.send([UInt8(truncatingIfNeeded: value)])
            }
        }
        var taken = 0
        for try await _ in audio {
            taken += 1
            // One more is on its way into the queue.
            let ahead = sent.load(ordering: .relaxed) - taken
            #expect(ahead <= VoiceAudio.capacity + 1)
        }
        #expect(taken == 1000)
    }

    @Test func anErrorComesAfterTheAudioMadeBefore() async {
        let audio = VoiceAudio { sink in
            try await sink.send([1])
            try await sink.send([2])
            throw VoiceFailure(code: .broken, message: "Test.")
        }
        var got: [UInt8] = []
        await #expect(throws: VoiceFailure.self) {
            for try await chunk in audio { got += chunk }
        }
        #expect(got == [1, 2])
    }

    /// A producer that never ends by itself, and says when it was stopped.
    private func endless() -> (VoiceAudio, AsyncStream<Void>) {
        let (stopped, continuation) = AsyncStream<Void>.makeStream()
        let audio = VoiceAudio { sink in
            defer { continuation.finish() }
            while true { try await sink.send([7]) }
        }
        return (audio, stopped)
    }

    @Test(.timeLimit(.minutes(1))) func droppingTheIteratorStopsTheProducer() async throws {
        let (audio, stopped) = endless()
        for try await _ in audio { break }
        for await _ in stopped {}
    }

    @Test(.timeLimit(.minutes(1))) func cancellingTheConsumerStopsBoth() async {
        let (audio, stopped) = endless()
        let (running, first) = AsyncStream<Void>.makeStream()
        let consumer = Task {
            for try await _ in audio { first.finish() }
        }
        for await _ in running {}
        consumer.cancel()
        await #expect(throws: CancellationError.self) { try await consumer.value }
        for await _ in stopped {}
    }

    @Test(.timeLimit(.minutes(1))) func cancellingAWaitingConsumerWakesIt() async {
        let (waiting, continuation) = AsyncStream<Void>.makeStream()
        let audio = VoiceAudio { _ in
            continuation.finish()
            try await Task.sleep(for: .seconds(3600))
        }
        let consumer = Task {
            for try await _ in audio {}
        }
        for await _ in waiting {}
        consumer.cancel()
        await #expect(throws: CancellationError.self) { try await consumer.value }
    }

    @Test func theToneVoiceGivesItsToneAtOnce() async throws {
        var chunks: [[UInt8]] = []
        for try await chunk in ToneVoice().speak(VoiceRequest(text: "שלום")) { chunks.append(chunk) }
        #expect(chunks.count == 1)
        #expect(chunks.first?.count == 12_000)
        #expect(abs(EspeakAudio.speechLevel(MuLaw.decode(chunks[0])) - -20) < 0.1)
    }
}
