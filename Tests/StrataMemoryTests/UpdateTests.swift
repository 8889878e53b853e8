import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite struct UpdateTests {
    private func counter(_ entry: MemoryEntry<[UInt8]>?) -> Int {
        Int(String(decoding: entry?.content.value ?? [], as: UTF8.self)) ?? 0
    }

    private func increment(_ cache: ByteCache, _ key: Key) throws -> Int {
        try cache.update(key) { entry throws(StrataError) in
            let sum = counter(entry) + 1
            let version = Version(rawValue: (entry?.version.rawValue ?? 0) + 1)
            return (
                .set(.value(Array(String(sum).utf8)), version: version, deadline: .distantFuture, tags: []), sum
            )
        }
    }

    @Test func updatesAreAtomic() async throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, stripes: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    for number in 0..<20_000 { _ = try increment(cache, number % 2 == 0 ? "even" : "odd") }
                }
            }
            try await group.waitForAll()
        }
        #expect(cache.text("even") == "20000")
        #expect(cache.text("odd") == "20000")
        #expect(cache.entry("odd")?.version == Version(rawValue: 20_000))
    }

    @Test func updatesKeepSetAndRemove() throws {
        let clock = ManualClock()
        let cache = try ByteCache.bytes(capacity: 1 << 20, clock: clock)
        #expect(try increment(cache, "k") == 1)
        let kept = try cache.update("k") { entry throws(StrataError) in (.keep, counter(entry)) }
        #expect(kept == 1)
        #expect(cache.text("k") == "1")
        try cache.update("k") { _ throws(StrataError) in
            (.set(.value([]), version: .zero, deadline: clock.now.timestamp.advanced(by: .seconds(1)), tags: ["t"]), ())
        }
        #expect(cache.lookup("k") == .hit([]))
        #expect(cache.entry("k")?.tags == ["t"])
        clock.advance(by: .seconds(2))
        #expect(try increment(cache, "k") == 1)
        try cache.update("k") { _ throws(StrataError) in (.remove, ()) }
        #expect(cache.lookup("k") == .miss)
        try cache.update("k") { _ throws(StrataError) in (.remove, ()) }
        _ = try increment(cache, "k")
        try cache.update("k") { _ throws(StrataError) in
            (.set(.value([1]), version: Version(rawValue: 9), deadline: .distantPast, tags: []), ())
        }
        #expect(cache.lookup("k") == .miss)
        #expect(cache.statistics.entries == 0)
        #expect(cache.checkInvariants() == [])
    }

    @Test func failedUpdatesChangeNothing() throws {
        let cache = try ByteCache.bytes(capacity: 4096, share: 0.25)
        cache.put("k", "old")
        let refused = #expect(throws: StrataError.self) {
            try cache.update("k") { _ throws(StrataError) -> (MemoryUpdate<[UInt8]>, Void) in
                throw StrataError(.invalidOperation, "no integer")
            }
        }
        #expect(refused?.code == .invalidOperation)
        let tooLarge = #expect(throws: StrataError.self) {
            try cache.update("k") { _ throws(StrataError) in
                let value = MemoryContent.value([UInt8](repeating: 0, count: 1024))
                return (.set(value, version: Version(rawValue: 2), deadline: .distantFuture, tags: []), ())
            }
        }
        #expect(tooLarge?.code == .invalidArgument)
        #expect(cache.text("k") == "old")
        #expect(cache.checkInvariants() == [])
    }
}
