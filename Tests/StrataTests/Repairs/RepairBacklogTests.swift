import StrataCore
import Testing

@testable import Strata

@Suite("Invalidations that wait to be delivered")
struct RepairBacklogTests {
    private func version(_ sequence: UInt64) -> Version { Version(generation: 1, sequence: sequence) }

    @Test("Of two repairs of one key the later version counts, in whatever order they come")
    func newest() {
        var backlog = RepairBacklog(limit: 10)
        backlog.note(.key("k", below: version(7)))
        backlog.note(.key("k", below: version(5)))
        #expect(backlog.take(limit: 10) == [.key("k", below: version(7))])
        #expect(backlog.isEmpty)
    }

    @Test("A write of unknown outcome stays uncertain whatever else is noted")
    func uncertain() {
        var backlog = RepairBacklog(limit: 10)
        backlog.note(.key("k", below: version(7)))
        backlog.note(.uncertain("k"))
        backlog.note(.key("k", below: version(9)))
        #expect(backlog.take(limit: 10) == [.uncertain("k")])
    }

    @Test("Beyond its bound it forgets keys and remembers that everything is invalid")
    func collapse() {
        var backlog = RepairBacklog(limit: 3)
        for number in 0..<4 { backlog.note(.key(Key("k\(number)"), below: version(1))) }
        backlog.note(.tag("t"))
        #expect(backlog.count == 1)
        #expect(backlog.take(limit: 10) == [.everything])
        #expect(backlog.isEmpty)
    }

    @Test("What was taken out is owed until it is done, and what failed waits again")
    func owed() {
        var backlog = RepairBacklog(limit: 10)
        backlog.note(.key("k", below: version(1)))
        backlog.note(.uncertain("u"))
        backlog.note(.tag("t"))
        backlog.note(.removal)
        #expect(Set(backlog.take(limit: 10)) == [.key("k", below: version(1)), .uncertain("u"), .tag("t"), .removal])
        #expect(backlog.isEmpty && backlog.count == 4)
        #expect(backlog.covers("k") && backlog.covers("u") && backlog.covers(["t"]) && !backlog.covers("other"))
        backlog.finish(failed: [.uncertain("u"), .removal])
        #expect(!backlog.covers("k") && backlog.covers("u") && !backlog.covers(["t"]))
        #expect(Set(backlog.take(limit: 10)) == [.uncertain("u"), .removal])
        backlog.finish(failed: [])
        #expect(backlog.count == 0)
    }

    @Test("While everything is owed it covers every key")
    func owedEverything() {
        var backlog = RepairBacklog(limit: 10)
        backlog.note(.everything)
        #expect(backlog.covers("any"))
        _ = backlog.take(limit: 10)
        #expect(backlog.covers("any"))
        backlog.finish(failed: [])
        #expect(!backlog.covers("any"))
    }

    @Test("It hands out a bounded number of keys at a time, and each once")
    func portions() {
        var backlog = RepairBacklog(limit: 100)
        for number in 0..<5 { backlog.note(.key(Key("k\(number)"), below: version(1))) }
        var taken: [Repair] = []
        for _ in 0..<3 { taken += backlog.take(limit: 2) }
        #expect(Set(taken).count == 5)
        #expect(taken.count == 5)
    }
}
