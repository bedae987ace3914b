import HTTPFetch
import Logging
import ServiceKit
import TwilioREST

/// The account with which this worker updates calls. A worker without one speaks, and refuses updates.
package enum CallUpdateSettings {
    /// Updates under way at once. Twilio's answer takes a fraction of a second, so this is some hundreds each second; the rest waits its turn.
    private static let connections = 64

    /// - Returns: nil when none is set and none is needed; faults are left in the reader.
    package static func account(_ reader: SettingsReader) -> TwilioAccount? {
        let mode = reader.string("REPLY_MODE", default: "stream")
        if !["stream", "play"].contains(mode) { reader.fault("REPLY_MODE", "\(mode) is neither stream nor play") }
        let base = reader.string("TWILIO_API_BASE_URL", default: TwilioAccount.defaultBaseURL)
        if let fault = TwilioAccount.fault(inBaseURL: base) { reader.fault("TWILIO_API_BASE_URL", fault) }
        let isThere = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"].contains { reader.optional($0, secret: true) != nil }
        guard mode == "play" || isThere else { return nil }
        let why = mode == "play" ? "REPLY_MODE=play updates calls" : "the other half of the account is"
        let sid = reader.required("TWILIO_ACCOUNT_SID", "\(why); copy it from Twilio's console; it begins with AC")
        if !sid.utf8.allSatisfy({ ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) }) {
            reader.fault("TWILIO_ACCOUNT_SID", "has something else than letters and digits; copy it from Twilio's console")
        }
        let token = reader.required("TWILIO_AUTH_TOKEN", secret: true, "\(why); copy the primary auth token from Twilio's console")
        return TwilioAccount(sid: sid, authToken: token, baseURL: base)
    }

    /// One client for all of a process's gateways.
    package static func updater(_ account: TwilioAccount?, logger: Logger) async throws -> (any CallUpdater)? {
        guard let account else { return nil }
        var configuration = HTTPFetchConfiguration()
        configuration.maximumConnectionsPerHost = connections
        configuration.userAgent = "maane"
        return TwilioClient(account: account, fetch: try await HTTPFetch(configuration: configuration, name: "twilio-rest"), logger: logger)
    }
}
