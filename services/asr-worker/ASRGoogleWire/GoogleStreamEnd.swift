import ASRWorker
import GoogleCloud
import ProviderKit

/// What the status that ends a stream means.
package enum GoogleStreamEnd {
    /// A stream of this age that ends with one of the two codes below has most likely met its limit, in whatever words.
    private static let nearLimit: Duration = .seconds(240)

    /// - Parameters:
    ///   - isHalfClosed: everything was sent and the stream was asked to end.
    ///   - age: since it was opened.
    package static func end(_ status: GoogleStatus, isHalfClosed: Bool, age: Duration) -> ConnectionEnd {
        if status.code == GoogleStatus.ok, isHalfClosed { return .closed }
        // v1 says OUT_OF_RANGE, v2 ABORTED; the words differ too, and have changed before.
        if status.code == GoogleStatus.outOfRange || status.code == GoogleStatus.aborted {
            let text = status.message.lowercased()
            if ["without audio", "timeout error", "timed out", "no more client requests"].contains(where: { text.contains($0) }) { return .idle }
            if text.contains("duration") || age >= nearLimit { return .limit }
        }
        if status.code == GoogleStatus.ok {
            return .failed(ProviderFailure(.broken, "\(name): the server ended the stream by itself"))
        }
        return .failed(status.failure(of: name))
    }

    package static let name = "Google speech"
}
