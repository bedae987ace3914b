import Yams

/// What a simulated customer wants and how it answers; a small YAML file.
package struct CustomerScript: Sendable, Equatable, Codable {
    /// One rule: when the agent said one of these, say this.
    package struct Answer: Sendable, Equatable, Codable {
        /// Substrings of the agent's words; one suffices. Empty: only in script order.
        package var when: [String]
        /// What the customer says. Absent: the last sentence again (`repeat: true`).
        package var say: String?
        /// Says the last sentence again, as people do when they were not understood.
        package var `repeat`: Bool?
        /// Only when at least one of these is missing from the agent's words: a customer hears that a detail is wrong.
        package var without: [String]?
        /// What the customer then bears in mind.
        package var note: String?
        /// Only when this is what the customer bears in mind.
        package var noted: String?

        package init(
            when: [String], say: String?, repeat: Bool? = nil, without: [String]? = nil, note: String? = nil, noted: String? = nil
        ) {
            self.when = when
            self.say = say
            self.repeat = `repeat`
            self.without = without
            self.note = note
            self.noted = noted
        }
    }

    package var name: String
    /// An espeak-ng voice with variant; another variant than the agent's.
    package var voice: String
    /// Words per minute.
    package var rate: Int
    package var opening: String
    /// In order of priority.
    package var answers: [Answer]
    /// The customer hangs up once the agent has said one of these, and finished.
    package var hangUpWhen: [String]
    /// Seed of the customer's pauses.
    package var seed: UInt64

    private enum CodingKeys: String, CodingKey {
        case name, voice, rate, opening, answers, seed
        case hangUpWhen = "hang_up_when"
    }

    package init(
        name: String, voice: String = "he+m3", rate: Int = 150, opening: String, answers: [Answer], hangUpWhen: [String] = [], seed: UInt64 = 1
    ) {
        self.name = name
        self.voice = voice
        self.rate = rate
        self.opening = opening
        self.answers = answers
        self.hangUpWhen = hangUpWhen
        self.seed = seed
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        voice = try container.decodeIfPresent(String.self, forKey: .voice) ?? "he+m3"
        rate = try container.decodeIfPresent(Int.self, forKey: .rate) ?? 150
        opening = try container.decode(String.self, forKey: .opening)
        answers = try container.decodeIfPresent([Answer].self, forKey: .answers) ?? []
        hangUpWhen = try container.decodeIfPresent([String].self, forKey: .hangUpWhen) ?? []
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1
    }

    /// Reads a script.
    /// - Throws: ``SimulatorFailure`` with what to correct.
    package static func parse(_ yaml: String, file: String = "the script") throws -> CustomerScript {
        let script: CustomerScript
        do {
            script = try YAMLDecoder().decode(CustomerScript.self, from: yaml)
        } catch {
            throw SimulatorFailure(.badScript, "\(file) is not a customer script; correct the YAML: \(error)", cause: error)
        }
        for (index, answer) in script.answers.enumerated() where answer.say == nil && answer.repeat != true {
            throw SimulatorFailure(.badScript, "answer \(index + 1) of \(file) has neither 'say' nor 'repeat: true'; add one")
        }
        guard !script.opening.isEmpty else { throw SimulatorFailure(.badScript, "\(file) has an empty 'opening'; write the first sentence") }
        return script
    }

    /// Every sentence the customer may say, once each.
    package var sentences: [String] {
        var seen: Set<String> = []
        return ([opening] + answers.compactMap(\.say)).filter { seen.insert($0).inserted }
    }
}
