import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite struct ExpiryTests {
    private let clock = ManualClock()

    private func deadline(_ duration: Duration) -> Timestamp { clock.now.timestamp.advanced(by: duration) }

    @Test func entriesAreServedUntilTheirDeadlineAndNotAt() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, clock: clock)
        cache.put("k", "v", deadline: deadline(.seconds(10)))
        clock.advance(by: .seconds(10) - .nanoseconds(1))
        #expect(cache.text("k") == "v")
        clock.advance(by: .nanoseconds(1))
        #expect(cache.entry("k") == nil)
        #expect(cache.lookup("k") == .miss)
        #expect(cache.statistics.evictions.expired == 1)
        #expect(cache.statistics.entries == 0)
    }

    @Test func dueEntriesAreRemovedWithoutBeingAskedFor() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 24, stripes: 2, clock: clock)
        for number in 0..<10_000 {
            cache.put(Key("key-\(number)"), "v", deadline: deadline(.milliseconds(number)))
            cache.put(Key("ever-\(number)"), "v")
        }
        #expect(cache.statistics.rejected == 1)
        for second in 1...10 {
            clock.advance(by: .seconds(1))
            var removed = 0
            while case let count = cache.expire(limit: 100).removed, count > 0 { removed += count }
            let left = cache.statistics.entries - 10_000
            #expect(left >= 10_000 - second * 1000 - 1 && left <= 10_000 - second * 1000 + 20, "\(left) left")
        }
        clock.advance(by: .seconds(1))
        _ = cache.expire(limit: 10_000)
        #expect(cache.count == 10_000)
        #expect(cache.statistics.evictions.expired == 9_999)
        #expect(cache.checkInvariants() == [])
    }

    /// Timers that come down from a higher level of the wheel together are more than one call may sort.
    @Test func whatIsDueTogetherIsRemovedByCallsUntilOneIsComplete() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 24, clock: clock)
        for number in 0..<20_000 { cache.put(Key("\(number)"), "v", deadline: deadline(.seconds(60))) }
        clock.advance(by: .seconds(61))
        var calls = 0
        var isComplete = false
        while !isComplete, calls < 1000 {
            isComplete = cache.expire(limit: 1024).isComplete
            calls += 1
        }
        #expect(isComplete)
        #expect(cache.statistics.entries == 0)
        #expect(cache.statistics.evictions.expired == 20_000)
        #expect(calls > 1)
    }

    @Test func expireHoldsItsLimit() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, clock: clock)
        for number in 0..<100 { cache.put(Key("key-\(number)"), "v", deadline: deadline(.milliseconds(1))) }
        clock.advance(by: .seconds(1))
        #expect(cache.expire(limit: 0).removed == 0)
        #expect(cache.expire(limit: 30).removed == 30)
        #expect(cache.expire(limit: 1000).removed == 70)
        #expect(cache.expire(limit: 1000).removed == 0)
    }

    @Test func expiredEntriesMakeRoomBeforeOthersDo() throws {
        let value = String(repeating: "v", count: 50)
        let charge = ByteCache.charge(keyLength: 1, weight: 50, expires: true)
        let cache = try ByteCache.bytes(capacity: 10 * charge, clock: clock)
        for number in 0..<5 { cache.put(Key([UInt8(number)]), value) }
        for number in 5..<10 { cache.put(Key([UInt8(number)]), value, deadline: deadline(.seconds(1))) }
        clock.advance(by: .seconds(2))
        for number in 10..<15 { cache.put(Key([UInt8(number)]), value) }
        #expect(cache.statistics.evictions.expired == 5)
        #expect(cache.statistics.evictions.capacity == 0)
        #expect(cache.text(Key([0])) == value)
    }

    @Test func aNewDeadlineReplacesTheOldOne() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, clock: clock)
        cache.put("later", "v", deadline: deadline(.seconds(1)))
        cache.put("later", "v", deadline: deadline(.seconds(100)))
        cache.put("never", "v", deadline: deadline(.seconds(1)))
        cache.put("never", "v")
        clock.advance(by: .seconds(50))
        #expect(cache.expire(limit: 10).removed == 0)
        #expect(cache.text("later") == "v")
        #expect(cache.text("never") == "v")
    }

    @Test func deadlinesOutOfRangeAreHandled() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, clock: clock)
        #expect(cache.put("past", "v", deadline: .distantPast) == .expired)
        #expect(cache.put("negative", "v", deadline: deadline(.seconds(Int64.min))) == .expired)
        #expect(cache.put("overflow", "v", deadline: deadline(.seconds(Int64.max))) == .inserted)
        #expect(cache.put("last", "v", deadline: Timestamp(nanoseconds: .max - 1)) == .inserted)
        clock.advance(by: .seconds(1_000_000_000))
        #expect(cache.text("overflow") == "v")
        #expect(cache.text("last") == "v")
        #expect(cache.checkInvariants() == [])
    }

    @Test func gateClosesADomainByItself() throws {
        let gate = FreshnessGate(domains: 2)
        let cache = try ByteCache.bytes(capacity: 1 << 20, clock: clock, gate: gate)
        cache.put("a", "v", domain: 0)
        cache.put("b", "v", domain: 1)
        cache.put("c", "v", domain: 2)
        #expect(cache.lookup("a") == .miss)
        gate.trust(0, until: deadline(.seconds(2)))
        gate.trust(1, until: .distantFuture)
        #expect(cache.text("a") == "v")
        #expect(cache.text("b") == "v")
        #expect(cache.lookup("c") == .miss)
        clock.advance(by: .seconds(2))
        #expect(cache.lookup("a") == .miss)
        #expect(cache.entry("a") == nil)
        #expect(cache.text("b") == "v")
        // A later heartbeat opens it again, and what is held is served again.
        gate.trust(0, until: deadline(.seconds(2)))
        #expect(cache.text("a") == "v")
        gate.close()
        #expect(cache.lookup("b") == .miss)
        #expect(cache.count == 3)
        #expect(FreshnessGate.open.isTrusted(77, at: .distantFuture))
    }
}
