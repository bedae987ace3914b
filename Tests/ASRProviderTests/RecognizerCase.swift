import ASRWorker
import Audio
import ProviderKit

/// How a fake is to behave. A fake that knows none of the others' scripts translates these into its own.
struct FakeBehaviour: Sendable {
    enum Fault: Sendable, Equatable {
        case none
        /// The key is not accepted.
        case auth
        case quota
        /// Too many requests, with this many seconds to wait where the vendor can say so.
        case rateLimited(seconds: Int)
        /// Cut without a word when so much audio has come (or the first answer begins).
        case reset(afterMilliseconds: Int)
        case garbage(afterMilliseconds: Int)
        /// The vendor's own error for being unwell.
        case unwell(afterMilliseconds: Int)
        /// Nothing is read and nothing is said any more.
        case frozen(afterMilliseconds: Int)
        /// Accepts and never says a word.
        case mute
    }
    var fault = Fault.none
    /// Between a finalize and its final.
    var latencyMilliseconds = 0
    /// Between the end of the stream and what is left of it.
    var closingMilliseconds = 0
    /// Before the connection is accepted.
    var acceptMilliseconds = 0
    /// The vendor's limits, compressed.
    var idleMilliseconds: Int?
    var limitMilliseconds: Int?
    /// Each byte of an answer by itself.
    var dripMilliseconds: Int?
    /// How far audio may run ahead of real time. A vendor takes what a replay brings, and no more.
    var aheadMilliseconds = 10_000
    /// Messages of kinds that nobody knows, between the others.
    var isNoisy = false
}

/// What a run of a test has: the provider under test, and a fake's record.
struct FakeRun: Sendable {
    var provider: any StreamingProvider
    /// Must never be seen in an error.
    var secret: String
    var log: @Sendable () async throws -> FakeRunLog
}

/// What the fake has seen.
struct FakeRunLog: Sendable {
    /// What the client did that the vendor would not have taken.
    var violations: [String] = []
    /// The numbers in the audio that arrived, in order.
    var numbers: [Int] = []
    /// Phrases that came as hints, however the vendor calls them.
    var hints: [String] = []
    var keepAlives = 0
    var connections = 0
    /// Connections that the client has left.
    var left = 0
}

/// A provider of hearing as the contract sees it.
struct RecognizerCase: Sendable, CustomStringConvertible {
    var name: String
    /// What the provider's wire cannot show.
    var hasIdleLimit = true
    var hasSessionLimit = true
    /// Tells where words end.
    var hasTimes = true
    /// Asked for credit or patience, it says which.
    var start: @Sendable (FakeBehaviour) async throws -> FakeRun
    var description: String { name }
}

/// Numbers as audio: mu-law, 8 kHz, each followed by a pause.
enum Speech {
    static func say(_ numbers: [Int], pauseMilliseconds: Int = 200) -> [UInt8] {
        numbers.flatMap { MuLaw.encode(ToneCode.encode(UInt16($0))) + silence(pauseMilliseconds) }
    }
    static func silence(_ milliseconds: Int) -> [UInt8] { [UInt8](repeating: MuLaw.silence, count: milliseconds * 8) }
    static func milliseconds(_ audio: [UInt8]) -> Int { MuLaw.milliseconds(ofBytes: audio.count) }
}
