import Foundation
import LoadDriver
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

    @Test func footprintCountsEveryEntry() async throws {
        let entries = 150_000
        let report = try await FootprintMeasurement(entries: entries).report()
        #expect(report.entries == entries && report.redis == nil && report.ratioToRedis == nil)
        #expect(report.chargedBytes >= entries * 116)
        // The payload alone is 116 bytes. Half of it, because other tests leave freed memory behind that is used again and
        // doesn't show; and they allocate meanwhile, so there is no tight upper bound to assert.
        #expect(report.residentBytes > entries * 116 / 2)
    }

    @Test func churnLooksAtTheProcessWhileKeysPassThrough() throws {
        let report = try ChurnMeasurement(keys: 120_000, capacityBytes: 4 << 20).report()
        #expect(report.keys == 120_000 && report.entries < 60_000)
        #expect(report.chargedBytes <= 4 << 20 && report.chargedBytes > 3 << 20)
        #expect(abs(report.ratioToCapacity - Double(report.residentBytes) / Double(4 << 20)) < 0.001)
    }

    @Test func pausesAreThoseOfTheReadsOfEveryRound() async throws {
        var rounds: [Int] = []
        let report = try await PauseMeasurement(capacity: 2000, rounds: 2).report { rounds.append($0) }
        #expect(rounds == [1, 2] && report.inserts == 40_000 && report.hitRatio < 1)
        for summary in [report.get, report.emptyLoop] {
            #expect(summary.operations > 0 && summary.p50Microseconds <= summary.p99Microseconds)
            #expect(summary.p99Microseconds <= summary.p9999Microseconds)
            #expect(summary.p9999Microseconds <= summary.maxMicroseconds * 1.01)
        }
        let difference = report.get.p9999Microseconds - report.emptyLoop.p9999Microseconds
        #expect(abs(report.p9999DifferenceMicroseconds - difference) < 0.001)
    }

    @Test func redisServerIsMeasuredBesideIt() async throws {
        var filled: [String] = []
        let report = try await FootprintMeasurement(entries: 50_000, redisServer: "redis-server").report {
            filled.append($0)
        }
        let redis = try #require(report.redis)
        // A key, a value, and what Redis needs to find them; its allocator rounds up.
        #expect(redis.bytesPerEntry > 116 && redis.bytesPerEntry < 400)
        #expect(report.ratioToRedis != nil && filled == ["level 1", "redis-server"])
    }

    @Test func aRedisServerThatIsNotThereIsNamed() async throws {
        let error = await #expect(throws: LevelOneError.self) {
            try await FootprintMeasurement(entries: 10, redisServer: "/nonexistent/redis").report()
        }
        #expect(error?.description.contains("'/nonexistent/redis' doesn't start") == true)
    }

    @Test func aPrivateRedisIsGoneWhenItHasEnded() async throws {
        let redis = try await PrivateRedis.start("redis-server")
        #expect(try ResidentMemory.bytes(of: redis.process) > 0)
        await redis.end()
        #expect(throws: LevelOneError.self) { try ResidentMemory.bytes(of: redis.process) }
        #expect(!FileManager.default.fileExists(atPath: redis.socket))
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
