import Synchronization
import TwilioREST

/// Where webhooks tell about recordings. Takes everything, waits for nothing.
package protocol RecordingIntake: Sendable {
    func completed(_ notice: RecordingNotice)
}

/// The desk and the recordings need each other: notices that come before the recordings are there wait, and are few.
final class RecordingRelay: RecordingIntake {
    private struct State {
        var recordings: RecordingDesk?
        var early: [RecordingNotice] = []
    }
    private let state = Mutex(State())

    func completed(_ notice: RecordingNotice) {
        let recordings = state.withLock { state in
            if state.recordings == nil { state.early.append(notice) }
            return state.recordings
        }
        recordings?.completed(notice)
    }

    func use(_ recordings: RecordingDesk) {
        let early = state.withLock { state in
            state.recordings = recordings
            defer { state.early = [] }
            return state.early
        }
        for notice in early { recordings.completed(notice) }
    }
}

/// Recordings from the account's REST interface.
struct TwilioRecordings: RecordingSource {
    /// One attempt with its own retries; longer ones are the recording's plan.
    private static let patience = Duration.seconds(40)

    let client: TwilioClient

    func fetch(url: String, maximumBytes: Int) async -> Result<[UInt8], RecordingFetchFailure> {
        await client.recording(url, maximumBytes: maximumBytes, within: Self.patience).mapError { failure in
            switch failure {
            case .refused(let reason): RecordingFetchFailure(message: reason, mayRetry: false)
            case .tooLarge: RecordingFetchFailure(message: "the recording is larger than \(maximumBytes) bytes", mayRetry: false)
            case .failed(let reason): RecordingFetchFailure(message: reason, mayRetry: true)
            }
        }
    }
}
