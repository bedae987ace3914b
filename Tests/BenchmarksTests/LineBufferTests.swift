import BenchmarksKit
import Testing

struct LineBufferTests {
    private static let second: Int64 = 1_000_000

    @Test func audioThatComesInTimeIsHeardWithoutAPause() {
        var line = LineBuffer()
        #expect(line.media(lasting: 500_000, at: Self.second) == (Self.second, 0))
        #expect(line.media(lasting: 100_000, at: Self.second + 1) == (Self.second + 500_000, 0))
        // The last moment that is not too late.
        #expect(line.media(lasting: 100_000, at: Self.second + 600_000) == (Self.second + 600_000, 0))
        #expect(line.dry == Self.second + 700_000)
    }

    @Test func anEmptyBufferInASentenceIsAnUnderrun() {
        var line = LineBuffer()
        _ = line.media(lasting: 500_000, at: Self.second)
        #expect(line.media(lasting: 100_000, at: Self.second + 530_000) == (Self.second + 530_000, 30_000))
        #expect(line.dry == Self.second + 630_000)
    }

    @Test func betweenSentencesThereMayBeSilence() {
        var line = LineBuffer()
        _ = line.media(lasting: 500_000, at: Self.second)
        line.mark("t1.p0", at: Self.second + 100_000)
        #expect(line.media(lasting: 500_000, at: 3 * Self.second) == (3 * Self.second, 0))
    }

    @Test func aMarkReturnsWhenWhatPrecedesItWasHeard() {
        var line = LineBuffer()
        _ = line.media(lasting: 500_000, at: Self.second)
        line.mark("t1.p0", at: Self.second + 1)
        _ = line.media(lasting: 300_000, at: Self.second + 2)
        line.mark("t1.p1", at: Self.second + 3)
        #expect(line.returning(at: Self.second + 499_999) == [])
        #expect(line.returning(at: Self.second + 500_000) == ["t1.p0"])
        #expect(!line.isEmpty(at: Self.second + 500_000))
        #expect(line.returning(at: Self.second + 900_000) == ["t1.p1"])
        #expect(line.isEmpty(at: Self.second + 900_000))
    }

    @Test func whatIsClearedIsNotHeardAndItsMarksReturnAtOnce() {
        var line = LineBuffer()
        _ = line.media(lasting: 5 * Self.second, at: Self.second)
        line.mark("t1.p0", at: Self.second)
        line.clear(at: 2 * Self.second)
        #expect(line.returning(at: 2 * Self.second) == ["t1.p0"])
        #expect(line.isEmpty(at: 2 * Self.second))
        #expect(line.media(lasting: 20_000, at: 3 * Self.second) == (3 * Self.second, 0))
    }
}
