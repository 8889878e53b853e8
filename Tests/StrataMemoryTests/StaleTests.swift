import StrataCore
import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite("Stale entries")
struct StaleTests {
    private let clock = ManualClock()

    private func cache() throws -> MemoryCache<[UInt8]> {
        try MemoryCache(MemoryConfiguration(capacityBytes: 1 << 20), time: clock.timeSource)
    }

    private func now(_ offset: Duration) -> Timestamp { clock.timeSource.now.advanced(by: offset) }

    @Test(
        "Beyond its deadline an entry is a miss for readers, and there for who asks for its metadata until its period is over"
    )
    func period() throws {
        let cache = try cache()
        cache.insert("k", .value([1]), version: .zero, deadline: now(.seconds(10)), staleFor: .seconds(60), tags: ["t"])
        #expect(cache.lookup("k") == .hit([1]))
        clock.advance(by: .seconds(10))
        #expect(cache.lookup("k") == .miss)
        let entry = try #require(cache.entry("k"))
        #expect(entry.content == .value([1]) && entry.tags == ["t"])
        #expect(entry.deadline <= clock.timeSource.now && entry.staleUntil > clock.timeSource.now)
        #expect(cache.expire(limit: 10).removed == 0)
        #expect(cache.checkInvariants() == [])
        clock.advance(by: .seconds(60))
        #expect(cache.entry("k") == nil)
        clock.advance(by: .milliseconds(20))
        #expect(cache.expire(limit: 10).removed == 1)
        #expect(cache.checkInvariants() == [])
    }

    @Test("What was invalidated is no stale entry, whatever told of it")
    func invalidation() throws {
        let cache = try cache()
        for key in ["version", "tag", "removed"] as [Key] {
            cache.insert(
                key, .value([1]), version: Version(rawValue: 5), deadline: now(.seconds(1)), staleFor: .seconds(60),
                tags: [StrataCore.Tag("t-\(key)")])
        }
        clock.advance(by: .seconds(2))
        #expect(cache.entry("version") != nil && cache.entry("tag") != nil && cache.entry("removed") != nil)
        cache.invalidate("version", below: Version(rawValue: 6))
        cache.invalidate(StrataCore.Tag("t-tag"))
        cache.remove("removed")
        #expect(cache.entry("version") == nil && cache.entry("tag") == nil && cache.entry("removed") == nil)
    }

    @Test("A newer version takes a stale entry's place, an older one does not")
    func versions() throws {
        let cache = try cache()
        func insert(_ version: UInt64, _ byte: UInt8) -> InsertOutcome {
            cache.insert(
                "k", .value([byte]), version: Version(rawValue: version), deadline: now(.seconds(1)),
                staleFor: .seconds(60))
        }
        #expect(insert(5, 5) == .inserted)
        clock.advance(by: .seconds(2))
        #expect(insert(4, 4) == .older)
        #expect(cache.entry("k")?.content == .value([5]))
        #expect(insert(6, 6) == .inserted)
        #expect(cache.lookup("k") == .hit([6]))
    }

    @Test(
        "The deadline survives in the place of a plain one, and the period to eleven binary digits",
        arguments: [0, 1, 999, 2047, 2048, 60_000, 3_600_001, 86_400_000, 31_536_000_000] as [Int64])
    func encoding(milliseconds: Int64) {
        for nanoseconds in [1_000_000_007, 86_400_000_000_123, 1 << 55] as [UInt64] {
            let deadline = Timestamp(nanoseconds: nanoseconds)
            let stored = StoredDeadline(deadline, staleFor: .milliseconds(milliseconds))
            #expect(stored.freshUntil <= nanoseconds && nanoseconds - stored.freshUntil < 65_536)
            let period = stored.removal - stored.freshUntil
            #expect(period <= UInt64(milliseconds) * 1_000_000)
            #expect(Double(period) >= Double(milliseconds) * 1_000_000 * (1 - 1.0 / 1024))
        }
        let never = StoredDeadline(.distantFuture, staleFor: .milliseconds(milliseconds))
        #expect(never.isNever && never.freshUntil == .max && never.removal == .max)
    }

    @Test("A stale period takes no memory")
    func charge() throws {
        let (plain, stale) = (try cache(), try cache())
        plain.insert("k", .value([1]), version: .zero, deadline: now(.seconds(10)))
        stale.insert("k", .value([1]), version: .zero, deadline: now(.seconds(10)), staleFor: .seconds(60))
        #expect(plain.statistics.bytes == stale.statistics.bytes)
    }
}
