import ProviderKit
import Testing

@Suite struct CircuitBreakerTests {
    private static let broken = ProviderFailure(.broken, "503")

    /// A place for the value: what changes it can then stand in an expectation.
    private final class Subject {
        private var breaker = CircuitBreaker()
        var state: CircuitBreaker.State { breaker.state }
        func admits(at now: Int64) -> Bool { breaker.admits(at: now) }
        func succeeded() { breaker.succeeded() }
        @discardableResult func failed(_ failure: ProviderFailure, at now: Int64) -> Bool { breaker.failed(failure, at: now) }
    }

    @Test func itOpensAfterFailuresInARow() {
        let breaker = Subject()
        for _ in 0..<2 {
            #expect(!breaker.failed(Self.broken, at: 0))
            #expect(breaker.admits(at: 0))
        }
        breaker.succeeded()
        for _ in 0..<2 { #expect(!breaker.failed(Self.broken, at: 0)) }
        #expect(breaker.failed(Self.broken, at: 100))
        #expect(!breaker.admits(at: 100))
        #expect(!breaker.admits(at: 5_099))
    }

    @Test func oneProbeAtATimeAndLongerRests() {
        let breaker = Subject()
        for _ in 0..<3 { breaker.failed(Self.broken, at: 0) }
        #expect(breaker.admits(at: 5_000))
        #expect(!breaker.admits(at: 5_001))
        // A late failure of a call that began before does not count twice.
        #expect(breaker.failed(Self.broken, at: 5_100))
        #expect(breaker.state == .open(until: 15_100))
        #expect(!breaker.failed(Self.broken, at: 5_200))
        #expect(breaker.admits(at: 15_100))
        // The probe's caller has hung up: another may try.
        #expect(!breaker.admits(at: 30_099))
        #expect(breaker.admits(at: 30_100))
        breaker.succeeded()
        #expect(breaker.state == .closed)
        // All is forgotten: three again, and the shortest rest.
        for _ in 0..<2 { #expect(!breaker.failed(Self.broken, at: 40_000)) }
        breaker.failed(Self.broken, at: 40_000)
        #expect(breaker.state == .open(until: 45_000))
    }

    @Test func restsGrowToALimit() {
        let breaker = Subject()
        var now: Int64 = 0
        for _ in 0..<3 { breaker.failed(Self.broken, at: now) }
        for rest: Int64 in [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] {
            #expect(breaker.state == .open(until: now + rest))
            now += rest
            #expect(breaker.admits(at: now))
            breaker.failed(Self.broken, at: now)
        }
    }

    @Test func whatNoRepetitionMendsOpensAtOnce() {
        for kind in [ProviderFailure.Kind.auth, .quota, .refused] {
            let breaker = Subject()
            #expect(breaker.failed(ProviderFailure(kind, ""), at: 0))
            #expect(breaker.state == .open(until: 60_000))
        }
        let limited = Subject()
        #expect(limited.failed(ProviderFailure(.rateLimited, "", retryAfter: .milliseconds(7_500)), at: 0))
        #expect(limited.state == .open(until: 7_500))
        let absurd = Subject()
        absurd.failed(ProviderFailure(.rateLimited, "", retryAfter: .seconds(86_400)), at: 0)
        #expect(absurd.state == .open(until: 600_000))
    }
}
