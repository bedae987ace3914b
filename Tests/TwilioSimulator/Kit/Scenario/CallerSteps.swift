/// What the caller of a scenario does, one step after another; at the end it hangs up.
package struct CallerSteps: Sendable, Equatable {
    /// What a step can wait for.
    package enum Condition: String, Sendable, Equatable, CaseIterable {
        /// The agent has been heard since the caller last spoke, and has finished.
        case quiet
        /// The agent is heard.
        case audible
        /// Somebody hears the caller: a stream, a recording or a person.
        case listening
        /// A file is being played.
        case playing
        /// The beep is over.
        case recording
        /// A person has answered the `<Dial>`.
        case connected
        /// The call ends, by the agent.
        case end
    }

    /// Say a number, wait for its answer, and so on. The agent's answer to `n` is `n`, then `n + 32768` (`DIALOG_PROVIDERS=echo`).
    package struct Rounds: Sendable, Equatable {
        package var count: Int
        package var first = 1
        /// So often is one number said before the round counts as lost.
        package var attempts = 1
        /// In every n-th round the caller says something else while the answer is being played by `<Play>`.
        package var overPlayEvery: Int?
        package var withinMs = 20_000

        package init(count: Int) { self.count = count }
    }

    package enum Step: Sendable, Equatable {
        /// A tone code. 0 to 16383 are utterances.
        case say(Int)
        case sayText(String)
        case hear(Int, withinMs: Int)
        case wait(Condition, withinMs: Int)
        case silence(ms: Int)
        case keys(String)
        case rounds(Rounds)
        /// Something outside of the call that the runner knows by this name, for example a restart.
        case external(String)
        case hangUp
    }

    package var steps: [Step]

    package init(_ steps: [Step]) { self.steps = steps }

    /// Everything that needs a voice.
    package var sentences: [String] {
        steps.compactMap { if case .sayText(let text) = $0 { text } else { nil } }
    }
}

/// What the caller of a scenario said and heard. Times are milliseconds on the call's clock.
package struct SpokenRecord: Codable, Sendable, Equatable {
    package struct Round: Codable, Sendable, Equatable {
        package var number: Int
        /// Begin of each attempt.
        package var said: [Int]
        package var answeredMs: Int?
    }

    package struct Heard: Codable, Sendable, Equatable {
        package var number: Int
        package var ms: Int
    }

    package var rounds: [Round] = []
    package var heard: [Heard] = []
    /// Numbers that were said outside of rounds.
    package var others: [Int] = []
    /// Times when the caller was silent on purpose.
    package var silences: [CallReport.Span] = []
    /// Steps that could not be done in their time.
    package var problems: [String] = []

    package init() {}

    /// Sentences without a number: greetings, prompts, apologies, and requests to say it again.
    package var words: Int { heard.count { $0.number == Self.words || $0.number == Self.again } }
    /// Rounds whose answer was heard whole.
    package var answered: Int { rounds.count { $0.answeredMs != nil } }
    /// Answers that were heard more often than the question was asked.
    package var repeated: [Int] {
        var times: [Int: Int] = [:]
        for number in heard.map(\.number) where Self.isAnswer(number) { times[number, default: 0] += 1 }
        return times.filter { $0.value > asked($0.key % Self.second) }.keys.filter { asked($0 % Self.second) > 0 }.sorted()
    }
    /// Answers to what was never said.
    package var strays: [Int] { Set(heard.map(\.number).filter { Self.isAnswer($0) && asked($0 % Self.second) == 0 }).sorted() }

    private func asked(_ number: Int) -> Int {
        rounds.filter { $0.number == number }.reduce(0) { $0 + $1.said.count } + others.count { $0 == number }
    }

    /// From here on numbers are no utterances: people on the line, words, requests to repeat.
    static let numbers = 16_384
    /// Added for the second sentence of an answer.
    static let second = 32_768
    /// "Say that again", and words without a number.
    static let again = 32_767
    static let words = 32_766

    private static func isAnswer(_ number: Int) -> Bool { number < numbers || (second..<second + numbers).contains(number) }
}
