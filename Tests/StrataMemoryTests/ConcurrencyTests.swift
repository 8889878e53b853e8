import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite struct ConcurrencyTests {
    /// Two writers and readers on one cache that is too small for them: a reader sees a value that was written for its key,
    /// with a version that never goes back while the key is held.
    @Test(arguments: [1, 4])
    func readersSeeWhatWasWritten(stripes: Int) async throws {
        let clock = ManualClock()
        let cache = try ByteCache.bytes(capacity: 100_000, stripes: stripes, clock: clock)
        await withTaskGroup(of: Void.self) { group in
            for task in UInt64(0)..<2 {
                group.addTask {
                    var generator = SeededGenerator(seed: task)
                    for round in 0..<40_000 {
                        let number = Int.random(in: 0..<1000, using: &generator)
                        let key = Key("key-\(number)")
                        switch UInt8.random(in: 0..<20, using: &generator) {
                        case 0..<10:
                            if let text = cache.text(key) { #expect(text.hasPrefix("\(number):")) }
                        case 10..<16:
                            let version = UInt64(round) << 1 | task
                            cache.put(
                                key, "\(number):\(version)", version: version,
                                deadline: clock.now.timestamp.advanced(by: .milliseconds(50)),
                                tags: number % 3 == 0 ? ["t"] : [])
                        case 16: cache.remove(key)
                        case 17: cache.invalidate("t" as Tag)
                        case 18: _ = cache.expire(limit: 10)
                        default:
                            clock.advance(by: .milliseconds(1))
                            if round % 1000 == 0 { cache.removeAll() }
                        }
                    }
                }
            }
        }
        #expect(cache.checkInvariants() == [])
        #expect(cache.statistics.bytes <= 100_000)
        #expect(cache.statistics.hits > 0)
    }
}
