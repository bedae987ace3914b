import CoreMetrics
import Metrics
import NIOConcurrencyHelpers
import NIOHTTP1

/// What the HTTP side counts. Make it after the metrics system was bootstrapped.
final class GatewayCounters: Sendable {
    /// Messages from Twilio that were not understood.
    let malformed: Counter
    /// Media messages to Twilio that were dropped because the socket took nothing for too long.
    let dropped: Counter
    /// Media sockets opened.
    let opened: Counter
    /// Messages from Twilio of a kind that we do not know.
    let unknownEvents: Counter

    /// By what became of `x-twilio-signature` in a media socket's handshake: valid, invalid, absent (or checking is off).
    private let signatures: [Counter]
    private let factory: any MetricsFactory
    private let requests = NIOLockedValueBox<[String: Counter]>([:])
    private let rejected = NIOLockedValueBox<[String: Counter]>([:])
    private let refused = NIOLockedValueBox<[String: Counter]>([:])

    init(factory: any MetricsFactory) {
        self.factory = factory
        malformed = Counter(label: "maane_media_malformed", dimensions: [], factory: factory)
        dropped = Counter(label: "maane_media_dropped", dimensions: [], factory: factory)
        opened = Counter(label: "maane_media_sockets", dimensions: [], factory: factory)
        unknownEvents = Counter(label: "maane_media_unknown_events", dimensions: [], factory: factory)
        signatures = ["valid", "invalid", "absent"].map {
            Counter(label: "maane_media_signatures", dimensions: [("result", $0)], factory: factory)
        }
    }

    /// - Parameter route: one of a fixed few, never the path itself, which strangers choose.
    func request(route: String, status: HTTPResponseStatus) {
        let status = "\(status.code)"
        requests.withLockedValue { counters in
            counters[
                "\(route) \(status)", or: Counter(label: "maane_http_requests", dimensions: [("route", route), ("status", status)], factory: factory)]
        }.increment()
    }

    func handshake(isSignatureValid: Bool?) { signatures[isSignatureValid.map { $0 ? 0 : 1 } ?? 2].increment() }

    func signatureRejected(reason: String) {
        rejected.withLockedValue { $0[reason, or: Counter(label: "maane_signature_rejected", dimensions: [("reason", reason)], factory: factory)] }
            .increment()
    }

    /// A media socket that we closed, or did not take, because of how it behaved.
    func mediaRefused(reason: String) {
        refused.withLockedValue { $0[reason, or: Counter(label: "maane_media_refused", dimensions: [("reason", reason)], factory: factory)] }
            .increment()
    }
}

extension Dictionary {
    /// The value, made and kept when it is not there yet.
    fileprivate subscript(key: Key, or make: @autoclosure () -> Value) -> Value {
        mutating get {
            if let value = self[key] { return value }
            let value = make()
            self[key] = value
            return value
        }
    }
}
