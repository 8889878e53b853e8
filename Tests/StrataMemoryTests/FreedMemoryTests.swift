import Testing

@testable import StrataMemory

@Suite("Freed memory")
struct FreedMemoryTests {
    private static let mebibyte = 1 << 20

    /// At which of the levels, one after the other, memory goes back.
    private func givenBack(_ levels: [Int]) -> [Int] {
        var freed = FreedMemory()
        return levels.filter { freed.isWorthGivingBack(held: $0 * FreedMemoryTests.mebibyte) }
    }

    @Test("It goes back when the level has fallen by an eighth of its highest, and from there on anew")
    func fall() {
        #expect(givenBack([100, 800, 750, 701]) == [])
        #expect(givenBack([100, 800, 750, 700, 700, 650, 613, 612]) == [700, 612])
        #expect(givenBack([800, 0, 0]) == [0])
    }

    @Test("A small cache's is left to the allocator")
    func little() {
        #expect(givenBack([7, 0, 7, 0]) == [])
    }

    @Test("What comes and goes evenly is kept")
    func steady() {
        #expect(givenBack((0..<1000).map { 100 + $0 % 10 }) == [])
    }
}
