import StrataCore
import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite struct TagTests {
    @Test func taggedEntriesAreNotServedAfterTheirTagIsInvalidated() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20, stripes: 2)
        cache.put("both", "v", tags: ["red", "blue"])
        cache.put("red", "v", tags: ["red"])
        cache.put("blue", "v", tags: ["blue"])
        cache.put("none", "v")
        cache.invalidate("red" as Tag)
        #expect(cache.lookup("both") == .miss)
        #expect(cache.entry("red") == nil)
        #expect(cache.text("blue") == "v")
        #expect(cache.text("none") == "v")
        // What is filled in after the invalidation is served, also with the same tag and version.
        cache.put("red", "new", tags: ["red"])
        #expect(cache.text("red") == "new")
        cache.invalidate("unheard of" as Tag)
        #expect(cache.text("red") == "new")
        cache.invalidate("red" as Tag)
        #expect(cache.lookup("red") == .miss)
        #expect(cache.checkInvariants() == [])
    }

    @Test func invalidatedEntriesGiveTheirMemoryBack() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 22)
        for number in 0..<1000 { cache.put(Key("key-\(number)"), "v", tags: ["t", Tag("own-\(number)")]) }
        let filled = cache.statistics.bytes
        cache.invalidate("t" as Tag)
        #expect(cache.statistics.bytes == filled)
        #expect(cache.expire(limit: 600).removed == 600)
        #expect(cache.expire(limit: 600).removed == 400)
        #expect(cache.statistics.bytes == 0)
        #expect(cache.statistics.evictions.invalidated == 1000)
        #expect(cache.checkInvariants() == [])
    }

    @Test func bookkeepingIsBoundedByTheEntries() {
        var index = TagIndex()
        for round in 0..<10_000 {
            let first = index.attach([Tag("tag-\(round)"), "all", "all"], to: CellIndex(round % 7))
            #expect(index.tags(first).count == 3)
            if round % 2 == 0 { index.invalidate("all") }
            if round % 3 == 0 { index.invalidate(Tag("tag-\(round)")) }
            #expect(index.isInvalidated(first) == (round % 2 == 0 || round % 3 == 0))
            index.detach(first)
        }
        #expect(index.memberships.count == 0)
        #expect(index.groups.count == 0)
        #expect(index.groups.cellCount < 4)
        #expect(index.byTag.isEmpty)
        #expect(index.nextDoomed == -1)
        #expect(index.violations() == [])
    }
}
