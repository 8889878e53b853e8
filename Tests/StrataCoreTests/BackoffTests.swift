import StrataCore
import Testing

@Suite("Delays between attempts")
struct BackoffTests {
    @Test func `delays double up to the last, drawn from the upper half`() {
        for _ in 0..<100 {
            var backoff = Backoff(first: .milliseconds(100), last: .milliseconds(700))
            for window in [100, 200, 400, 700, 700] {
                #expect((.milliseconds(window / 2)...(.milliseconds(window))).contains(backoff.next()))
            }
        }
    }

    @Test func `after a reset the first delay comes again`() {
        var backoff = Backoff(first: .milliseconds(100), last: .seconds(1))
        for _ in 0..<5 { _ = backoff.next() }
        backoff.reset()
        #expect(backoff == Backoff(first: .milliseconds(100), last: .seconds(1)))
        #expect(backoff.next() <= .milliseconds(100))
    }

    @Test func `a backoff without end stays at its last delay`() {
        var backoff = Backoff(first: .nanoseconds(1), last: .seconds(3600))
        for _ in 0..<1000 { _ = backoff.next() }
        #expect((.seconds(1800)...(.seconds(3600))).contains(backoff.next()))
    }
}
