import Histogram
package import LoadDriver
import NIOCore
import NIOPosix
import StrataCore
package import StrataMemory
import Synchronization

/// How long a read waits while another thread fills the level tenfold beyond its capacity, so that it grows, and evicts
/// all the time; and beside it an empty loop with the same clock reads, which shows what the machine itself does.
///
/// Both are measured in turn, with two threads busy each time: while the empty loop runs, the other thread makes the keys
/// and values of the writer and drops them.
package struct PauseMeasurement: Sendable {
    /// What came out.
    package struct Report: Encodable, Hashable, Sendable {
        /// Reads of the level.
        package var get: LatencySummary
        /// Rounds of the empty loop.
        package var emptyLoop: LatencySummary
        /// How far the level's 99.99th percentile is above that of the empty loop.
        package var p9999DifferenceMicroseconds: Double
        /// The share of reads that hit, 0 to 1.
        package var hitRatio: Double
        package var capacity: Int
        /// How many entries the writer put in, over all rounds.
        package var inserts: Int
    }

    /// How many times its capacity is put into the level.
    package static let fillFactor = 10

    /// How many entries fit.
    package var capacity: Int
    /// How often to fill a level anew.
    package var rounds: Int
    package var policy = EvictionPolicyName.adaptive

    package init(capacity: Int, rounds: Int) {
        self.capacity = capacity
        self.rounds = rounds
    }

    private var keys: Int { capacity * PauseMeasurement.fillFactor }

    /// Measures.
    ///
    /// - Parameter observe: told which round begins.
    /// - Throws: `StrataError` when the engine doesn't take the capacity.
    package func report(observe: (Int) -> Void = { _ in }) async throws -> Report {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        let names = FixedKeys(count: keys)
        let pattern = AccessPattern(keys: keys, theta: 0.99, writePercent: 0, seed: 1)
        var (gets, empty) = (Samples(), Samples())
        for round in 1...rounds {
            observe(round)
            let level = BorrowedBytes(
                try MemoryConfiguration(capacityBytes: capacity * ThroughputMeasurement.entryBytes, policy: policy))
            let fill = try await sample(on: pool, names, pattern) {
                level.read($0, of: names)
            } write: {
                for number in 0..<keys { level.write(number, of: names) }
            }
            gets.merge(fill.samples)
            let end = NIODeadline.now() + fill.elapsed
            let idle = try await sample(on: pool, names, pattern) { _ in
                false
            } write: {
                var number = 0
                while NIODeadline.now() < end {
                    for _ in 0..<AccessPattern.batch { PauseMeasurement.make(number, of: names) }
                    number = (number + 1) % keys
                }
            }
            empty.merge(idle.samples)
        }
        try await pool.shutdownGracefully()
        let (get, loop) = (LatencySummary(gets.nanoseconds), LatencySummary(empty.nanoseconds))
        return Report(
            get: get, emptyLoop: loop,
            p9999DifferenceMicroseconds: ((get.p9999Microseconds - loop.p9999Microseconds) * 1000).rounded() / 1000,
            hitRatio: get.operations > 0 ? Double(gets.hits) / Double(get.operations) : 0, capacity: capacity,
            inserts: rounds * keys)
    }

    /// What the reading thread saw.
    private struct Samples: Sendable {
        var nanoseconds = Histogram<UInt64>()
        var hits = 0

        mutating func merge(_ other: Samples) {
            nanoseconds.add(other.nanoseconds)
            hits += other.hits
        }
    }

    /// Makes what a write needs, and drops it.
    @inline(never)
    private static func make(_ number: Int, of names: FixedKeys) {
        withExtendedLifetime((Key(Array(names[number])), BorrowedBytes.makeValue(number))) {}
    }

    /// Times each call of one closure on one thread for as long as the other runs on another.
    @inline(__always)
    private func sample(
        on pool: NIOThreadPool, _ names: FixedKeys, _ pattern: AccessPattern,
        read: @escaping @Sendable (Int) -> Bool, write: @escaping @Sendable () -> Void
    ) async throws -> (samples: Samples, elapsed: TimeAmount) {
        let barrier = StartBarrier(threads: 2)
        let isOver = Flag()
        async let samples = pool.runIfActive {
            barrier.arrive()
            return PauseMeasurement.run(pattern, until: isOver, read)
        }
        let elapsed = try await pool.runIfActive {
            barrier.arrive()
            let start = NIODeadline.now()
            write()
            isOver.raise()
            return NIODeadline.now() - start
        }
        return (try await samples, elapsed)
    }

    private static func run(_ pattern: AccessPattern, until isOver: Flag, _ read: (Int) -> Bool) -> Samples {
        var samples = Samples()
        while true {
            for access in pattern.accesses {
                let start = NIODeadline.now().uptimeNanoseconds
                let isHit = read(Int(access))
                let end = NIODeadline.now().uptimeNanoseconds
                samples.nanoseconds.record(end - start)
                if isHit { samples.hits += 1 }
                if isOver.isRaised { return samples }
            }
        }
    }

    /// Tells the reading thread that the writing one is done.
    private final class Flag: Sendable {
        private let value = Atomic(false)

        var isRaised: Bool { value.load(ordering: .relaxed) }

        func raise() { value.store(true, ordering: .relaxed) }
    }
}
