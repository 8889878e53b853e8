import StrataTestSupport
import Testing

@testable import StrataCore

@Suite("Window of calls")
struct CallWindowTests {
    @Test func `it holds what a plain list of the last periods holds`() {
        var generator = SeededGenerator(seed: 11)
        var window = CallWindow(.seconds(10))
        var list: [(period: UInt64, failed: Bool, slow: Bool)] = []
        var now = Timestamp(nanoseconds: 5_000_000_000)
        for _ in 0..<5000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...(Bool.random(using: &generator) ? 100 : 4000))))
            let (failed, slow) = (Bool.random(using: &generator), Bool.random(using: &generator))
            window.add(failed: failed, slow: slow, at: now)
            let period = now.nanoseconds / 1_000_000_000
            list.append((period, failed, slow))
            list.removeAll { $0.period + 10 <= period }
            #expect(
                window.totals
                    == CallWindow.Counts(
                        calls: list.count, failures: list.count { $0.failed }, slow: list.count { $0.slow }))
        }
    }

    @Test func `a clock that seems to go back counts in the newest period`() {
        var window = CallWindow(.seconds(1))
        window.add(failed: true, slow: false, at: Timestamp(nanoseconds: 10_000_000_000))
        window.add(failed: true, slow: true, at: Timestamp(nanoseconds: 9_900_000_000))
        #expect(window.totals == CallWindow.Counts(calls: 2, failures: 2, slow: 1))
        window.clear()
        #expect(window.totals == CallWindow.Counts())
    }
}
