import StrataCore
import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite struct EvictionTests {
    /// What an entry with a one-byte key and a value of fifty bytes is charged.
    private let charge = ByteCache.charge(keyLength: 1, weight: 50)
    private let value = String(repeating: "v", count: 50)

    @Test func leastRecentlyUsedGoesFirst() throws {
        let cache = try ByteCache.bytes(capacity: 10 * charge)
        let keys = (0..<10).map { Key([UInt8($0)]) }
        for key in keys { cache.put(key, value) }
        #expect(cache.count == 10)
        // Read and write some, in this order: 0, 3, 5. Reading metadata does not count as a use.
        _ = cache.lookup(keys[0])
        cache.put(keys[3], value)
        _ = cache.lookup(keys[5])
        _ = cache.entry(keys[1])
        for (number, victim) in [1, 2, 4, 6, 7, 8, 9, 0, 3, 5].enumerated() {
            #expect(cache.entry(keys[victim]) != nil)
            cache.put(Key([100 + UInt8(number)]), value)
            #expect(cache.entry(keys[victim]) == nil, "\(victim) should have been next")
        }
        #expect(cache.statistics.evictions.capacity == 10)
        #expect(cache.checkInvariants() == [])
    }

    @Test(arguments: EvictionPolicyName.allCases) func boundIsExact(policy: EvictionPolicyName) throws {
        for stripes in [1, 2, 8] {
            let capacity = 100_003
            let cache = try ByteCache.bytes(capacity: capacity, stripes: stripes, policy: policy)
            var generator = SeededGenerator(seed: 1)
            for number in 0..<20_000 {
                let length = Int.random(in: 0...3000, using: &generator)
                let key = Key("key-\(number % 977)")
                let outcome = cache.insert(
                    key, .value([UInt8](repeating: 1, count: length)), version: .zero, deadline: .distantFuture,
                    tags: number % 5 == 0 ? ["tag"] : [])
                #expect(outcome == .inserted)
                guard cache.statistics.bytes <= capacity else {
                    Issue.record("\(cache.statistics.bytes) bytes are above \(capacity)")
                    return
                }
            }
            #expect(cache.statistics.bytes > capacity / 2)
            #expect(cache.checkInvariants() == [])
        }
    }

    @Test func exactlyWhatFitsIsHeld() throws {
        let cache = try ByteCache.bytes(capacity: 10 * charge)
        for number in 0..<10 { cache.put(Key([UInt8(number)]), value) }
        #expect(cache.statistics.bytes == 10 * charge)
        #expect(cache.statistics.evictions.total == 0)
        cache.put(Key([0]), value + value)
        #expect(cache.statistics.evictions.capacity == 1)
        #expect(cache.lookup(Key([1])) == .miss)
    }

    @Test(arguments: EvictionPolicyName.allCases)
    func aLargeEntryDoesNotFlushTheOthers(policy: EvictionPolicyName) throws {
        let cache = try ByteCache.bytes(capacity: 100 * charge, share: 0.1, policy: policy)
        for number in 0..<100 { cache.put(Key([UInt8(number)]), value) }
        #expect(cache.put("x", String(repeating: "x", count: 10 * charge)) == .tooLarge)
        #expect(cache.count == 100)
    }

    @Test func policyOrdersCells() {
        var policy = LRUPolicy()
        #expect(policy.victim() == -1)
        for cell in CellIndex(0)..<4 { policy.onInsert(cell, hash: 0, charge: 1) }
        policy.onHit(0)
        policy.onHit(0)
        policy.onHit(2)
        policy.onRemove(3, hash: 0, isEvicted: false)
        var order: [CellIndex] = []
        policy.visit { order.append($0) }
        #expect(order == [1, 0, 2])
        #expect(policy.victim() == 1)
        for cell in [1, 2, 0] as [CellIndex] { policy.onRemove(cell, hash: 0, isEvicted: true) }
        #expect(policy.victim() == -1)
        policy.onInsert(2, hash: 0, charge: 1)
        #expect(policy.victim() == 2)
        #expect(policy.violations() == [])
    }
}
