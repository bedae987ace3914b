import ASRGoogleWire
import ASRWorker
import GoogleCloud
import GoogleGRPC
import ProviderKit
import Synchronization

/// One stream of one call: a task that opens it, a writer that takes the audio as it gathers, and a reader that reports.
final class GoogleConnection: RecognizerConnection {
    private struct State {
        var task: Task<Void, Never>?
        var isHalfClosed = false
        var opened: ContinuousClock.Instant?
    }

    private let speech: GoogleRecognition
    private let channels: GoogleChannels
    private let tokens: GoogleTokens
    private let reports: OrderedReports
    private let audio = OutgoingAudio()
    private let state = Mutex(State())

    init(
        _ speech: GoogleRecognition, _ hints: RecognitionHints, channels: GoogleChannels, tokens: GoogleTokens,
        report: @escaping @Sendable (ConnectionEvent) -> Void
    ) {
        self.speech = speech
        self.channels = channels
        self.tokens = tokens
        reports = OrderedReports(report)
        let task = Task { await run(hints) }
        state.withLock { $0.task = task }
    }

    // MARK: RecognizerConnection

    func send(_ audio: [UInt8]) {
        guard !self.audio.put(audio) else { return }
        let failure = ProviderFailure(
            .timeout, "\(GoogleStreamEnd.name): \(OutgoingAudio.capacity) bytes of audio wait and none is taken; the connection is dead")
        // Not told by the stream's task, which on a dead connection ends with the connection; and not from here.
        Task { reports.tell(.ended(.failed(failure))) }
        stop()
    }

    /// Google decides by itself where an utterance ends.
    func finalize() {}
    /// Silence is sent in its place.
    func keepAlive() {}

    func close() { audio.end() }

    func cancel() {
        reports.stop()
        stop()
    }

    private func stop() {
        audio.end()
        state.withLock { $0.task }?.cancel()
    }

    // MARK: The task

    private func run(_ hints: RecognitionHints) async {
        let end: ConnectionEnd
        do {
            end = try await exchange(hints)
        } catch let failure as ProviderFailure {
            end = .failed(failure)
        } catch is CancellationError {
            // Whoever cancelled has said what there was to say.
            return
        } catch {
            end = .failed(ProviderFailure(.broken, "\(GoogleStreamEnd.name): \(type(of: error))"))
        }
        // What is still sent by whoever has not heard of the end is not kept.
        audio.end()
        reports.tell(.ended(end))
    }

    private func exchange(_ hints: RecognitionHints) async throws -> ConnectionEnd {
        let opening = try speech.opening(hints)
        let token = try await tokens.token()
        try Task.checkCancellation()
        let call = GoogleCall(service: speech.service, method: GoogleRecognition.method, metadata: speech.metadata)
        let version = speech.version
        do {
            let status = try await channels.run(call, token: token) { [self] writer in
                state.withLock { $0.opened = .now }
                try await writer.write(opening)
                try await audio.drain(largest: GoogleRecognition.largestAudio) { try await writer.write(try speech.message($0)) }
                state.withLock { $0.isHalfClosed = true }
            } receive: { [self] event in
                switch event {
                case .accepted: reports.tell(.ready)
                case .message(let bytes):
                    switch try GoogleHearing.read(bytes, version) {
                    case .heard(let events): for event in events { reports.tell(event) }
                    case .over(let status): throw StreamOver(status: status)
                    }
                }
            }
            return end(status, token)
        } catch let over as StreamOver {
            return end(over.status, token)
        }
    }

    private func end(_ status: GoogleStatus, _ token: String) -> ConnectionEnd {
        if status.code == GoogleStatus.unauthenticated { tokens.reject(token) }
        let (isHalfClosed, opened) = state.withLock { ($0.isHalfClosed, $0.opened) }
        return GoogleStreamEnd.end(status, isHalfClosed: isHalfClosed, age: opened?.duration(to: .now) ?? .zero)
    }
}

/// v1 has told in a message why the stream is over.
private struct StreamOver: Error {
    let status: GoogleStatus
}
