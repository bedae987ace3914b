import BusContract
import CRMWorker
import CallVocabulary
import Synchronization

/// The database of these tests, one for all crm-workers: a fact that is there already is not stored again.
final class FactBook: Sendable {
    private struct State {
        var facts: [Fact] = []
        /// Commits, those of facts that were there already included.
        var commits: [String: Int] = [:]
        var isHeld = false
    }
    private let state = Mutex(State())

    var facts: [Fact] { state.withLock { $0.facts } }
    /// Facts that were handed in more than once.
    var repeated: Int { state.withLock { $0.commits.values.count { $0 > 1 } } }

    /// The database does not answer.
    func hold() { state.withLock { $0.isHeld = true } }
    func letGo() { state.withLock { $0.isHeld = false } }

    func store() -> sending any FactStore { Store(book: self) }

    private final class Store: FactStore {
        private let book: FactBook
        init(book: FactBook) { self.book = book }

        func apply(_ fact: AddressedFact) async -> FactOutcome {
            while !commit(fact.fact) {
                do { try await Task.sleep(for: .milliseconds(2)) } catch { return .postponed("cancelled") }
            }
            return .stored
        }

        private func commit(_ fact: Fact) -> Bool {
            book.state.withLock { state in
                guard !state.isHeld else { return false }
                state.commits[fact.id, default: 0] += 1
                if state.commits[fact.id] == 1 { state.facts.append(fact) }
                return true
            }
        }

        func close() async {}
    }
}
