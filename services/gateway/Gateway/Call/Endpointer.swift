import Audio
import CallVocabulary

/// Cuts the caller's voice into utterances: voice activity and a silence rule. The one place where this is decided.
package struct Endpointer: Sendable, Equatable, Codable {
    package enum Decision: Sendable, Equatable {
        /// `from` is the first frame of the utterance, lead-in included.
        case began(from: UInt32)
        case ended(Utterance)
    }

    package struct Utterance: Sendable, Equatable, Codable {
        /// Last frame of the utterance, the silence included.
        package var through: UInt32
        /// Arrival of its last voiced frame.
        package var voiceEnd: CallTime
        /// How much of it was voice.
        package var voicedMilliseconds: Int
        package var reason: Reason
        package enum Reason: String, Sendable, Codable {
            case silence, tooLong, noMedia
        }
    }

    /// An utterance begins when this many of the last `onsetWindow` frames are voiced: a click is one frame, a syllable at least five.
    private static let onsetVoiced = 3
    private static let onsetWindow = 5

    private let silenceFrames: Int
    private let leadInFrames: UInt32
    private let longestFrames: UInt32
    private var detector = VoiceActivityDetector()
    /// The last frames' decisions, newest in bit 0.
    private var recent: UInt8 = 0
    private var open: Open?
    /// First frame that belongs to no utterance yet: the lead-in of one must not repeat the end of the last.
    private var free: UInt32 = 0

    private struct Open: Sendable, Equatable, Codable {
        var from: UInt32
        var silentFrames = 0
        var voicedFrames: Int
        var lastVoiced: CallTime
    }

    package init(policy: CallPolicy) {
        silenceFrames = max(1, policy.endpointSilence / AudioFrame.milliseconds)
        leadInFrames = UInt32(policy.leadIn / AudioFrame.milliseconds)
        longestFrames = UInt32(policy.longestUtterance / AudioFrame.milliseconds)
    }

    /// The caller is speaking, or has paused for less than the silence rule.
    package var isInUtterance: Bool { open != nil }

    package mutating func hear(_ frame: AudioFrame, at now: CallTime) -> Decision? {
        let voiced = detector.process(muLaw: frame.payload).isSpeech
        recent = recent << 1 | (voiced ? 1 : 0)
        guard var utterance = open else {
            let voicedNow = (recent & UInt8(1 << Self.onsetWindow - 1)).nonzeroBitCount
            guard voicedNow >= Self.onsetVoiced else { return nil }
            let back = leadInFrames + UInt32(Self.onsetWindow)
            let from = max(free, frame.sequence >= back ? frame.sequence - back : 0)
            open = Open(from: from, voicedFrames: voicedNow, lastVoiced: now)
            return .began(from: from)
        }
        if voiced {
            utterance.voicedFrames += 1
            utterance.silentFrames = 0
            utterance.lastVoiced = now
        } else {
            utterance.silentFrames += 1
        }
        let tooLong = frame.sequence &- utterance.from >= longestFrames
        guard utterance.silentFrames >= silenceFrames || tooLong else {
            open = utterance
            return nil
        }
        return .ended(end(utterance, through: frame.sequence, tooLong ? .tooLong : .silence))
    }

    /// Ends the open utterance though no more frames come: the line has stopped sending.
    package mutating func cut(through sequence: UInt32) -> Utterance? { open.map { end($0, through: sequence, .noMedia) } }

    private mutating func end(_ utterance: Open, through sequence: UInt32, _ reason: Utterance.Reason) -> Utterance {
        open = nil
        recent = 0
        free = sequence &+ 1
        return Utterance(
            through: sequence, voiceEnd: utterance.lastVoiced, voicedMilliseconds: utterance.voicedFrames * AudioFrame.milliseconds, reason: reason)
    }
}
