import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite struct MemoryBudgetTests {
    private func cache(_ budget: MemoryBudget, _ clock: ManualClock) throws -> ByteCache {
        ByteCache(
            try MemoryConfiguration(capacityBytes: 1 << 20, stripes: 2), time: clock.timeSource, budget: budget)
    }

    private func fill(_ cache: ByteCache, _ numbers: Range<Int>, bytes: Int = 100) {
        for number in numbers {
            cache.insert(
                Key("key-\(number)"), .value([UInt8](repeating: 1, count: bytes)), version: .zero,
                deadline: .distantFuture)
        }
    }

    @Test func whatOneCacheLeavesUnusedAnotherGets() throws {
        let clock = ManualClock()
        let budget = try MemoryBudget(capacityBytes: 200_000)
        let idle = try cache(budget, clock)
        let busy = try cache(budget, clock)
        fill(idle, 0..<2000)
        #expect(budget.usedBytes <= 200_000)
        #expect(budget.usedBytes == idle.statistics.bytes)
        let before = idle.count
        clock.advance(by: .seconds(60))
        for round in 0..<20 {
            fill(busy, 0..<round * 50)
            clock.advance(by: .seconds(1))
            #expect(budget.usedBytes <= 200_000)
        }
        #expect(busy.count > 900)
        #expect(idle.count < before / 4)
        #expect(budget.usedBytes == idle.statistics.bytes + busy.statistics.bytes)
        #expect(idle.checkInvariants() + busy.checkInvariants() == [])
    }

    @Test func everythingThatLeavesIsGivenBack() throws {
        let clock = ManualClock()
        let budget = try MemoryBudget(capacityBytes: 1 << 20)
        let first = try cache(budget, clock)
        do {
            let second = try cache(budget, clock)
            fill(second, 0..<100)
            #expect(budget.usedBytes == second.statistics.bytes)
        }
        #expect(budget.usedBytes == 0)
        fill(first, 0..<100)
        first.remove("key-1")
        first.put("short", "v", deadline: clock.now.timestamp.advanced(by: .seconds(1)))
        first.put("tagged", "v", tags: ["t"])
        clock.advance(by: .seconds(2))
        #expect(first.lookup("short") == .miss)
        first.invalidate("t" as Tag)
        _ = first.expire(limit: 100)
        #expect(budget.usedBytes == first.statistics.bytes)
        first.removeAll()
        #expect(budget.usedBytes == 0)
    }

    @Test func theBoundHoldsWithManyCachesAndThreads() async throws {
        let clock = ManualClock()
        let budget = try MemoryBudget(capacityBytes: 300_000)
        let caches = try (0..<8).map { _ in try cache(budget, clock) }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<2 {
                group.addTask {
                    for round in 0..<40 {
                        fill(caches[(round + task * 4) % 8], round * 100..<round * 100 + 300, bytes: 20 * (round % 9))
                    }
                }
            }
        }
        #expect(budget.usedBytes <= 300_000)
        #expect(budget.usedBytes > 150_000)
        #expect(budget.usedBytes == caches.reduce(0) { $0 + $1.statistics.bytes })
        for cache in caches { #expect(cache.checkInvariants() == []) }
    }

    @Test func aBudgetOutOfRangeIsRefused() {
        for bytes in [.min, -1, 0, 1023, .max] {
            #expect(throws: StrataError.self) { try MemoryBudget(capacityBytes: bytes) }
        }
    }
}

@Suite struct VictimAgeTests {
    @Test(arguments: EvictionPolicyName.allCases) func theAgeOfTheLastVictimIsKnown(policy: EvictionPolicyName) throws {
        let clock = ManualClock()
        let cache = try ByteCache.bytes(capacity: 100_000, policy: policy, clock: clock)
        #expect(cache.statistics.oldestVictimAge == .zero)
        // One entry a second; about 500 fit, so that the oldest is about 500 s old when it goes.
        for number in 0..<3000 {
            clock.advance(by: .seconds(1))
            cache.put(Key("key-\(number)"), String(repeating: "v", count: 100))
        }
        let seconds = cache.statistics.oldestVictimAge.components.seconds
        let held = cache.count
        // `adaptive` lets newcomers go first, after its probation of a twentieth.
        let expected = policy == .lru ? held * 9 / 10...held * 11 / 10 : 1...held * 11 / 10
        #expect(expected.contains(Int(seconds)), "\(seconds) s with \(held) entries")
    }
}
