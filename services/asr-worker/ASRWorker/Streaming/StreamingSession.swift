import Audio
import CallVocabulary
import ProviderKit

/// One call's hearing through providers elsewhere: a value that decides what each connection is sent, which of its results belong to which
/// utterance, when the next connection takes over (the provider's longest stream is near, or it has failed), and when a final is due.
/// Time is a parameter, in milliseconds of any monotonic clock.
///
/// The rule by which nothing is lost and nothing doubled: each utterance has one home, the connection whose results count for it, and its audio
/// is kept from its last final on (the cut). A new home hears from the cut; what the old one still says is of no account.
package struct StreamingSession: Sendable {
    package struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
        let number: Int
        package var description: String { "\(number)" }
    }

    package enum Input: Sendable {
        /// More of an utterance, as mu-law; the first begins it.
        case hear(TurnID, [UInt8])
        /// The utterance is over: one final is due.
        case finish(TurnID)
        /// It was no speech after all.
        case discard(TurnID)
        case connection(ConnectionID, ConnectionEvent)
        /// About ten times a second.
        case tick
        /// The call is over.
        case close
    }

    package enum Action: Sendable, Equatable {
        case connect(ConnectionID, provider: Int)
        case send(ConnectionID, [UInt8])
        case finalize(ConnectionID)
        case keepAlive(ConnectionID)
        case close(ConnectionID)
        case cancel(ConnectionID)
        case interim(TurnID, String, provider: Int)
        case final(TurnID, Transcript, provider: Int)
        case succeeded(provider: Int)
        case failed(provider: Int, ProviderFailure)
        /// Another connection takes over in mid-work, of this provider; nil: there is none.
        case switched(from: Int, to: Int?, ProviderFailure)
        /// For counters.
        case noted(Note)
    }

    package enum Note: String, Sendable, Equatable {
        /// A connection took over from one that was near its limit, in silence.
        case renewedInSilence
        /// The same behind a final in mid-utterance.
        case renewedBehindFinal
        /// The same at the last moment: what had no final is heard again.
        case renewedByForce
        /// A provider ended its stream by its own rule before we did.
        case limitReached
        case idleReached
        /// A final never came; the last hypothesis stands for it.
        case interimAsFinal
        /// An utterance is heard a second time by a connection of its own.
        case heardAgain
        /// A result that belongs to no utterance.
        case strayResult
    }

    /// Who is to be asked next: index of a provider that is not in the set, nil when all have been tried.
    package typealias Choice = (Set<Int>) -> Int?

    // MARK: - What is waited for

    /// Voice that was sent without any result after which a provider counts as deaf, if others of it would have answered. Most send interims
    /// within a second of speech; one may begin with them after two seconds of audio.
    static let deafAfter: Int64 = 3_000
    /// The final of a finished utterance, over all attempts; then what is known is reported. The gateway waits half a second longer.
    static let longestFinal: Int64 = 3_500
    /// Of an utterance with less voice than this, in milliseconds, nothing need be heard: a cough, a click. The shortest answers ("כן") have more,
    /// and to the gateway it is no turn.
    static let leastVoice = 200
    /// How long an utterance with so little voice waits when the provider says nothing about it.
    static let coughPatience: Int64 = 800
    /// A final that ends this close to the last voice covers it, in milliseconds. Providers end words a little before or after the sound.
    static let finalTolerance = 350
    /// When the last final does not reach the last voice: how long a further one may take.
    static let settle: Int64 = 450
    /// After all providers have failed, the first is asked again.
    static let retryAfter: Int64 = 1_000
    /// How long a provider that has failed in a call is passed over in it while there are others.
    static let callRest: Int64 = 30_000
    /// How often one utterance is heard again.
    static let mostAttempts = 2
    /// A machine that slept does not send an hour of silence.
    static let mostSilence: Int64 = 1_000
    /// Audio kept for an utterance without a final: a minute. The gateway cuts utterances after 20 s.
    static let mostAudio = 60 * MuLaw.sampleRate

    // MARK: - State

    struct Connection: Sendable {
        let id: ConnectionID
        let provider: Int
        let openedAt: Int64
        /// All bytes sent, silence included.
        var sent = 0
        /// Real time up to which something has been sent.
        var fedUntil: Int64
        var lastSentAt: Int64
        var hasAnswered = false
        var lastEventAt: Int64
        /// Sent when a chunk is full.
        var pending: [UInt8] = []
        /// Utterances whose `finalized` is due, oldest first.
        var finalizing: [TurnID] = []
        /// Where each utterance lies on this connection.
        var segments: [Segment] = []
    }

    struct Segment: Sendable {
        let turn: TurnID
        /// In bytes of the connection's audio.
        let start: Int
        /// In bytes of the utterance, at `start`.
        let offset: Int
    }

    struct Turn: Sendable {
        let id: TurnID
        var home: ConnectionID?
        /// From the cut on.
        var audio: [UInt8] = []
        /// Bytes of the utterance before the cut.
        var cut = 0
        var finals: [HeardText] = []
        var interim: HeardText?
        var finishedAt: Int64?
        /// Its home has reported all that it will.
        var isFinalized = false
        /// A final has come that does not reach the last voice: another may follow until then.
        var settlesAt: Int64?
        /// Where the last voice ends, in bytes of the utterance.
        var lastVoice = 0
        /// Milliseconds of voice.
        var voiced = 0
        /// Voice was first sent to its home at this time.
        var voiceSentAt: Int64?
        /// Providers that have failed with this utterance, and how often it found a new home by that.
        var tried: Set<Int> = []
        var attempts = 0
        /// Its home was half-closed for the sake of its final.
        var isAskedByClosing = false
        /// Whose words are known so far.
        var heardBy: Int?
        var reported = ""

        /// Bytes of the utterance heard so far.
        var total: Int { cut + audio.count }
        var text: String { StreamingSession.join(finals.map(\.text) + [interim?.text ?? ""]) }
        var isFinished: Bool { finishedAt != nil }
    }

    let traits: [StreamTraits]
    /// Hears what is said now.
    var active: Connection?
    /// Opened before the active one reaches its limit.
    var standby: Connection?
    /// Closed from our side, with finals still to come.
    var draining: [Connection] = []
    /// The utterances without a final, oldest first; only the last may still be spoken.
    var turns: [Turn] = []
    /// Providers that have failed in this call and have not answered since, and when: a caller does not wait for the same one with each utterance,
    /// long before it has failed often enough to rest for all calls.
    var failing: [Int: Int64] = [:]
    var standbyRetryAt: Int64?
    private var isClosed = false
    private var lastNumber = 0
    private var newest: TurnID?
    private var retryAt: Int64?
    private var voice = VoiceActivityDetector()
    private var partFrame: [UInt8] = []

    /// - Parameter traits: of each provider, by its index.
    package init(traits: [StreamTraits]) { self.traits = traits }

    // MARK: - Inputs

    package mutating func handle(_ input: Input, at now: Int64, choose: Choice) -> [Action] {
        var actions: [Action] = []
        guard !isClosed else { return [] }
        switch input {
        case .hear(let turn, let audio): hear(audio, turn, now, choose, &actions)
        case .finish(let turn): finish(turn, now, choose, &actions)
        case .discard(let turn): discard(turn, now, &actions)
        case .connection(let id, let event): take(event, id, now, choose, &actions)
        case .tick: tick(now, choose, &actions)
        case .close:
            isClosed = true
            for connection in [active, standby].compactMap(\.self) + draining { actions.append(.cancel(connection.id)) }
            (active, standby, draining, turns) = (nil, nil, [], [])
        }
        return actions
    }

    /// The call begins: the provider's connection is made before the caller speaks.
    package mutating func open(at now: Int64, choose: Choice) -> [Action] {
        var actions: [Action] = []
        connect(now, choose, &actions)
        return actions
    }

    private mutating func hear(_ audio: [UInt8], _ id: TurnID, _ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        if turns.last?.id != id {
            guard newest.map({ $0 < id }) ?? true else { return }
            newest = id
            begin(id, now, choose, &actions)
        }
        let index = turns.count - 1
        guard !turns[index].isFinished else { return }
        turns[index].audio += audio
        if turns[index].audio.count > Self.mostAudio {
            let surplus = turns[index].audio.count - Self.mostAudio
            turns[index].audio.removeFirst(surplus)
            turns[index].cut += surplus
        }
        listen(audio, index)
        // A connection that is made now hears the utterance from its cut, so this audio too.
        guard active != nil else { return connect(now, choose, &actions) }
        feed(audio, now, &actions)
        if turns[index].voiced > 0, turns[index].voiceSentAt == nil { turns[index].voiceSentAt = now }
    }

    private mutating func begin(_ id: TurnID, _ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        // The gateway ends an utterance before it begins the next; one whose end got lost is over now.
        if let last = turns.last, !last.isFinished { finish(last.id, now, choose, &actions) }
        if let connection = active, !traits[connection.provider].finalizes, turns.contains(where: { $0.home == connection.id }) {
            // This provider would make one hypothesis of both. The end of its audio makes it finish the former.
            moveAside(now, &actions)
            replaceActive(connection.provider, now, &actions)
        }
        turns.append(Turn(id: id))
        if active != nil { settle(turns.count - 1) }
    }

    /// How much voice an utterance has and where it ends: what tells a cough from a provider that hears nothing.
    private mutating func listen(_ audio: [UInt8], _ index: Int) {
        partFrame += audio
        var start = 0
        while partFrame.count - start >= MuLaw.frameSamples {
            let frame = Array(partFrame[start..<(start + MuLaw.frameSamples)])
            start += MuLaw.frameSamples
            guard voice.process(muLaw: frame).isSpeech else { continue }
            turns[index].voiced += MuLaw.frameMilliseconds
            turns[index].lastVoice = turns[index].total - (partFrame.count - start)
        }
        partFrame.removeFirst(start)
    }

    private mutating func finish(_ id: TurnID, _ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        guard let index = turns.firstIndex(where: { $0.id == id }) else {
            // Not a frame of it has come: it was not heard.
            guard newest.map({ $0 < id }) ?? true else { return }
            newest = id
            actions.append(.final(id, Transcript(text: "", confidence: 0, understood: false), provider: active?.provider ?? 0))
            return
        }
        guard !turns[index].isFinished else { return }
        turns[index].finishedAt = now
        partFrame = []
        if let connection = active, turns[index].home == connection.id {
            finishHearing(id, now, &actions)
        } else {
            connect(now, choose, &actions)
            hearAgain(index, now, choose, &actions)
        }
        reportComplete(now, &actions)
    }

    private mutating func finishHearing(_ id: TurnID, _ now: Int64, _ actions: inout [Action]) {
        guard let connection = active else { return }
        flush(now, &actions)
        if traits[connection.provider].finalizes {
            active?.finalizing.append(id)
            actions.append(.finalize(connection.id))
        } else if traits[connection.provider].closesToFinalize {
            moveAside(now, &actions)
            replaceActive(connection.provider, now, &actions)
        }
    }

    private mutating func discard(_ id: TurnID, _ now: Int64, _ actions: inout [Action]) {
        guard let turn = turns.first(where: { $0.id == id }) else { return }
        turns.removeAll { $0.id == id }
        partFrame = []
        clean(behind: turn, now, &actions)
    }

    static func join(_ texts: [String]) -> String {
        texts.flatMap { $0.split(whereSeparator: \.isWhitespace) }.joined(separator: " ")
    }

    // MARK: - Homes

    /// Gives an utterance the active connection as its home: from here on what is sent there is its audio.
    mutating func settle(_ index: Int) {
        guard let connection = active else { return }
        let start = connection.sent + connection.pending.count
        active?.segments.append(Segment(turn: turns[index].id, start: start, offset: turns[index].cut))
        if let count = active?.segments.count, count > 16 { active?.segments.removeFirst(count - 16) }
        turns[index].move(to: connection.id)
    }

    /// Opens the connection that hears from now on, the utterance under way from its cut.
    mutating func connect(_ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        guard active == nil, retryAt.map({ $0 <= now }) ?? true else { return }
        let spoken = turns.last.flatMap { $0.isFinished ? nil : $0 }
        guard let provider = choose(shunned(now).union(spoken?.tried ?? [])) ?? again(spoken, choose) else {
            retryAt = now + Self.retryAfter
            failing = [:]
            if let index = turns.indices.last { turns[index].tried = [] }
            return
        }
        retryAt = nil
        replaceActive(provider, now, &actions)
    }

    func shunned(_ now: Int64) -> Set<Int> { Set(failing.filter { now - $0.value < Self.callRest }.keys) }

    /// Nobody else is there. What had only one attempt gets a second one, on a new connection: the old one may have died in silence.
    private func again(_ turn: Turn?, _ choose: Choice) -> Int? {
        guard let turn, turn.attempts < Self.mostAttempts else { return nil }
        return choose([])
    }

    mutating func replaceActive(_ provider: Int, _ now: Int64, _ actions: inout [Action]) {
        if let ready = standby, ready.provider == provider {
            active = ready
            standby = nil
        } else {
            active = open(provider, now, &actions)
        }
        guard let index = turns.indices.last, !turns[index].isFinished else { return }
        settle(index)
        feed(turns[index].audio, now, &actions)
        turns[index].voiceSentAt = turns[index].voiced > 0 ? now : nil
    }

    mutating func open(_ provider: Int, _ now: Int64, _ actions: inout [Action]) -> Connection {
        lastNumber += 1
        let id = ConnectionID(number: lastNumber)
        actions.append(.connect(id, provider: provider))
        return Connection(id: id, provider: provider, openedAt: now, fedUntil: now, lastSentAt: now, lastEventAt: now)
    }

    /// The active connection hears no more; what it still reports counts for the utterances whose home it is.
    mutating func moveAside(_ now: Int64, _ actions: inout [Action]) {
        guard let connection = active else { return }
        flush(now, &actions)
        actions.append(.close(connection.id))
        if let flushed = active { draining.append(flushed) }
        active = nil
    }
}
