import StrataCore
import Testing

@testable import StrataMemory

@Suite struct AdaptivePolicyTests {
    /// What stands in for a stripe: entries of a weight each in cells of the same number, and room for so much.
    private struct Stand: ~Copyable {
        var policy: AdaptivePolicy
        var charges: [CellIndex: Int] = [:]
        private var charged = 0
        let capacity: Int

        init(capacity: Int) {
            policy = AdaptivePolicy(capacity: capacity)
            self.capacity = capacity
        }

        /// The hash of a cell: odd multiples spread over all bits.
        private func hash(_ cell: CellIndex) -> UInt32 { UInt32(cell + 1) &* 0x9E37_79B1 }

        mutating func use(_ cell: CellIndex, charge: Int = 100) {
            if charges[cell] != nil { return policy.onHit(cell) }
            charges[cell] = charge
            charged += charge
            policy.onInsert(cell, hash: hash(cell), charge: charge)
            while charged > capacity {
                let victim = policy.victim()
                charged -= charges.removeValue(forKey: victim) ?? 0
                policy.onRemove(victim, hash: hash(victim), isEvicted: true)
            }
        }
    }

    @Test func aScanLeavesWhatIsUsedAgain() {
        var stand = Stand(capacity: 10_000)
        for _ in 0..<3 {
            for cell in CellIndex(0)..<80 { stand.use(cell) }
        }
        for cell in CellIndex(1000)..<3000 { stand.use(cell) }
        #expect((0..<80).allSatisfy { stand.charges[$0] != nil })
        #expect(stand.policy.violations() == [])
    }

    @Test func whatComesBackSoonBecomesHot() {
        var stand = Stand(capacity: 10_000)
        for cell in CellIndex(0)..<120 { stand.use(cell) }
        #expect(stand.charges[100] == nil)
        stand.use(100)
        for cell in CellIndex(1000)..<1500 { stand.use(cell) }
        #expect(stand.charges[100] != nil)
    }

    @Test func aNewSetTakesOver() {
        var stand = Stand(capacity: 10_000)
        for _ in 0..<10 {
            for cell in CellIndex(0)..<80 { stand.use(cell) }
        }
        for _ in 0..<40 {
            for cell in CellIndex(1000)..<1080 { stand.use(cell) }
        }
        #expect((1000..<1080).allSatisfy { stand.charges[$0] != nil })
        #expect(stand.policy.violations() == [])
    }

    /// The newest stays whatever it weighs, and goes before anything hot when it is not used again.
    @Test func aHeavyEntryGoesSoon() {
        var stand = Stand(capacity: 10_000)
        for _ in 0..<3 {
            for cell in CellIndex(0)..<90 { stand.use(cell) }
        }
        stand.use(500, charge: 1200)
        #expect(stand.charges[500] != nil)
        for cell in CellIndex(1000)..<1010 { stand.use(cell) }
        #expect(stand.charges[500] == nil)
        #expect((0..<90).count { stand.charges[$0] != nil } >= 85)
        #expect(stand.policy.violations() == [])
    }

    /// Used again as soon as the light ones, but not as much sooner as it is heavier: it doesn't push them out.
    @Test func aHeavyEntryHasToEarnItsWeight() {
        var stand = Stand(capacity: 10_000)
        for _ in 0..<20 {
            for cell in CellIndex(0)..<95 { stand.use(cell) }
            stand.use(500, charge: 2000)
        }
        #expect((0..<95).count { stand.charges[$0] != nil } >= 75)
    }

    /// Moves of hot entries are put off there, and what was used stays all the same.
    @Test func amongThousandsWhatIsUsedStays() {
        let entries = CellIndex(2 * AdaptivePolicy.deferringMinimum)
        var stand = Stand(capacity: Int(entries) * 100)
        for cell in 0..<entries { stand.use(cell) }
        // The first half was put in first, and would go first if its uses counted for nothing.
        for round in CellIndex(1)...4 {
            for cell in 0..<entries / 2 { stand.use(cell) }
            for cell in 0..<entries / 4 {
                // Used twice at a short interval, each of these makes one of the others go.
                stand.use(round * 100_000 + cell)
                stand.use(round * 100_000 + cell)
            }
        }
        let used = (0..<entries / 2).count { stand.charges[$0] != nil }
        let unused = (entries / 2..<entries).count { stand.charges[$0] != nil }
        #expect(used > entries / 2 * 99 / 100, "\(used) of \(entries / 2)")
        #expect(unused < entries / 2 / 10, "\(unused) of \(entries / 2)")
        #expect(stand.policy.violations() == [])
    }

    /// Whatever was used since is passed over by and by: a call that needs a victim doesn't go round all of them.
    @Test func amongThousandsAllUsedThereIsAVictim() {
        let entries = CellIndex(AdaptivePolicy.deferringMinimum)
        var stand = Stand(capacity: Int(entries) * 100)
        for cell in 0..<entries { stand.use(cell) }
        for cell in 0..<entries { stand.use(cell) }
        for cell in 0..<entries / 2 {
            stand.use(100_000 + cell)
            #expect(stand.charges.count == Int(entries))
        }
        #expect(stand.policy.count == Int(entries))
        #expect(stand.policy.violations() == [])
    }

    @Test func theLastEntryIsAVictimToo() {
        var policy = AdaptivePolicy(capacity: 1000)
        #expect(policy.victim() == -1)
        policy.onInsert(3, hash: 1, charge: 100)
        #expect(policy.victim() == 3)
        policy.onReplace(3, charge: 900)
        policy.onHit(3)
        #expect(policy.violations() == [])
        policy.onRemove(3, hash: 1, isEvicted: true)
        #expect(policy.victim() == -1)
        #expect(policy.count == 0)
    }

    @Test func shareFollowsWhatWouldHaveBeenHit() {
        var share = ColdShare(capacity: 10_000)
        #expect(share.weight == 500)
        for _ in 0..<3 { share.onNearReturn(100) }
        #expect(share.weight == 800)
        for _ in 0..<100 { share.onDemotedHit(100) }
        #expect(share.weight == 100)
        for _ in 0..<1000 { share.onNearReturn(100) }
        #expect(share.weight == 5000)
        // LRU must be ahead by 8 before the share grows for its sake, to nearly all there is.
        for _ in 0..<7 { share.onFarReturn(100, count: 100) }
        #expect(share.weight == 5000)
        for _ in 0..<1000 { share.onFarReturn(100, count: 100) }
        #expect(share.weight == 9800)
        for _ in 0..<1000 { share.onFarHit(100) }
        #expect(share.weight == 5000)
    }
}
