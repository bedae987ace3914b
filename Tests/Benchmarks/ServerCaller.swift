/// One caller who speaks by the clock, whatever is answered.
final class ServerCaller {
    private let socket: CallSocket
    /// Frames between two looks at what the gateway has sent.
    private static let listening = 3
    private var speech = BenchmarkLine.voice[...]
    private var isSpeaking = false
    /// Marks wait until what precedes them has been played.
    private var marks: [(due: Int64, name: [UInt8])] = []
    private var playedUntil: Int64 = 0
    /// Has said something, or is saying it, and has not been answered.
    private(set) var isAsking = false
    private(set) var asked = 0
    private(set) var answered = 0
    var isClosed: Bool { socket.isClosed }
    var stalls: Int { socket.stalls }

    /// Frames from one utterance to the next; 0: never speaks.
    private let every: Int
    private let first: Int

    /// Telephones, and comes as far as the stream's `start`.
    /// - Parameters:
    ///   - every: frames from the beginning of one utterance to that of the next; 0: none.
    ///   - first: how many of these have passed when the call begins.
    init(_ target: BenchmarkTarget, number: Int, every: Int, first: Int) throws {
        self.every = every
        self.first = first
        socket = try CallSocket(target, number: number)
    }

    private func speak() {
        speech = BenchmarkLine.voice[...]
        isSpeaking = true
        isAsking = true
        asked += 1
    }

    /// Twenty milliseconds more.
    func tick(now: Int64) {
        if every > 0, (socket.chunk + first) % every == every - 1 { speak() }
        let payload = isSpeaking ? speech.popFirst() : nil
        if payload == nil { isSpeaking = false }
        socket.send(payload ?? BenchmarkLine.silence)
        if socket.chunk % Self.listening == 0 { socket.receive { take($0, now: now) } }
        while let mark = marks.first, mark.due <= now {
            marks.removeFirst()
            socket.send(mark: mark.name)
        }
    }

    func hangUp() { socket.hangUp() }

    private func take(_ message: CallSocket.Message, now: Int64) {
        switch message {
        case .media(let payload):
            playedUntil = max(now, playedUntil) + BenchmarkLine.microseconds(ofBase64: payload.count)
            if isAsking, !isSpeaking {
                isAsking = false
                answered += 1
            }
        case .mark(let name): marks.append((max(now, playedUntil), Array(name)))
        case .clear:
            playedUntil = now
            marks = marks.map { (now, $0.name) }
        }
    }
}
