import Glibc

/// How much a peer may send. A bucket each for messages and bytes: it holds a burst and is refilled steadily.
package struct FloodLimits: Sendable, Equatable {
    package var messagesPerSecond: Double
    package var messageBurst: Double
    package var bytesPerSecond: Double
    package var byteBurst: Double
    /// How long a peer that has flooded is not listened to.
    package var banMilliseconds: Int64

    package init(messagesPerSecond: Double, messageBurst: Double, bytesPerSecond: Double, byteBurst: Double, banMilliseconds: Int64) {
        self.messagesPerSecond = messagesPerSecond
        self.messageBurst = messageBurst
        self.bytesPerSecond = bytesPerSecond
        self.byteBurst = byteBurst
        self.banMilliseconds = banMilliseconds
    }

    /// The control lane of one worker. The most that is real: one worker that speaks for 1,000 calls at once sends 8 MB/s and, in chunks of
    /// a quarter of a second, 4,000 messages/s; a crm-worker that confirms what a stopped PostgreSQL has held up sends some thousand at once.
    /// The hub takes and decodes a small message in 12 µs (release build, measured): a worker just below the limit costs a seventh of a core.
    package static let control = FloodLimits(
        messagesPerSecond: 12_000, messageBurst: 30_000, bytesPerSecond: 24_000_000, byteBurst: 64_000_000, banMilliseconds: 30_000)

    /// Subscriptions of one connection. A worker has one, a console a few. The connection is cut; there is no name to ban.
    /// ZeroMQ itself lets at most a thousand through at once (its mark), so the burst has to be below that.
    package static let subscriptions = FloodLimits(
        messagesPerSecond: 20, messageBurst: 200, bytesPerSecond: 20_000, byteBurst: 200_000, banMilliseconds: 0)
}

/// Who sends too much, as a value. Peers are told apart by the bytes that they call themselves.
package struct FloodGuard: Sendable {
    package enum Verdict: Sendable, Equatable {
        case pass
        /// Too much, and for the first time: cut the connection and tell.
        case flooded
        /// Drop it unread. Cut the connection if `cut`: the peer has connected again.
        case banned(cut: Bool)
    }

    private struct Meter {
        var messages: Double
        var bytes: Double
        var at: Int64
        var bannedUntil: Int64?
        var cutAt: Int64 = 0
    }

    /// A malformed message counts as this many more: a worker that speaks nonsense is told off by the log soon, and cut off sooner.
    package static let malformedWeight = 20.0
    /// Peers remembered. A fleet has hundreds at most; names are free, so there must be an end.
    static let maximumPeers = 4_096
    /// A banned peer that keeps coming back is cut off at most this often: its messages are dropped in any case.
    private static let cutEveryMilliseconds: Int64 = 100

    private let limits: FloodLimits
    private var meters: [[UInt8]: Meter] = [:]
    private var forgottenAt: Int64 = .min

    package init(_ limits: FloodLimits) { self.limits = limits }

    /// - Parameter now: monotonic milliseconds.
    package mutating func take(from peer: [UInt8], bytes: Int, at now: Int64) -> Verdict {
        if meters.count >= Self.maximumPeers, meters[peer] == nil { forget(at: now) }
        return charge(&meters[peer, default: Meter(messages: limits.messageBurst, bytes: limits.byteBurst, at: now)], 1, Double(bytes), now)
    }

    /// The message just taken was malformed.
    package mutating func malformed(from peer: [UInt8], at now: Int64) -> Verdict {
        guard meters[peer] != nil else { return .pass }
        return charge(&meters[peer, default: Meter(messages: 0, bytes: 0, at: now)], Self.malformedWeight, 0, now)
    }

    private func charge(_ meter: inout Meter, _ messages: Double, _ bytes: Double, _ now: Int64) -> Verdict {
        if let until = meter.bannedUntil {
            if now < until {
                let cut = now - meter.cutAt >= Self.cutEveryMilliseconds
                if cut { meter.cutAt = now }
                return .banned(cut: cut)
            }
            meter = Meter(messages: limits.messageBurst, bytes: limits.byteBurst, at: now)
        }
        let seconds = Double(max(0, now - meter.at)) / 1_000
        meter.at = max(meter.at, now)
        meter.messages = min(limits.messageBurst, meter.messages + seconds * limits.messagesPerSecond) - messages
        meter.bytes = min(limits.byteBurst, meter.bytes + seconds * limits.bytesPerSecond) - bytes
        guard meter.messages < 0 || meter.bytes < 0 else { return .pass }
        meter.bannedUntil = now + limits.banMilliseconds
        meter.cutAt = now
        return .flooded
    }

    /// Makes room: who has been quiet for a minute goes first; a crowd of new names costs the others their account, never their ban.
    private mutating func forget(at now: Int64) {
        guard now > forgottenAt + 1_000 || meters.count >= 2 * Self.maximumPeers else { return }
        forgottenAt = now
        meters = meters.filter { $0.value.bannedUntil.map { now < $0 } ?? (now - $0.value.at < 60_000) }
        if meters.count >= Self.maximumPeers { meters = meters.filter { $0.value.bannedUntil != nil } }
        if meters.count >= Self.maximumPeers { meters = [:] }
    }

    /// How many are remembered.
    package var peers: Int { meters.count }
}

/// Counts what would fill the log if each were reported: the first at once, then at most once in ten seconds with their number.
package struct Tally: Sendable {
    package struct Report: Sendable, Equatable {
        package let kind: String
        /// Of the latest.
        package let detail: String
        package let count: Int

        package init(kind: String, detail: String, count: Int) {
            self.kind = kind
            self.detail = detail
            self.count = count
        }
    }

    private struct Entry {
        var detail = ""
        var count = 0
        var due: Int64
    }

    private static let intervalMilliseconds: Int64 = 10_000
    private var entries: [String: Entry] = [:]

    package init() {}

    /// - Parameter kind: one of a few; what differs each time belongs into `detail`.
    package mutating func add(_ kind: String, detail: String = "", at now: Int64) {
        var entry = entries[kind] ?? Entry(due: now)
        entry.detail = detail
        entry.count += 1
        entries[kind] = entry
    }

    package mutating func reports(at now: Int64) -> [Report] {
        var reports: [Report] = []
        for (kind, entry) in entries where entry.count > 0 && entry.due <= now {
            reports.append(Report(kind: kind, detail: entry.detail, count: entry.count))
            entries[kind] = Entry(due: now + Self.intervalMilliseconds)
        }
        return reports
    }

    /// Milliseconds until something is due; nil if nothing waits.
    package func wait(at now: Int64) -> CInt? {
        entries.values.filter { $0.count > 0 }.map { CInt(clamping: max(0, $0.due - now)) }.min()
    }
}

enum BusClock {
    /// Monotonic.
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
