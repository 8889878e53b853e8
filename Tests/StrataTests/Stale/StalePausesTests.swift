import StrataCore
import Testing

@testable import Strata

@Suite("Pauses between loads of stale keys")
struct StalePausesTests {
    private func at(_ second: UInt64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }

    @Test("A pause holds until its end, or until the key was loaded")
    func end() {
        var pauses = StalePauses(limit: 10)
        pauses.note("a", until: at(5), now: at(1))
        pauses.note("b", until: at(5), now: at(1))
        pauses.end("b")
        #expect(pauses.holds("a", at: at(4)) && !pauses.holds("a", at: at(5)) && !pauses.holds("b", at: at(2)))
        pauses.note("c", until: at(1), now: at(1))
        #expect(pauses.count == 1, "a pause of no length is none")
    }

    @Test("There are never more than the limit, and those that are over go first")
    func limit() {
        var pauses = StalePauses(limit: 2)
        pauses.note("a", until: at(2), now: at(1))
        pauses.note("b", until: at(9), now: at(1))
        pauses.note("c", until: at(9), now: at(3))
        #expect(pauses.count == 2 && pauses.holds("b", at: at(4)) && pauses.holds("c", at: at(4)))
        pauses.note("d", until: at(9), now: at(3))
        #expect(pauses.count == 2 && pauses.holds("d", at: at(4)))
    }
}
