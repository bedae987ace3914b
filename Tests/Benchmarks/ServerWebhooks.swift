import Glibc

/// Webhooks at a fixed rate: each is sent when it is due, whether or not the last one was answered, and its time runs from when it was due.
/// New calls arrive, their stream ends without having come, and they are reported as over.
struct ServerWebhooks {
    private enum Kind: Int, CaseIterable {
        case incoming, ended, status
        var path: String {
            switch self {
            case .incoming: "/webhook/incoming_call"
            case .ended: "/webhook/stream_ended"
            case .status: "/webhook/call_status"
            }
        }
    }

    private struct Open {
        let kind: Kind
        let due: Int64
        var answer: [UInt8] = []
    }

    private let target: BenchmarkTarget
    private let interval: Double
    private let began: Int64
    private var count = 0
    private var open: [CInt: Open] = [:]
    private var kinds = Kind.allCases.map { _ in Histogram() }
    private var all = Histogram()
    private(set) var failures = 0
    /// Later webhooks of a call come this many webhooks after the one before.
    private static let distance = 60
    private static let firstCall = 1_000_000
    /// Microseconds between two looks for an answer.
    private static let look: Int64 = 50

    init(_ target: BenchmarkTarget, perSecond: Int, now: Int64) {
        self.target = target
        interval = perSecond > 0 ? 1_000_000 / Double(perSecond) : 0
        began = now
    }

    /// When the next one is due; never when there are none.
    var next: Int64 { interval > 0 ? began + Int64(Double(count) * interval) : .max }
    var isWaiting: Bool { !open.isEmpty }

    mutating func send(now: Int64) throws {
        while next <= now {
            let kind = Kind.allCases[count % 3]
            // A call's second and third webhooks belong to calls that came before.
            let call = count / 3 - kind.rawValue * Self.distance / 3
            let due = next
            count += 1
            guard call >= 0 else { continue }
            let descriptor = try target.connection()
            try writeAll(
                descriptor,
                target.webhook(kind.path, call: BenchmarkLine.sid("CA", Self.firstCall + call), status: kind == .status ? "completed" : "in-progress")
            )
            open[descriptor] = Open(kind: kind, due: due)
        }
    }

    /// Waits for answers, until the time given at the latest.
    mutating func wait(until due: Int64, measuring: Bool) {
        // poll(2) counts in milliseconds, which is too coarse for the next frame.
        let left = max(0, min(due - monotonicMicroseconds(), 1_000_000))
        usleep(UInt32(open.isEmpty ? left : min(left, Self.look)))
        guard !open.isEmpty else { return }
        var items = open.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&items, nfds_t(items.count), 0) > 0 else { return }
        for item in items where item.revents != 0 {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = recv(item.fd, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            if count > 0 {
                open[item.fd]?.answer += buffer.prefix(count)
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                finish(item.fd, measuring: measuring)
            }
        }
    }

    private mutating func finish(_ descriptor: CInt, measuring: Bool) {
        close(descriptor)
        guard let done = open.removeValue(forKey: descriptor) else { return }
        guard done.answer.starts(with: "HTTP/1.1 20".utf8) else { return failures += 1 }
        guard measuring else { return }
        let took = Int(monotonicMicroseconds() - done.due)
        kinds[done.kind.rawValue].add(took)
        all.add(took)
    }

    func lines() -> [String] {
        guard all.total > 0 else { return [] }
        func line(_ name: String, _ figures: Histogram) -> String {
            "  \(name.padded(24)) p50 \(rounded(figures.quantile(0.5))) ms, p99 \(rounded(figures.quantile(0.99))) ms, "
                + "max \(rounded(Double(figures.maximum) / 1_000)) ms (\(figures.total))"
        }
        return Kind.allCases.map { line($0.path, kinds[$0.rawValue]) } + [line("all webhooks", all) + (failures > 0 ? ", \(failures) FAILED" : "")]
    }
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
