import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite struct ScanTests {
    @Test(arguments: [1, 7, 1000, 100_000])
    func everyLiveKeyIsFoundOnceAndInOrder(count: Int) throws {
        let clock = ManualClock()
        let cache = try ByteCache.bytes(capacity: 1 << 24, stripes: 2, clock: clock)
        let size = count == 1 ? 200 : 5000
        let keys = Set((0..<size).map { Key("key-\($0)") })
        for key in keys { cache.put(key, "v") }
        cache.insert("absent", .absent, version: .zero, deadline: .distantFuture)
        cache.put("expired", "v", deadline: clock.now.timestamp.advanced(by: .seconds(1)))
        clock.advance(by: .seconds(1))
        var found: [Key] = []
        var position: KeyPosition? = .start
        while let start = position {
            let page = cache.keys(from: start, count: count)
            #expect(page.keys.count >= min(count, size - found.count))
            found += page.keys
            position = page.next
        }
        #expect(found.count == size)
        #expect(Set(found) == keys)
        let positions = found.map { KeyPosition(of: $0) }
        #expect(positions == positions.sorted())
    }

    @Test func keysOfOnePositionAreNotParted() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 24)
        // One slot by the hash tag, and many keys in it.
        for number in 0..<2000 { cache.put(Key("{tag}\(number)"), "v") }
        var found = 0
        var position: KeyPosition? = .start
        while let start = position {
            let page = cache.keys(from: start, count: 10)
            if let last = page.keys.last, let next = page.next { #expect(KeyPosition(of: last) < next) }
            found += page.keys.count
            position = page.next
        }
        #expect(found == 2000)
    }

    @Test func anEmptyCacheHasNoPages() throws {
        let page = try ByteCache.bytes(capacity: 1 << 20).keys(from: .start, count: 10)
        #expect(page.keys == [])
        #expect(page.next == nil)
    }
}
