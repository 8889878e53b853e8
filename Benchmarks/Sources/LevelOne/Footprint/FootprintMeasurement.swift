import LoadDriver
import StrataCore
import StrataMemory

/// What an entry of level 1 costs in resident memory: 16-byte keys, 100-byte values, every value an array of its own; and
/// beside it, what the same entry costs redis-server.
package struct FootprintMeasurement: Sendable {
    /// What came out.
    package struct Report: Codable, Hashable, Sendable {
        /// How much the process's resident memory grew while the level was filled.
        package var residentBytes: Int
        package var bytesPerEntry: Double
        package var entries: Int
        /// What the level itself accounts for the entries.
        package var chargedBytes: Int
        /// What redis-server takes for the same, when it was asked for.
        package var redis: Footprint?
        /// Level 1's bytes for each byte of redis-server's.
        package var ratioToRedis: Double?
    }

    package var entries: Int
    /// The redis-server to measure beside level 1: a path, or a name to be found in `PATH`.
    package var redisServer: String?

    package init(entries: Int, redisServer: String? = nil) {
        self.entries = entries
        self.redisServer = redisServer
    }

    /// Fills a level with the entries and measures, then a redis-server.
    ///
    /// - Parameter observe: told what is being filled.
    /// - Throws: `StrataError` when the engine doesn't take the capacity, or didn't keep every entry; `LevelOneError` when
    ///   memory can't be measured, or redis-server not be started or filled.
    package func report(observe: (String) -> Void = { _ in }) async throws -> Report {
        observe("level 1")
        var report = try levelOne()
        if let redisServer {
            observe(redisServer)
            let redis = try await RedisFootprint(program: redisServer, entries: entries).footprint()
            report.redis = redis
            report.ratioToRedis =
                (Double(report.residentBytes) / Double(max(redis.residentBytes, 1)) * 1000).rounded() / 1000
        }
        return report
    }

    private func levelOne() throws -> Report {
        // A quarter more than needed: an engine of several stripes doesn't fill them evenly.
        let capacity = max(entries * ThroughputMeasurement.entryBytes / 4 * 5, 1 << 20)
        let before = try ResidentMemory.bytes()
        let level = CopiedBytes(try MemoryConfiguration(capacityBytes: capacity))
        for number in 0..<entries {
            level.cache.insert(
                Key(FixedKeys.bytes(number)), .value(CopiedBytes.makeValue(number)), version: .zero,
                deadline: .distantFuture)
        }
        let footprint = Footprint(residentBytes: try ResidentMemory.bytes() - before, entries: entries)
        let statistics = level.cache.statistics
        guard statistics.entries == entries else {
            throw StrataError(.invalidOperation, "the level kept \(statistics.entries) of \(entries) entries")
        }
        return Report(
            residentBytes: footprint.residentBytes, bytesPerEntry: footprint.bytesPerEntry, entries: entries,
            chargedBytes: statistics.bytes)
    }
}
