/// A voice whose sentences are kept: what was said before is said again without asking it, and what several want at once is made once.
/// Only whole sentences are kept.
package struct CachedVoice: Voice {
    private let voice: any Voice
    private let cache: SentenceCache

    package init(_ voice: any Voice, cache: SentenceCache) {
        self.voice = voice
        self.cache = cache
    }

    package var name: String { voice.name }
    package var waitsForOthers: Bool { voice.waitsForOthers }
    package func signature(of request: VoiceRequest) -> String { voice.signature(of: request) }
    package func warm() async throws { try await voice.warm() }
    package func prepare() async { await voice.prepare() }

    package func speak(_ request: VoiceRequest) -> VoiceAudio {
        guard !request.isFragment else { return voice.make(request) }
        return VoiceAudio { sink in
            let key = key(request)
            if let audio = await cache.audio(key, provider: name) { return try await Self.send(audio, sink) }
            try await listen(key, request, sink)
        }
    }

    package func recall(_ request: VoiceRequest) async -> VoiceAudio? {
        guard !request.isFragment, let audio = await cache.audio(key(request), provider: name) else { return nil }
        return VoiceAudio { sink in try await Self.send(audio, sink) }
    }

    package func make(_ request: VoiceRequest) -> VoiceAudio {
        guard !request.isFragment else { return voice.make(request) }
        return VoiceAudio { sink in try await listen(key(request), request, sink) }
    }

    private func key(_ request: VoiceRequest) -> SentenceKey {
        SentenceKey(text: request.text, signature: voice.signature(of: request))
    }

    private func listen(_ key: SentenceKey, _ request: VoiceRequest, _ sink: VoiceAudio.Sink) async throws {
        switch cache.join(key, make: { voice.make(request) }) {
        case .kept(let audio): try await Self.send(audio, sink)
        case .flight(let flight):
            defer { cache.leave(key, flight) }
            var index = 0
            while let chunk = try await flight.chunk(at: index) {
                try await sink.send(chunk)
                index += 1
            }
        }
    }

    private static func send(_ audio: [UInt8], _ sink: VoiceAudio.Sink) async throws {
        var start = 0
        while start < audio.count {
            let end = min(start + LinePieces.largest, audio.count)
            try await sink.send(Array(audio[start..<end]))
            start = end
        }
    }
}
