import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite struct MemoryCacheTests {
    @Test func valueAbsenceAndIgnoranceAreThreeThings() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20)
        cache.put("empty", "")
        cache.insert("gone", .absent, version: Version(rawValue: 3), deadline: .distantFuture)
        #expect(cache.lookup("empty") == .hit([]))
        #expect(cache.lookup("gone") == .absent)
        #expect(cache.lookup("unknown") == .miss)
        #expect(cache.count == 1)
        #expect(cache.statistics.entries == 2)
        #expect(cache.statistics.hits == 2)
        #expect(cache.statistics.misses == 1)
    }

    @Test(arguments: [0, 1, 7, 8, 15, 16, 17, 100, 2048])
    func keysOfEveryLengthAreKeptApart(length: Int) throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20)
        let key = Key([UInt8](repeating: 0, count: length))
        let longer = Key([UInt8](repeating: 0, count: length + 1))
        cache.put(key, "a")
        cache.put(longer, "b")
        #expect(cache.text(key) == "a")
        #expect(cache.text(longer) == "b")
        #expect(cache.remove(key))
        #expect(cache.lookup(key) == .miss)
        #expect(cache.text(longer) == "b")
        #expect(cache.checkInvariants() == [])
    }

    @Test func entryTellsAllThatIsKnown() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20)
        let deadline = Timestamp(nanoseconds: 9_000_000_000_000)
        cache.put("k", "v", version: 7, deadline: deadline, tags: ["b", "a"])
        let expected = MemoryEntry<[UInt8]>(
            content: .value(Array("v".utf8)), version: Version(rawValue: 7), deadline: deadline, tags: ["b", "a"])
        #expect(cache.entry("k") == expected)
        #expect(cache.entry("other") == nil)
        #expect(cache.statistics.hits == 0)
        #expect(cache.statistics.misses == 0)
    }

    @Test func olderVersionsNeverReplaceNewerOnes() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20)
        #expect(cache.put("k", "five", version: 5) == .inserted)
        #expect(cache.put("k", "four", version: 4) == .older)
        #expect(cache.text("k") == "five")
        #expect(cache.put("k", "five again", version: 5) == .inserted)
        #expect(cache.text("k") == "five again")
        #expect(!cache.invalidate("k", below: Version(rawValue: 5)))
        #expect(cache.invalidate("k", below: Version(rawValue: 6)))
        #expect(cache.lookup("k") == .miss)
        #expect(cache.statistics.evictions.invalidated == 1)
        #expect(cache.statistics.evictions.replaced == 1)
        #expect(cache.statistics.rejected == 1)
    }

    @Test func aTombstoneStopsAnOlderValue() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20)
        cache.insert("k", .absent, version: Version(rawValue: 9), deadline: .distantFuture)
        #expect(cache.put("k", "late fill", version: 8) == .older)
        #expect(cache.lookup("k") == .absent)
    }

    @Test func aNewerVersionThatCanNotBeHeldStillEndsTheOlderOne() throws {
        let clock = ManualClock()
        let cache = try ByteCache.bytes(capacity: 4096, share: 0.25, clock: clock)
        cache.put("large", "old", version: 1)
        cache.put("expired", "old", version: 1)
        #expect(cache.put("large", String(repeating: "x", count: 2000), version: 2) == .tooLarge)
        #expect(cache.put("expired", "new", version: 2, deadline: clock.now.timestamp) == .expired)
        #expect(cache.lookup("large") == .miss)
        #expect(cache.lookup("expired") == .miss)
        #expect(cache.put("large", String(repeating: "x", count: 2000), version: 3) == .tooLarge)
        #expect(cache.statistics.rejected == 3)
        #expect(cache.statistics.bytes == 0)
        #expect(cache.checkInvariants() == [])
    }

    @Test func weightsOutOfRangeAreHandled() throws {
        let configuration = try MemoryConfiguration(capacityBytes: 1 << 20, policy: .lru)
        let cache = MemoryCache<Int>(configuration) { $0 }
        let version = Version(rawValue: 1)
        #expect(cache.insert("a", .value(.max), version: version, deadline: .distantFuture) == .tooLarge)
        #expect(cache.insert("b", .value(.min), version: version, deadline: .distantFuture) == .inserted)
        #expect(cache.statistics.bytes == MemoryCache<Int>.charge(keyLength: 1, weight: 0))
    }

    @Test func removeAllLeavesAnEmptyCacheThatWorks() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, stripes: 4)
        for number in 0..<1000 { cache.put(Key("key-\(number)"), "v", tags: ["t"]) }
        cache.removeAll()
        #expect(cache.count == 0)
        #expect(cache.statistics.bytes == 0)
        #expect(cache.statistics.evictions.invalidated == 1000)
        #expect(cache.lookup("key-1") == .miss)
        cache.put("key-1", "again")
        #expect(cache.text("key-1") == "again")
        #expect(cache.checkInvariants() == [])
    }

    @Test func bytesAreBorrowedWithoutACopy() throws {
        let clock = ManualClock()
        let cache = try ByteCache.bytes(capacity: 1 << 20, clock: clock)
        cache.put("k", "value", deadline: clock.now.timestamp.advanced(by: .seconds(1)))
        cache.insert("gone", .absent, version: .zero, deadline: .distantFuture)
        func read(_ key: Key) -> String {
            key.bytes.withUnsafeBytes { bytes in
                cache.withBytes(bytes) { found in
                    switch found {
                    case .hit(let value): String(decoding: value, as: UTF8.self)
                    case .absent: "absent"
                    case .miss: "miss"
                    }
                }
            }
        }
        #expect(read("k") == "value")
        #expect(read("gone") == "absent")
        #expect(read("other") == "miss")
        clock.advance(by: .seconds(1))
        #expect(read("k") == "miss")
        #expect(cache.statistics.hits == 2)
        #expect(cache.statistics.misses == 2)
        #expect(cache.statistics.evictions.expired == 1)
    }

    @Test("Bytes from elsewhere are copied in as those of an array are", arguments: [0, 1, 16, 20, 100])
    func bytesAreCopiedFromWhereTheyLie(count: Int) throws {
        let cache = try ByteCache.bytes(capacity: 1 << 16, share: 0.125)
        let tag = Tag("t")
        func put(_ key: String, _ bytes: [UInt8], version: UInt64, tags: [Tag] = []) -> InsertOutcome {
            Array(key.utf8).withUnsafeBytes { key in
                bytes.withUnsafeBytes { bytes in
                    cache.insert(
                        key, copying: bytes, version: Version(rawValue: version), deadline: .distantFuture,
                        staleFor: .zero, tags: tags)
                }
            }
        }
        var bytes = (0..<count).map { UInt8($0) }
        let key = String(repeating: "k", count: max(1, count))
        #expect(put(key, bytes, version: 2, tags: [tag]) == .inserted)
        let stored = bytes
        for index in bytes.indices { bytes[index] = 255 }
        #expect(cache.lookup(Key(key)).value == stored)
        let entry = try #require(cache.entry(Key(key)))
        #expect(entry.version == Version(rawValue: 2))
        #expect(entry.tags == [tag])
        #expect(entry.deadline == .distantFuture)
        #expect(put(key, bytes, version: 1) == .older)
        #expect(put(key, [UInt8](repeating: 0, count: 1 << 13), version: 1) == .older)
        #expect(cache.lookup(Key(key)).value == stored)
        #expect(put(key, [UInt8](repeating: 0, count: 1 << 13), version: 3) == .tooLarge)
        #expect(cache.lookup(Key(key)).value == nil)
        #expect(put(String(repeating: "k", count: 4096), [], version: 1) == .tooLarge)
        #expect(cache.checkInvariants() == [])
        #expect(cache.statistics.bytes == 0)
    }

    /// Kept as they are, whatever their size and alignment.
    @Test func valuesOfEveryShapeComeBack() throws {
        func roundTrip<Value: Sendable & Equatable>(_ values: [Value]) throws {
            let cache = MemoryCache<Value>(try MemoryConfiguration(capacityBytes: 1 << 20)) { _ in 0 }
            for (number, value) in values.enumerated() {
                let tags: [Tag] = number % 2 == 0 ? [] : ["odd"]
                cache.insert(
                    Key("key-\(number)"), .value(value), version: .zero, deadline: .distantFuture, tags: tags)
            }
            for (number, value) in values.enumerated() { #expect(cache.lookup(Key("key-\(number)")) == .hit(value)) }
            cache.invalidate("odd")
            #expect(cache.lookup("key-1") == .miss)
            #expect(cache.checkInvariants() == [])
        }
        try roundTrip([true, false])
        try roundTrip(["", String(repeating: "long", count: 100)])
        try roundTrip([SIMD4<Double>(1, 2, 3, 4), SIMD4<Double>(repeating: 5)])
        try roundTrip([[UInt8](), [UInt8](repeating: 7, count: 5000)])
        try roundTrip([Optional<Int>.none, 7])
    }

    @Test func aKeyIsAtMostSoLong() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20)
        #expect(cache.put(Key([UInt8](repeating: 1, count: 4095)), "v") == .inserted)
        #expect(cache.put(Key([UInt8](repeating: 1, count: 4096)), "v") == .tooLarge)
        #expect(cache.text(Key([UInt8](repeating: 1, count: 4095))) == "v")
        #expect(cache.lookup(Key([UInt8](repeating: 1, count: 4096))) == .miss)
        #expect(cache.checkInvariants() == [])
    }

    @Test func valuesAreFreedOutsideOfTheLock() throws {
        // A value whose end calls the cache would hang for ever if it were freed under the lock.
        final class Callback: Sendable {
            let atEnd: @Sendable () -> Void
            init(_ atEnd: @escaping @Sendable () -> Void) { self.atEnd = atEnd }
            deinit { atEnd() }
        }
        let configuration = try MemoryConfiguration(capacityBytes: 2048, policy: .lru, largestEntryShare: 1)
        let cache = MemoryCache<Callback>(configuration) { _ in 0 }
        func put(_ key: Key, deadline: Timestamp = .distantFuture) {
            cache.insert(
                key, .value(Callback { [weak cache] in _ = cache?.count }), version: .zero, deadline: deadline)
        }
        for number in 0..<100 { put(Key("key-\(number)")) }
        put("key-99")
        cache.remove("key-99")
        cache.removeAll()
        #expect(cache.count == 0)
    }
}
