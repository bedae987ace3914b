import ASRWorker
import Foundation
import GoogleProtos
import SwiftProtobuf

/// What is asked of Google's speech recognition, and the messages that ask it.
package struct GoogleRecognition: Sendable, Equatable {
    package enum Version: String, Sendable, CaseIterable {
        case v1, v2
        /// As in `ASR_PROVIDERS`.
        package var provider: String { self == .v2 ? "google" : "google-v1" }
    }

    /// How soon v2 takes a pause for the end of an utterance.
    package enum Endpointing: String, Sendable, CaseIterable {
        case standard, short, supershort
    }

    package var version: Version
    /// Who pays; v2 names it in each request.
    package var project: String
    /// v2 wants the location of the host.
    package var location: String
    package var model: String
    /// `iw-IL` is Google's name of Hebrew; `he-IL` is refused.
    package var language: String
    /// v2 only.
    package var endpointing: Endpointing

    package init(
        version: Version, project: String, location: String, model: String, language: String = "iw-IL", endpointing: Endpointing = .short
    ) {
        self.version = version
        self.project = project
        self.location = location
        self.model = model
        self.language = language
        self.endpointing = endpointing
    }

    /// Bytes of audio in one message. Google refuses more than 25,600, and its libraries still speak of 15 KB.
    package static let largestAudio = 15_000

    package var service: String { "google.cloud.speech.\(version.rawValue).Speech" }
    package static let method = "StreamingRecognize"

    /// `_` is the recognizer that exists without having been made.
    var recognizer: String { "projects/\(project)/locations/\(location)/recognizers/_" }

    /// Beside the token. Google's front end routes regional requests of v2 by it; its own clients send it with all calls but this.
    package var metadata: [(name: String, value: String)] {
        version == .v2 ? [("x-goog-request-params", "recognizer=\(recognizer)")] : []
    }

    // MARK: Messages

    /// The first message. Audio comes in later ones only.
    package func opening(_ hints: RecognitionHints) throws -> [UInt8] {
        let phrases = PhraseHints.fitting(hints.phrases, to: version)
        switch version {
        case .v2:
            let request = SpeechV2StreamingRecognizeRequest.with { request in
                request.recognizer = recognizer
                request.streamingConfig.config.explicitDecodingConfig.encoding = .mulaw
                request.streamingConfig.config.explicitDecodingConfig.sampleRateHertz = 8000
                request.streamingConfig.config.explicitDecodingConfig.audioChannelCount = 1
                request.streamingConfig.config.model = model
                request.streamingConfig.config.languageCodes = [language]
                request.streamingConfig.config.features.enableAutomaticPunctuation = true
                request.streamingConfig.streamingFeatures.enableVoiceActivityEvents = true
                request.streamingConfig.streamingFeatures.interimResults = true
                request.streamingConfig.streamingFeatures.endpointingSensitivity = endpointing.wire
                guard !phrases.isEmpty else { return }
                request.streamingConfig.config.adaptation.phraseSets = [
                    .with { $0.inlinePhraseSet.phrases = phrases.map { phrase in .with { $0.value = phrase } } }
                ]
            }
            return try request.serializedBytes()
        case .v1:
            let request = SpeechV1StreamingRecognizeRequest.with { request in
                request.streamingConfig.config.encoding = .mulaw
                request.streamingConfig.config.sampleRateHertz = 8000
                request.streamingConfig.config.languageCode = language
                request.streamingConfig.config.model = model
                request.streamingConfig.config.enableAutomaticPunctuation = true
                request.streamingConfig.interimResults = true
                request.streamingConfig.enableVoiceActivityEvents = true
                guard !phrases.isEmpty else { return }
                request.streamingConfig.config.speechContexts = [.with { $0.phrases = phrases }]
            }
            return try request.serializedBytes()
        }
    }

    /// - Parameter audio: mu-law, at most ``largestAudio`` bytes.
    package func message(_ audio: some Collection<UInt8>) throws -> [UInt8] {
        switch version {
        case .v2: try SpeechV2StreamingRecognizeRequest.with { $0.audio = Data(audio) }.serializedBytes()
        case .v1: try SpeechV1StreamingRecognizeRequest.with { $0.audioContent = Data(audio) }.serializedBytes()
        }
    }
}

extension GoogleRecognition.Endpointing {
    fileprivate var wire: SpeechV2StreamingRecognitionFeatures.EndpointingSensitivity {
        switch self {
        case .standard: .standard
        case .short: .short
        case .supershort: .supershort
        }
    }
}
