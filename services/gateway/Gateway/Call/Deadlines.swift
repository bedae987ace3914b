import CallVocabulary

/// What a call waits for, and until when. Looked at with every frame: no hashing, no allocation.
struct Deadlines: Sendable, Equatable, Codable {
    enum Wait: Int, Sendable, CaseIterable {
        case voice, final, reply, audio, mark, silence, callEnd, lineReturn, summary, reassign
        case media, answer, update, lease, warning, filler, doubt
    }

    private var times = [CallTime](repeating: .never, count: Wait.allCases.count)

    subscript(wait: Wait) -> CallTime? {
        get {
            let time = times[wait.rawValue]
            return time == .never ? nil : time
        }
        set { times[wait.rawValue] = newValue ?? .never }
    }

    /// The first one.
    var next: CallTime? {
        var first = CallTime.never
        for time in times where time < first { first = time }
        return first == .never ? nil : first
    }

    /// The first one that has passed; of two at the same moment, the one that is declared first.
    func passed(at now: CallTime) -> Wait? {
        var first = CallTime.never
        var wait: Wait?
        for index in times.indices where times[index] <= now && times[index] < first {
            first = times[index]
            wait = Wait(rawValue: index)
        }
        return wait
    }

    mutating func removeAll(but kept: [Wait] = []) {
        for wait in Wait.allCases where !kept.contains(wait) { self[wait] = nil }
    }
}
