import Audio
import CallEngine
import CallVocabulary
import Gateway
import NIOCore
import Synchronization

/// A telephone at the other end: plays nothing in real time. Audio that is sent to it counts as played at once, so its marks return at once,
/// and what the caller says arrives as fast as it can be fed: the endpointer counts frames, not seconds.
/// Between the utterances the line brings silence, 50 frames a second, as lines do.
final class TestCall: Sendable {
    private struct State {
        var runner: CallRunner?
        var silence: RepeatedTask?
        var isPausing = false
        var played: [UInt8] = []
        var marks: [String] = []
        var clears = 0
    }

    let id: CallID
    private let loop: any EventLoop
    private let state = Mutex(State())
    /// Sentences that the caller has waited for.
    private let awaited = Mutex(0)

    init(id: CallID, loop: any EventLoop) {
        self.id = id
        self.loop = loop
    }

    func begin(_ runner: CallRunner) {
        state.withLock { $0.runner = runner }
        runner.open(FakeLine(call: self), streamSID: "MZ1")
        let interval = TimeAmount.milliseconds(Int64(AudioFrame.milliseconds))
        let silence = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            guard let self, !self.state.withLock({ $0.isPausing }) else { return }
            self.feed(Self.silence[...])
        }
        state.withLock { $0.silence = silence }
    }

    /// The opening is over when the dialogue has answered it: from then on the caller is listened to.
    func listens() async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            let open = try await loop.submit { self.state.withLock { $0.runner }?.isListening ?? false }.get()
            if open { return }
            guard ContinuousClock.now < deadline else { throw TestFailure("the call does not listen") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    // MARK: - Mouth

    /// Speaks: the number as sound, then enough silence to end the utterance.
    /// - Parameters:
    ///   - milliseconds: of the utterance that are spoken before the pause: no frame comes while `pause` runs, not even silence.
    func say(_ number: UInt16, until milliseconds: Int = 0, _ pause: () async throws -> Void = {}) async throws {
        let audio = Self.utterance(number)
        let middle = milliseconds / AudioFrame.milliseconds * AudioFrame.bytes
        try await loop.submit {
            self.state.withLock { $0.isPausing = true }
            self.feed(audio[..<middle])
        }.get()
        try await pause()
        try await loop.submit {
            self.feed(audio[middle...])
            self.state.withLock { $0.isPausing = false }
        }.get()
    }

    func hangUp() { loop.execute { self.feed(.lineStopped) } }

    private static let silence = MuLaw.encode([Int16](repeating: 0, count: MuLaw.frameSamples))

    private static func utterance(_ number: UInt16) -> [UInt8] {
        let before = [Int16](repeating: 0, count: MuLaw.sampleRate / 5)
        return MuLaw.encode(before + ToneCode.encode(number) + [Int16](repeating: 0, count: MuLaw.sampleRate * 6 / 10))
    }

    private func feed(_ audio: ArraySlice<UInt8>) {
        for start in stride(from: audio.startIndex, to: audio.endIndex, by: AudioFrame.bytes) {
            feed(.voice(Array(audio[start..<min(start + AudioFrame.bytes, audio.endIndex)])))
        }
    }

    private func feed(_ event: CallEvent) { state.withLock { $0.runner }?.feed(event) }

    // MARK: - Ear

    /// Waits until this many more sentences of replies have been played whole.
    func hears(sentences: Int) async throws {
        let wanted = awaited.withLock { heard in
            heard += sentences
            return heard
        }
        try await until("\(wanted) sentences are heard by \(id)") { self.sentences.count >= wanted }
    }

    /// The replies' sentences that have been played whole, in order.
    var sentences: [SpeechID] { marks.filter { $0.piece >= 0 } }
    /// Canned lines among them.
    var marks: [SpeechID] { state.withLock { $0.marks }.compactMap { SpeechID(markName: $0) } }
    /// Numbers in all that was played, in order.
    var numbers: [UInt16] { ToneCode.decode(muLaw: state.withLock { $0.played }).map(\.number) }
    var playedMilliseconds: Int { MuLaw.milliseconds(ofBytes: state.withLock { $0.played.count }) }

    fileprivate func played(_ audio: [UInt8]) { state.withLock { $0.played += audio } }

    fileprivate func returnMark(_ name: String) {
        state.withLock { $0.marks.append(name) }
        loop.execute { self.feed(.mark(name)) }
    }

    fileprivate func close() {
        state.withLock { $0.silence }?.cancel()
        loop.execute { self.feed(.lineLost) }
    }
}

private final class FakeLine: Line, Sendable {
    private let call: TestCall
    init(call: TestCall) { self.call = call }
    func play(_ mulaw: [UInt8]) { call.played(mulaw) }
    func mark(_ name: String) { call.returnMark(name) }
    func clear() {}
    func grouped(_ body: () -> Void) { body() }
    func close() { call.close() }
}
