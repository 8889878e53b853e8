import LoadDriver
import NIOCore
import NIOPosix
import StrataCore
package import StrataMemory

/// How many operations a second level 1 alone performs: several threads ask for keys by a Zipf distribution, a share of
/// the accesses writes, and a read that misses puts.
package struct ThroughputMeasurement: Sendable {
    /// What came out.
    package struct Report: Codable, Hashable, Sendable {
        package var operationsPerSecond: Double
        /// The share of reads that hit, 0 to 1.
        package var hitRatio: Double
        package var threads: Int
        package var operations: Int
        package var use: MemoryUse
    }

    /// The values' length, in bytes.
    package static let valueBytes = 100
    /// What an entry is charged, in bytes.
    static let entryBytes = MemoryCache<[UInt8]>.charge(
        keyLength: FixedKeys.length, weight: valueBytes)

    package var threads: Int
    package var keys: Int
    /// How many entries fit.
    package var capacity: Int
    package var writePercent: Double
    package var duration: Duration
    package var use = MemoryUse.borrowed
    package var theta = 0.99
    package var policy = EvictionPolicyName.adaptive

    package init(threads: Int, keys: Int, capacity: Int, writePercent: Double, duration: Duration) {
        self.threads = threads
        self.keys = keys
        self.capacity = capacity
        self.writePercent = writePercent
        self.duration = duration
    }

    /// Measures, after a warm-up of a fifth of the time, at most a second.
    ///
    /// - Throws: `StrataError` when the engine doesn't take the capacity.
    package func report() async throws -> Report {
        switch use {
        case .borrowed: try await report(on: BorrowedBytes.self)
        case .bytes: try await report(on: CopiedBytes.self)
        case .typed: try await report(on: TypedValues.self)
        }
    }

    private func report<Level: MeasuredLevel>(on: Level.Type) async throws -> Report {
        let level = try makeLevel(Level.self)
        let barrier = StartBarrier(threads: threads)
        let pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        let counts = try await withThrowingTaskGroup(of: Count.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    try await pool.runIfActive {
                        let pattern = AccessPattern(
                            keys: keys, theta: theta, writePercent: writePercent, seed: UInt64(thread) + 1)
                        let keys = Level.makeKeys(count: keys)
                        barrier.arrive()
                        return run(pattern, keys, on: level)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await pool.shutdownGracefully()
        let reads = counts.reduce(0) { $0 + $1.reads }
        let hits = counts.reduce(0) { $0 + $1.hits }
        return Report(
            operationsPerSecond: counts.reduce(0) { $0 + Double($1.operations) / $1.seconds }.rounded(),
            hitRatio: reads > 0 ? Double(hits) / Double(reads) : 0, threads: threads,
            operations: counts.reduce(0) { $0 + $1.operations }, use: use)
    }

    private struct Count: Sendable {
        var operations = 0
        var reads = 0
        var hits = 0
        var seconds = 0.0
    }

    /// A level that holds the hottest keys already.
    private func makeLevel<Level: MeasuredLevel>(_: Level.Type) throws -> Level {
        let level = Level(
            try MemoryConfiguration(
                capacityBytes: capacity * ThroughputMeasurement.entryBytes, policy: policy,
                typicalEntryBytes: ThroughputMeasurement.entryBytes))
        for rank in (0..<min(keys, capacity)).reversed() {
            let number = AccessPattern.key(ofRank: rank, keys: keys)
            level.cache.insert(
                Key(FixedKeys.bytes(number)), .value(Level.makeValue(number)), version: .zero, deadline: .distantFuture)
        }
        return level
    }

    private func run<Level: MeasuredLevel>(_ pattern: AccessPattern, _ keys: Level.Keys, on level: Level) -> Count {
        let nanoseconds = UInt64(duration / .nanoseconds(1))
        let warmUp = min(nanoseconds / 5, 1_000_000_000)
        return pattern.accesses.withUnsafeBufferPointer { accesses in
            var position = 0
            var start = NIODeadline.now().uptimeNanoseconds
            var end = start + warmUp
            _ = runUntil(&end, accesses, &position, keys, on: level)
            start = end
            end = start + nanoseconds
            var count = runUntil(&end, accesses, &position, keys, on: level)
            count.seconds = Double(end - start) / 1e9
            return count
        }
    }

    /// Performs whole batches until the time is over, and sets it to when it really ended.
    private func runUntil<Level: MeasuredLevel>(
        _ end: inout UInt64, _ accesses: UnsafeBufferPointer<UInt32>, _ position: inout Int, _ keys: Level.Keys,
        on level: Level
    ) -> Count {
        var count = Count()
        while true {
            for access in accesses[position..<position + AccessPattern.batch] {
                let number = Int(access & ~AccessPattern.writeBit)
                if access < AccessPattern.writeBit {
                    count.reads += 1
                    if level.read(number, of: keys) {
                        count.hits += 1
                        continue
                    }
                }
                level.write(number, of: keys)
            }
            count.operations += AccessPattern.batch
            position = position + AccessPattern.batch == accesses.count ? 0 : position + AccessPattern.batch
            let now = NIODeadline.now().uptimeNanoseconds
            if now >= end {
                end = now
                return count
            }
        }
    }
}
