import Logging
import ProviderKit
import Synchronization
import Testing

@Suite struct ProviderChainTests {
    private final class Clock: Sendable {
        let now = Mutex<Int64>(0)
        func set(_ value: Int64) { now.withLock { $0 = value } }
    }

    private func chain(_ clock: Clock) -> ProviderChain {
        ProviderChain(stage: "asr", names: ["a", "b", "c"], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            clock.now.withLock { $0 }
        }
    }

    @Test func theFirstThatIsWell() {
        let clock = Clock()
        let chain = chain(clock)
        #expect(chain.next(after: []) == 0)
        #expect(chain.next(after: [0]) == 1)
        #expect(chain.next(after: [0, 1, 2]) == nil)
        chain.failed(0, ProviderFailure(.auth, "401"))
        #expect(chain.next(after: []) == 1)
        // A business's own order.
        #expect(chain.next(after: [], order: chain.order(of: ["c", "x", "a"])) == 2)
        #expect(chain.next(after: [2], order: chain.order(of: ["c", "x", "a"])) == 0)
    }

    @Test func nobodyWellIsNoReasonNotToTry() {
        let clock = Clock()
        let chain = chain(clock)
        chain.failed(0, ProviderFailure(.auth, "401"))
        clock.set(10)
        chain.failed(1, ProviderFailure(.rateLimited, "429", retryAfter: .seconds(6)))
        chain.failed(2, ProviderFailure(.quota, "402"))
        #expect(chain.next(after: []) == 1)
        #expect(chain.next(after: [1]) == 0)
        clock.set(60_000)
        // The first is due for its probe; who comes meanwhile takes the next one that is.
        #expect(chain.next(after: []) == 0)
        #expect(chain.next(after: []) == 1)
        chain.succeeded(0)
        #expect(chain.next(after: []) == 0)
    }
}
