import Foundation
import StrataCore
import Testing

@testable import StrataMemory

/// A race on purpose, for which the thread sanitizer must stop the process: a sanitizer that finds nothing here finds
/// nothing anywhere. `.ci/run` asks for it and fails when nothing is found; nobody else runs it.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STRATA_PLANTED_RACE"] == "1"))
struct PlantedRaceTests {
    @Test func aStripeIsReadWithoutItsLock() throws {
        let cache = try ByteCache.bytes(capacity: 1 << 20)
        let core = cache.core
        DispatchQueue.concurrentPerform(iterations: 2) { thread in
            for number in 0..<10_000 {
                if thread == 0 {
                    cache.put(Key("key-\(number)"), "v")
                } else if core.stripes[0].table.pointee.charged < 0 {
                    Issue.record("a negative charge")
                }
            }
        }
    }
}
