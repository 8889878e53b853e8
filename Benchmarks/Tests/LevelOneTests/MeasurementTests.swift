import Testing

@testable import LevelOne

@Suite struct MeasurementTests {
    @Test(arguments: [1, 3], MemoryUse.allCases)
    func everyKeyFitsSoEveryReadHits(threads: Int, use: MemoryUse) async throws {
        var measurement = ThroughputMeasurement(
            threads: threads, keys: 500, capacity: 1000, writePercent: 10, duration: .milliseconds(50))
        measurement.use = use
        let report = try await measurement.report()
        #expect(report.use == use)
        #expect(report.operationsPerSecond > 0 && report.operations >= threads * AccessPattern.batch)
        #expect(report.hitRatio == 1)
    }

    @Test(arguments: MemoryUse.allCases) func fewEntriesHitLessOften(use: MemoryUse) async throws {
        var measurement = ThroughputMeasurement(
            threads: 1, keys: 10_000, capacity: 100, writePercent: 0, duration: .milliseconds(50))
        measurement.use = use
        let report = try await measurement.report()
        #expect(report.hitRatio > 0.1 && report.hitRatio < 0.7)
    }

    @Test func patternWritesAsOftenAsAsked() {
        let pattern = AccessPattern(keys: 1000, theta: 0.99, writePercent: 25, seed: 1)
        let writes = pattern.accesses.count { $0 >= AccessPattern.writeBit }
        #expect(abs(Double(writes) / Double(pattern.accesses.count) - 0.25) < 0.005)
        #expect(pattern.accesses.count.isMultiple(of: AccessPattern.batch))
        #expect(pattern.accesses.allSatisfy { $0 & ~AccessPattern.writeBit < 1000 })
    }

    @Test(arguments: [1, 2, 1000, 4096]) func everyRankHasAKeyOfItsOwn(keys: Int) {
        #expect(Set((0..<keys).map { AccessPattern.key(ofRank: $0, keys: keys) }).count == keys)
    }

    @Test func footprintCountsEveryEntry() throws {
        let report = try FootprintMeasurement(entries: 50_000).report()
        #expect(report.entries == 50_000)
        // The payload alone is 116 bytes; other tests allocate meanwhile, so there is no tight upper bound to assert.
        #expect(report.chargedBytes >= 50_000 * 116)
        #expect(report.residentBytes > 50_000 * 100)
    }

    @Test func keysHaveSixteenBytes() {
        #expect(String(decoding: FixedKeys.bytes(1234), as: UTF8.self) == "key:000000001234")
        let keys = FixedKeys(count: 3)
        #expect((0..<3).allSatisfy { Array(keys[$0]) == FixedKeys.bytes($0) })
    }

    @Test func aTypedValueHasAsManyBytesAsARawOne() {
        #expect(MemoryLayout<TypedValues.Value>.size == ThroughputMeasurement.valueBytes)
    }
}
