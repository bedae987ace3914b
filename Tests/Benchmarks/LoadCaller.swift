import Audio
import BenchmarksKit
import CallVocabulary
import Glibc
import Signing

/// One caller who converses: a ``LoadTalk`` on a socket.
final class LoadCaller {
    private let socket: CallSocket
    private(set) var talk: LoadTalk
    /// Where the recogniser `profile` looks for what is said; nil: nobody looks.
    private let script: String?
    private var voice = 0

    var descriptor: CInt { socket.descriptor }
    /// Asked often, of all callers: the talk is not copied for it.
    var isWaiting: Bool { talk.isWaiting }
    var isClosed: Bool { socket.isClosed }
    var stalls: Int { socket.stalls }

    /// Frames between two looks at what the gateway has sent.
    private static let listening = 3
    /// Louder than this is sound: -50 dBFS.
    private static let audible: Int16 = 100

    /// Telephones.
    /// - Parameters:
    ///   - scripts: folder of the recogniser's files.
    ///   - first: microseconds from the stream's beginning to the first utterance.
    init(_ target: BenchmarkTarget, number: Int, scripts: String?, plan: LoadTalk.Plan, first: Int64, seed: UInt64) throws {
        let socket = try CallSocket(target, number: number)
        self.socket = socket
        script = scripts.map { "\($0)/\(socket.callSid).jsonl" }
        talk = LoadTalk(plan, first: monotonicMicroseconds() + first, seed: seed)
    }

    deinit { if let script { unlink(script) } }

    func measure(until end: Int64) { talk.measure(until: end) }

    /// Twenty milliseconds more.
    func tick(at now: Int64) {
        let (isVoiced, begins) = talk.tick(at: now)
        if let begins {
            voice = 0
            write(begins)
        }
        socket.send(isVoiced ? BenchmarkLine.voice[voice % BenchmarkLine.voice.count] : BenchmarkLine.silence)
        voice += 1
        // Who waits is listened to more often; the buffer is hundreds of milliseconds full while the answer is heard.
        if voice % Self.listening == 0 { listen(at: now) }
        for name in talk.returning(at: now) { socket.send(mark: name.utf8) }
    }

    /// Takes what has come.
    func listen(at now: Int64) {
        socket.receive { message in
            switch message {
            case .media(let payload):
                talk.media(lasting: BenchmarkLine.microseconds(ofBase64: payload.count), audible: audible(payload), at: now)
            case .mark(let name): talk.mark(String(decoding: name, as: UTF8.self), at: now)
            case .clear: talk.clear(at: now)
            }
        }
    }

    func hangUp() { socket.hangUp() }

    /// Microseconds to the first sound.
    private func audible(_ payload: ArraySlice<UInt8>) -> Int64? {
        // Sound begins early as a rule; the rest is decoded only when it does not.
        for part in [min(payload.count, 216), payload.count] {
            let bytes = Base64.decode(payload.prefix(part)) ?? []
            if let first = bytes.firstIndex(where: { abs(Int32(MuLaw.decode($0))) > Int32(Self.audible) }) {
                // Whole frames, as a line plays them.
                return Int64(first / MuLaw.frameSamples) * Int64(AudioFrame.milliseconds) * 1_000
            }
        }
        return nil
    }

    /// Before its first frame: as a caller knows what he is about to say.
    private func write(_ utterance: LoadUtterance) {
        guard let script, !utterance.words.isEmpty else { return }
        let descriptor = open(script, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let line = Array(utterance.script(fromFrame: socket.chunk).utf8)
        _ = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
