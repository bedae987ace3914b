import Audio
import CallEngine
import CallVocabulary
import Gateway
import NIOCore
import Synchronization

/// A telephone at the other end: plays nothing in real time. Audio that is sent to it counts as played at once, so its marks return at once,
/// and what the caller says arrives as fast as it can be fed: the endpointer counts frames, not seconds.
final class TestCall: Sendable {
    private struct State {
        var runner: CallRunner?
        var line: FakeLine?
        var bytes = 0
        var marks = 0
        var closed = false
    }

    private let loop: any EventLoop
    private let state = Mutex(State())
    /// Sentences that the caller has waited for.
    private let heard = Mutex(0)

    init(loop: any EventLoop) { self.loop = loop }

    func begin(_ runner: CallRunner) {
        let line = FakeLine(call: self)
        state.withLock { state in
            state.runner = runner
            state.line = line
        }
        runner.open(line, streamSID: "MZ1")
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

    /// Speaks: the sound, then enough silence to end the utterance.
    func say(_ pcm: [Int16]) async {
        let silence = [Int16](repeating: 0, count: MuLaw.sampleRate / 5)
        let audio = MuLaw.encode(silence + pcm + [Int16](repeating: 0, count: MuLaw.sampleRate * 6 / 10))
        for start in stride(from: 0, to: audio.count, by: MuLaw.frameSamples) {
            feed(.voice(Array(audio[start..<min(start + MuLaw.frameSamples, audio.count)])))
        }
    }

    /// Waits until this many more sentences have been played.
    func hears(turns: Int) async throws {
        let wanted = heard.withLock { heard in
            heard += turns
            return heard
        }
        try await until { self.state.withLock { $0.marks } >= wanted }
    }

    func hangUp() { feed(.lineStopped) }

    var playedMilliseconds: Int { state.withLock { $0.bytes } * 1000 / MuLaw.sampleRate }

    private func feed(_ event: CallEvent) {
        loop.execute { self.state.withLock { $0.runner }?.feed(event) }
    }

    fileprivate func played(_ count: Int) { state.withLock { $0.bytes += count } }

    fileprivate func returnMark(_ name: String) {
        state.withLock { $0.marks += 1 }
        feed(.mark(name))
    }

    fileprivate func close() {
        state.withLock { $0.closed = true }
        feed(.lineLost)
    }
}

private final class FakeLine: Line, Sendable {
    private let call: TestCall
    init(call: TestCall) { self.call = call }
    func play(_ mulaw: [UInt8]) { call.played(mulaw.count) }
    func mark(_ name: String) { call.returnMark(name) }
    func clear() {}
    func grouped(_ body: () -> Void) { body() }
    func close() { call.close() }
}
