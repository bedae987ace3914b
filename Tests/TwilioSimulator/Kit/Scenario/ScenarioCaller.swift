/// The caller of a scenario. A value: time is a parameter, in milliseconds on the call's clock.
package struct ScenarioCaller: Sendable {
    package enum Action: Sendable, Equatable {
        case say(Int)
        case sayText(String)
        case key(Character)
        /// Something outside of the call.
        case external(String)
        case hangUp(String)
    }

    /// The line at one moment.
    package struct Line: Sendable {
        package var now: Int
        package var isAudible = false
        /// Something is still being played, be it silent.
        package var isBusy = false
        package var hasListener = false
        package var isPlaying = false
        package var isRecording = false
        package var isConnected = false
        package var streams = 0
    }

    /// Quiet before the next number.
    private static let pauseMs = 400
    /// Quiet that ends what the agent says; covers the gap between two sentences.
    private static let quietMs = 600
    /// After the agent has asked again, before the repetition: the answer may still come.
    private static let patienceMs = 2500
    /// Nothing at all for so long: the caller repeats unasked.
    private static let despairMs = 8000
    private static let keyMs = 300
    /// Numbers that are said over a `<Play>`: the last of all, so that none is a round's.
    private static let asides = SpokenRecord.numbers - 1

    private var steps: ArraySlice<CallerSteps.Step>
    private var round: Int?
    private var roundsLeft = 0
    private var rounds = CallerSteps.Rounds(count: 0)
    private var began: Int?
    private var hasActed = false
    private var isSpeaking = false
    private var quietSince = 0
    private var lastSpeechEnd = 0
    private var heardSinceSpeech = false
    private var isAsked = false
    private var keys: [Character] = []
    private var nextKey = 0
    private var asideDone = false
    private var asideCount = 0
    private var playingSince: Int?
    package private(set) var hasHungUp = false
    package private(set) var record = SpokenRecord()

    package init(_ steps: CallerSteps) { self.steps = steps.steps[...] }

    /// Hang up now.
    package mutating func leave() {
        steps = []
        round = nil
    }

    package mutating func finishedSpeaking(now: Int) {
        isSpeaking = false
        (quietSince, lastSpeechEnd) = (now, now)
        heardSinceSpeech = false
    }

    /// A number was heard whole.
    package mutating func heard(_ number: Int, now: Int) {
        record.heard.append(.init(number: number, ms: now))
        if number == SpokenRecord.again || number == SpokenRecord.words { isAsked = true }
        for index in record.rounds.indices where record.rounds[index].answeredMs == nil && isAnswered(record.rounds[index].number) {
            record.rounds[index].answeredMs = now
        }
    }

    private func isAnswered(_ number: Int) -> Bool {
        let numbers = Set(record.heard.map(\.number))
        return numbers.contains(number) && numbers.contains(number + SpokenRecord.second)
    }

    /// Called every 20 ms.
    package mutating func advance(_ line: Line) -> [Action] {
        if line.isAudible || line.isBusy || isSpeaking { quietSince = line.now }
        if line.isAudible, !isSpeaking { heardSinceSpeech = true }
        playingSince = line.isPlaying ? playingSince ?? line.now : nil
        guard !hasHungUp else { return [] }
        if let round { return advanceRound(round, line) }
        guard let step = steps.first else { return hangUp("the caller has done everything and hangs up") }
        let began = self.began ?? line.now
        self.began = began
        return advance(step, line, waited: line.now - began)
    }

    private mutating func next() {
        steps = steps.dropFirst()
        began = nil
        hasActed = false
    }

    private mutating func hangUp(_ reason: String) -> [Action] {
        hasHungUp = true
        return [.hangUp(reason)]
    }

    private mutating func speak(_ action: Action) -> [Action] {
        (isSpeaking, hasActed, isAsked) = (true, true, false)
        return [action]
    }

    private mutating func give(up waited: Int, _ limit: Int, _ what: String) {
        guard waited >= limit else { return }
        record.problems.append("waited \(limit) ms in vain: \(what)")
        next()
    }

    private mutating func advance(_ step: CallerSteps.Step, _ line: Line, waited: Int) -> [Action] {
        switch step {
        case .say(let number):
            guard hasActed else {
                record.others.append(number)
                return speak(.say(number))
            }
            if !isSpeaking { next() }
        case .sayText(let text):
            guard hasActed else { return speak(.sayText(text)) }
            if !isSpeaking { next() }
        case .hear(let number, let limit):
            let isDone = number < SpokenRecord.numbers ? isAnswered(number) : record.heard.contains { $0.number == number && $0.ms >= lastSpeechEnd }
            if isDone { next() } else { give(up: waited, limit, "for the number \(number)") }
        case .wait(let condition, let limit):
            if holds(condition, line) { next() } else { give(up: waited, limit, "for \(condition.rawValue)") }
        case .silence(let length):
            guard waited >= length else { return [] }
            record.silences.append(.init(startMs: line.now - waited, endMs: line.now))
            next()
        case .keys(let text):
            return press(text, line)
        case .rounds(let rounds):
            self.rounds = rounds
            roundsLeft = rounds.count
            next()
            beginRound()
        case .external(let name):
            next()
            return [.external(name)]
        case .hangUp:
            return hangUp("the caller hangs up")
        }
        return []
    }

    private func holds(_ condition: CallerSteps.Condition, _ line: Line) -> Bool {
        switch condition {
        case .quiet: heardSinceSpeech && line.now - quietSince >= Self.quietMs
        case .audible: line.isAudible
        case .listening: line.hasListener
        case .playing: line.isPlaying
        case .recording: line.isRecording
        case .connected: line.isConnected
        case .end: false
        }
    }

    private mutating func press(_ text: String, _ line: Line) -> [Action] {
        if !hasActed { (keys, nextKey, hasActed) = (Array(text), line.now, true) }
        guard line.now >= nextKey else { return [] }
        guard let key = keys.first else {
            next()
            return []
        }
        keys.removeFirst()
        nextKey = line.now + Self.keyMs
        return [.key(key)]
    }

    // MARK: Rounds

    private mutating func beginRound() {
        guard roundsLeft > 0 else {
            round = nil
            return
        }
        let number = (rounds.first + rounds.count - roundsLeft) % Self.asides
        roundsLeft -= 1
        record.rounds.append(.init(number: number, said: []))
        round = record.rounds.count - 1
        (began, asideDone) = (nil, false)
    }

    private mutating func advanceRound(_ index: Int, _ line: Line) -> [Action] {
        let began = self.began ?? line.now
        self.began = began
        guard !isSpeaking else { return [] }
        let (number, attempts) = (record.rounds[index].number, record.rounds[index].said.count)
        let silence = line.now - quietSince
        if record.rounds[index].answeredMs != nil {
            // What is still being played belongs to this round.
            if !line.isBusy, !line.isAudible { beginRound() }
            return []
        }
        if line.now - began >= rounds.withinMs * max(1, rounds.attempts) {
            record.problems.append("round \(index + 1): no whole answer to \(number)" + (attempts == 0 ? "; nobody listened" : ""))
            beginRound()
            return []
        }
        if let every = rounds.overPlayEvery, (index + 1) % every == 0, attempts > 0, !asideDone, let playingSince, line.now - playingSince >= 200 {
            asideDone = true
            asideCount += 1
            record.others.append(Self.asides)
            return speak(.say(Self.asides))
        }
        guard line.hasListener, attempts < max(1, rounds.attempts), !line.isBusy else { return [] }
        let wait = attempts == 0 ? Self.pauseMs : isAsked ? Self.patienceMs : Self.despairMs
        guard silence >= wait else { return [] }
        record.rounds[index].said.append(line.now)
        return speak(.say(number))
    }
}
