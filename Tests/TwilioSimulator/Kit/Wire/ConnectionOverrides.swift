/// How often and after what Twilio asks again: the fragment of a webhook's URL (contract, section 3.4).
package struct ConnectionOverrides: Sendable, Hashable {
    /// What may be followed by another attempt.
    package enum Failure: String, Sendable, Hashable {
        /// No connection came about.
        case connect = "ct"
        /// The connection was there, and no whole answer came. Whether a reset connection counts as this is unconfirmed; here it does.
        case read = "rt"
        case clientError = "4xx"
        case serverError = "5xx"
    }

    /// Attempts after the first.
    package var retries = 1
    package var retried: Set<Failure> = [.connect]

    package init() {}

    /// - Parameter fragment: `rc=2&rp=ct,rt`. What is unknown or no number is ignored; times are not played.
    package init(fragment: String) {
        for item in fragment.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "rc": if let count = Int(parts[1]), (0...5).contains(count) { retries = count }
            case "rp":
                let names = parts[1].split(separator: ",").map(String.init)
                retried = names.contains("all") ? [.connect, .read, .clientError, .serverError] : Set(names.compactMap(Failure.init))
            default: break
            }
        }
    }
}
