import NIOConcurrencyHelpers
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataMemory

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Reading without a lock")
struct ReadingTests {
    @Test("Whoever frees waits for the readings that have begun, and not for those after")
    func grace() async throws {
        let readers = Readers(stripes: 1, recentCount: 1)
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let isRead = NIOLockedValueBox(false)
        let hasBegun = ConditionLock(value: false)
        async let reading: Void = threads.runIfActive {
            // Whatever number this thread has: other tests may have taken all.
            let slot = readers.make(0)
            slot.enter()
            hasBegun.lock()
            hasBegun.unlock(withValue: true)
            // Time enough for the other thread to come too early, if it did not wait.
            for _ in 0..<1000 { sched_yield() }
            isRead.withLockedValue { $0 = true }
            slot.leave()
            // The next reading goes on while the other thread returns from its wait.
            slot.enter()
        }
        try await threads.runIfActive {
            hasBegun.lock(whenValue: true)
            hasBegun.unlock()
            readers.waitForReadings()
            #expect(isRead.withLockedValue { $0 })
        }
        try await reading
        try await threads.shutdownGracefully()
    }

    @Test("Hits that waited while everything was removed count for nothing")
    func removalOfEverything() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, policy: .adaptive)
        for number in 0..<3000 { cache.put(Key("key-\(number)"), "value") }
        for number in 2990..<3000 { #expect(cache.text(Key("key-\(number)")) == "value") }
        cache.removeAll()
        cache.put("key", "value")
        #expect(cache.text("key") == "value")
        #expect(cache.statistics.hits == 11)
        #expect(cache.checkInvariants() == [])
    }

    @Test("With one thread the order of eviction is that of the uses, however many hits wait")
    func order() throws {
        let charge = ByteCache.charge(keyLength: 2, weight: 1)
        let cache = try ByteCache.bytes(capacity: 90 * charge)
        for number in 10..<100 { cache.put(Key("\(number)"), "v") }
        var generator = SeededGenerator(seed: 5)
        var order = Array(10..<100)
        for count in [1, PendingUses.limit - 1, PendingUses.limit, PendingUses.limit + 1, 100] {
            for _ in 0..<count {
                let used = order.randomElement(using: &generator)!
                // A write that changes nothing of what the entry takes is a use like a hit.
                if Bool.random(using: &generator) {
                    cache.put(Key("\(used)"), "w")
                } else {
                    #expect(cache.text(Key("\(used)")) != nil)
                }
                order.removeAll { $0 == used }
                order.append(used)
            }
            cache.put(Key("\(count + 200)".suffix(2) + "x"), "v")
            let oldest = order.removeFirst()
            #expect(cache.entry(Key("\(oldest)")) == nil, "after \(count) uses")
            #expect(order.prefix(3).allSatisfy { cache.entry(Key("\($0)")) != nil }, "after \(count) uses")
        }
        #expect(cache.checkInvariants() == [])
    }

    @Test("A key that is read all the time stays, though most of its hits are no news to the order")
    func hottestKey() throws {
        let charge = ByteCache.charge(keyLength: 12, weight: 8)
        let entries = 2 * EntryTable.epochMinimum
        let cache = try ByteCache.bytes(capacity: entries * charge, stripes: 1, policy: .adaptive)
        cache.put("the-hot-key!", "12345678")
        for number in 0..<8 * entries {
            cache.put(Key("key-\(10_000_000 + number)"), "12345678")
            #expect(cache.text("the-hot-key!") != nil, "after \(number + 1) insertions")
            // As from a thread that writes nothing: the hit waits, unlike one before an insertion.
            if number % 2 == 0 { #expect(cache.text("the-hot-key!") != nil) }
        }
        #expect(cache.entry("key-10000000") == nil)
        #expect(cache.checkInvariants() == [])
    }

    @Test("Of a key's hits one is news in an epoch")
    func epochs() {
        let count = RecentUses.count(capacity: 10_000)
        #expect(count == 8)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RecentUses.size(count), alignment: 64)
        defer { memory.deallocate() }
        let uses = RecentUses(at: memory, mask: count - 1)
        uses.initialize()
        var epoch = UseEpoch.every.next
        let keys: [UInt64] = [0, 1, 7 << 32 | 1, 9 << 33 | 5]
        for _ in 0..<5 {
            for key in keys { #expect(uses.note(key, epoch)) }
            // The first and the second have one place, so that each makes the other news again.
            for key in keys.dropFirst(2) { #expect(!uses.note(key, epoch)) }
            #expect(uses.note(keys[0], epoch))
            #expect(uses.note(keys[1], epoch))
            epoch = epoch.next
        }
        for _ in 0..<3 { #expect(uses.note(keys[2], .every)) }
        #expect(UseEpoch(number: .max).next != .every)
    }

    @Test("There may be more threads than have a number")
    func manyThreads() async throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, policy: .adaptive)
        let count = ThreadNumber.limit + 20
        let threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
        let arrived = NIOLockedValueBox(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await threads.runIfActive {
                        let key = Key("key-\(number)")
                        cache.put(key, "value")
                        #expect(cache.text(key) == "value")
                        // Nobody gives a number back before everybody asked for one.
                        arrived.withLockedValue { $0 += 1 }
                        while arrived.withLockedValue({ $0 < count }) { sched_yield() }
                        #expect(cache.text(key) == "value")
                    }
                }
            }
            try await group.waitForAll()
        }
        try await threads.shutdownGracefully()
        #expect(cache.statistics.hits == 2 * count)
        #expect(cache.checkInvariants() == [])
    }

    @Test("What a reader holds in place stays as it was while others replace and remove it", arguments: [1, 4])
    func valuesInPlace(stripes: Int) async throws {
        let cache = try ByteCache.bytes(capacity: 60_000, stripes: stripes, policy: .adaptive)
        let threads = NIOThreadPool(numberOfThreads: 3)
        threads.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in UInt64(0)..<3 {
                group.addTask {
                    try await threads.runIfActive {
                        var generator = SeededGenerator(seed: thread)
                        for round in 0..<60_000 {
                            let number = Int.random(in: 0..<100, using: &generator)
                            let key = Key("key-\(number)")
                            switch UInt8.random(in: 0..<16, using: &generator) {
                            case 0..<4:
                                // Of several lengths, so that freed memory is used again for other values.
                                let bytes = [UInt8](repeating: UInt8(round & 0xFF), count: 50 + round % 700)
                                cache.insert(
                                    key, .value(bytes), version: .zero, deadline: .distantFuture)
                            case 4: cache.remove(key)
                            case 5 where round % 512 == 0: cache.removeAll()
                            default:
                                key.bytes.withUnsafeBytes { bytes in
                                    cache.withBytes(bytes) { lookup in
                                        guard case .hit(let value) = lookup else { return }
                                        #expect(value.count >= 50 && value.allSatisfy { $0 == value[0] })
                                    }
                                }
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await threads.shutdownGracefully()
        #expect(cache.checkInvariants() == [])
    }

    @Test("A key that stays is found whatever is put in and taken out around it", arguments: [1, 4])
    func keysThatStay(stripes: Int) async throws {
        let cache = try ByteCache.bytes(capacity: 16 << 20, stripes: stripes, policy: .adaptive)
        let staying = (0..<200).map { Key("staying-\($0)") }
        for key in staying { cache.put(key, "value") }
        let threads = NIOThreadPool(numberOfThreads: 3)
        threads.start()
        let isOver = NIOLockedValueBox(false)
        async let changing: Void = threads.runIfActive {
            defer { isOver.withLockedValue { $0 = true } }
            // More and more keys, so that chains are split again and again, and most of them removed.
            for number in 0..<40_000 {
                cache.put(Key("other-\(number)"), "value")
                if number % 4 != 0 { cache.remove(Key("other-\(number / 2)")) }
            }
        }
        let readings = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    try await threads.runIfActive {
                        var readings = 0
                        while !isOver.withLockedValue({ $0 }) {
                            for key in staying {
                                #expect(cache.text(key) == "value")
                                #expect(cache.text(Key("absent")) == nil)
                            }
                            readings += staying.count
                        }
                        return readings
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        try await changing
        try await threads.shutdownGracefully()
        #expect(cache.statistics.hits == readings && cache.statistics.misses == readings)
        #expect(cache.checkInvariants() == [])
    }

    @Test("A miss takes no lock either, and is counted")
    func misses() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, policy: .adaptive)
        cache.put("key", "value")
        for number in 0..<10 { #expect(cache.text(Key("absent-\(number)")) == nil) }
        #expect(cache.core.readers.misses == 10)
        #expect(cache.statistics.misses == 10)
    }

    @Test("What has left the cache is freed by the next round of maintenance")
    func freeing() throws {
        final class Value: Sendable {}
        let cache = MemoryCache<Value>(try MemoryConfiguration(capacityBytes: 1 << 20)) { _ in 0 }
        weak var value: Value?
        do {
            let made = Value()
            value = made
            cache.insert("key", .value(made), version: .zero, deadline: .distantFuture)
        }
        #expect(value != nil)
        cache.remove("key")
        _ = cache.expire(limit: 1)
        #expect(value == nil)
    }
}
