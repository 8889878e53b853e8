import Testing

@testable import StrataMemory

@Suite struct GhostTableTests {
    private func hash(_ number: Int) -> UInt32 { UInt32(number) &* 0x9E37_79B1 }

    @Test func aGhostIsSeenOnce() {
        var table = GhostTable()
        table.add(.init(lastUse: 1, departure: 0), hash: 5, clock: 2)
        #expect(table.take(5) == nil)
        table.grow(toHold: 100)
        table.add(.init(lastUse: 7, departure: 9), hash: 5, clock: 8)
        #expect(table.take(6) == nil)
        #expect(table.take(5) == GhostTable.Ghost(lastUse: 7, departure: 9))
        #expect(table.take(5) == nil)
    }

    /// The clock runs over in between.
    @Test func theOldestMakesWay() {
        var table = GhostTable()
        table.grow(toHold: 1)
        for number in 0..<9 {
            let use = UInt32.max &- 4 &+ UInt32(number)
            table.add(.init(lastUse: use, departure: 0), hash: UInt32(number) << 16, clock: use)
        }
        #expect(table.take(0) == nil)
        #expect((1..<9).allSatisfy { table.take(UInt32($0) << 16) != nil })
    }

    @Test func growingKeepsMostAndHoldsAsMany() {
        var table = GhostTable()
        table.grow(toHold: 800)
        for number in 0..<400 { table.add(.init(lastUse: 1, departure: 0), hash: hash(number), clock: 2) }
        table.grow(toHold: 808)
        #expect((0..<400).count { table.take(hash($0)) != nil } >= 380)
        for ghosts in stride(from: 800, through: 8000, by: 8) { table.grow(toHold: ghosts) }
        #expect(table.bucketCount == 1000)
        for number in 0..<4000 { table.add(.init(lastUse: 1, departure: 0), hash: hash(number), clock: 2) }
        #expect((0..<4000).count { table.take(hash($0)) != nil } >= 3600)
    }
}
