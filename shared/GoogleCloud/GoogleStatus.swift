import ProviderKit

/// The status that ends a call of Google's interfaces: gRPC's numbers.
package struct GoogleStatus: Sendable, Equatable {
    package let code: Int
    /// As the server wrote it.
    package let message: String

    package init(code: Int, message: String) {
        self.code = code
        self.message = message
    }

    package static let ok = 0
    package static let cancelled = 1
    package static let aborted = 10
    package static let outOfRange = 11
    package static let unavailable = 14
    package static let unauthenticated = 16

    private static let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ]
    package var name: String { Self.names.indices.contains(code) ? Self.names[code] : "status \(code)" }

    /// For statuses that end the work; what is routine has been sorted out by then.
    /// - Parameter service: what refused, for the message: "Google speech".
    package func failure(of service: String) -> ProviderFailure {
        let (kind, remedy): (ProviderFailure.Kind, String?) =
            switch code {
            case Self.unauthenticated: (.auth, "check GOOGLE_APPLICATION_CREDENTIALS and the clock")
            case 7: (.auth, "enable the interface in the project and give the service account its role")
            // Google's quotas are counted by the minute and by streams at once: it passes.
            case 8: (.rateLimited, "ask Google for a higher quota")
            case 3, 5, 6, 9, 12: (.refused, "check project, location, model, voice and language")
            case 4: (.timeout, nil)
            default: (.broken, nil)
            }
        let text = VendorText.cleaned(message)
        return ProviderFailure(kind, "\(service): \(name)" + (text.isEmpty ? "" : " \"\(text)\"") + (remedy.map { "; \($0)" } ?? ""))
    }
}

/// A vendor's words made fit for a log: one short line, and no word so long that it might be a token or a key.
package enum VendorText {
    private static let longestWord = 48

    package static func cleaned(_ text: String, limit: Int = 160) -> String {
        let words = text.prefix(1000).split(whereSeparator: { $0.isWhitespace || $0.isNewline }).map { word in
            word.utf8.count > longestWord ? "…" : String(word.filter { !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } })
        }
        return String(words.joined(separator: " ").prefix(limit))
    }
}
