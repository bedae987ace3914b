import CallEngine
import CallVocabulary

/// A playback behind a reference: `#expect` cannot call mutating functions.
final class Player {
    var playback: Playback

    init(lead: Int = 400, credit: Int = 4_000) { playback = Playback(leadMilliseconds: lead, creditMilliseconds: credit) }

    var isBusy: Bool { playback.isBusy }
    var isWaitingForAudio: Bool { playback.isWaitingForAudio }
    var hasUnsentAudio: Bool { playback.hasUnsentAudio }
    var nextTopUp: CallTime? { playback.nextTopUp }
    var nextMark: CallTime? { playback.nextMark }

    func expect(_ id: SpeechID) { playback.expect(id) }
    @discardableResult
    func receive(_ audio: [UInt8], for id: SpeechID, last: Bool) -> Bool { playback.receive(audio, for: id, last: last) }
    @discardableResult
    func pump(at now: CallTime) -> [Playback.Output] { playback.pump(at: now) }
    func returned(_ name: String) -> Playback.Heard { playback.returned(name) }
    func abandon(_ id: SpeechID) { playback.abandon(id) }
    func clear(at now: CallTime) { playback.clear(at: now) }
}
