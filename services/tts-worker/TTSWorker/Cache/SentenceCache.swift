import Metrics
import Synchronization

/// Audio of sentences by their keys: in memory, and on disk behind it. One per process, for all providers.
package final class SentenceCache: Sendable {
    enum Place {
        case kept([UInt8])
        case flight(Flight)
    }

    private struct Entry {
        let audio: [UInt8]
        var used: UInt64
    }

    private struct State {
        var entries: [SentenceKey: Entry] = [:]
        var bytes = 0
        var uses: UInt64 = 0
        var flights: [SentenceKey: Flight] = [:]
    }

    /// 4,000 seconds of speech: the prompts of a hundred businesses and what was said lately.
    package static let standardMemory = 32 << 20

    private let memoryBytes: Int
    let disk: SentenceDisk?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - memoryBytes: the most that is kept in memory.
    ///   - disk: nil: in memory only.
    package init(memoryBytes: Int = standardMemory, disk: SentenceDisk?) {
        self.memoryBytes = memoryBytes
        self.disk = disk
    }

    /// The whole audio of a sentence that was made before.
    func audio(_ key: SentenceKey, provider: String) async -> [UInt8]? {
        if let audio = remembered(key) {
            count("maane_tts_cache_hits", provider, layer: "memory")
            return audio
        }
        guard let audio = await disk?.read(key) else {
            Counter(label: "maane_tts_cache_misses", dimensions: [("provider", provider)]).increment()
            return nil
        }
        count("maane_tts_cache_hits", provider, layer: "disk")
        state.withLock { remember(key, audio, &$0) }
        return audio
    }

    /// The sentence as it is being made, or by now has been; otherwise it is begun. Whoever gets a flight leaves it when he has enough.
    func join(_ key: SentenceKey, make: () -> VoiceAudio) -> Place {
        let (place, isNew) = state.withLock { state -> (Place, Bool) in
            if let audio = touch(key, &state) { return (.kept(audio), false) }
            if let flight = state.flights[key], flight.join() { return (.flight(flight), false) }
            let flight = Flight()
            state.flights[key] = flight
            return (.flight(flight), true)
        }
        if case .flight(let flight) = place, isNew {
            flight.start(make()) { [weak self, weak flight] result in self?.landed(key, flight, result) }
        }
        return place
    }

    func leave(_ key: SentenceKey, _ flight: Flight) {
        guard flight.leave() else { return }
        state.withLock { if $0.flights[key] === flight { $0.flights[key] = nil } }
    }

    /// In one step: who comes now finds the audio or the flight, and never neither.
    private func landed(_ key: SentenceKey, _ flight: Flight?, _ result: Result<[UInt8], any Error>) {
        let audio = try? result.get()
        state.withLock { state in
            if state.flights[key] === flight { state.flights[key] = nil }
            if let audio { remember(key, audio, &state) }
        }
        if let audio { disk?.write(key, audio) }
    }

    private func remembered(_ key: SentenceKey) -> [UInt8]? { state.withLock { touch(key, &$0) } }

    private func touch(_ key: SentenceKey, _ state: inout State) -> [UInt8]? {
        state.uses += 1
        state.entries[key]?.used = state.uses
        return state.entries[key]?.audio
    }

    private func remember(_ key: SentenceKey, _ audio: [UInt8], _ state: inout State) {
        guard !audio.isEmpty, audio.count <= min(memoryBytes, SentenceFile.largestAudio) else { return }
        state.bytes += audio.count - (state.entries[key]?.audio.count ?? 0)
        state.uses += 1
        state.entries[key] = Entry(audio: audio, used: state.uses)
        // Rare, and the entries are some thousand: looking at all of them is cheaper than keeping them in order.
        while state.bytes > memoryBytes, let oldest = state.entries.min(by: { $0.value.used < $1.value.used })?.key {
            state.bytes -= state.entries.removeValue(forKey: oldest)?.audio.count ?? 0
        }
        Meter(label: "maane_tts_cache_bytes", dimensions: [("layer", "memory")]).set(state.bytes)
    }

    private func count(_ label: String, _ provider: String, layer: String) {
        Counter(label: label, dimensions: [("provider", provider), ("layer", layer)]).increment()
    }
}
