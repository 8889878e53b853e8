import Histogram
import LoadDriver
import NIOCore
import Synchronization

/// How fast one level below memory is by itself: tasks that each do one operation after the other on random keys.
package struct TierMeasurement: Sendable {
    /// What came out.
    package struct Report: Codable, Hashable, Sendable {
        package var operationsPerSecond: Double
        /// Of this process, user and kernel mode together.
        package var cpuMicrosecondsPerOperation: Double
        package var p50Microseconds: Double
        package var p99Microseconds: Double
        package var operations: Int
    }

    /// `redis://…` or `postgresql://…`.
    package var url: String
    package var tasks: Int
    package var connections: Int
    package var keys: Int
    package var duration: Duration
    package var placement: TaskPlacement
    package var operation = TierOperation.read

    package init(
        url: String, tasks: Int, connections: Int, keys: Int, duration: Duration, placement: TaskPlacement
    ) {
        self.url = url
        self.tasks = tasks
        self.connections = connections
        self.keys = keys
        self.duration = duration
        self.placement = placement
    }

    /// Whether the URL leads to Redis rather than Postgres; nil for any other.
    package var isRedis: Bool? {
        switch url.prefix(while: { $0 != ":" }) {
        case "redis", "redis+unix": true
        case "postgresql", "postgres": false
        default: nil
        }
    }

    /// Loads the keys and measures, after a warm-up of a fifth of the time, at most a second.
    ///
    /// - Throws: `TierError` for a plan that can't work, and the first error that an operation met.
    package func report() async throws -> Report {
        guard let isRedis else { throw TierError("the url begins with redis:// or postgresql://") }
        guard placement != .reactor || !isRedis else { throw TierError("Redis has no reactor; give loop or global") }
        return isRedis ? try await report(on: MeasuredRedis.self) : try await report(on: MeasuredShard.self)
    }

    private func report<Tier: MeasuredTier>(on: Tier.Type) async throws -> Report {
        try await Tier.with(self) { tier, executor in try await run(tier, executor) }
    }

    /// What the tasks look at after each operation.
    private final class Phase: Sendable {
        enum Value: Int { case warmingUp, measuring, over }

        private let value = Atomic(Value.warmingUp.rawValue)

        var current: Value {
            get { Value(rawValue: value.load(ordering: .relaxed))! }
            set { value.store(newValue.rawValue, ordering: .relaxed) }
        }
    }

    private struct Count: Sendable {
        var operations = 0
        /// Of its full size from the beginning: to grow it would take longer than many operations.
        var latency = Histogram<UInt64>(
            lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .two)
    }

    private func run<Tier: MeasuredTier>(_ tier: Tier, _ executor: (any TaskExecutor)?) async throws -> Report {
        let phase = Phase()
        return try await withThrowingTaskGroup(of: Count.self) { group in
            for task in 0..<tasks {
                group.addTask(executorPreference: executor) {
                    try await work(on: tier, seed: UInt64(task) + 1, until: phase)
                }
            }
            defer { phase.current = .over }
            try await Task.sleep(for: min(duration / 5, .seconds(1)))
            let (start, usedBefore) = (NIODeadline.now(), ProcessTime.microseconds)
            phase.current = .measuring
            try await Task.sleep(for: duration)
            let (end, used) = (NIODeadline.now(), ProcessTime.microseconds - usedBefore)
            phase.current = .over
            var total = Count()
            for try await count in group {
                total.operations += count.operations
                total.latency.add(count.latency)
            }
            let seconds = Double((end - start).nanoseconds) / 1e9
            let latency = LatencyDistribution(total.latency)
            return Report(
                operationsPerSecond: (Double(total.operations) / seconds).rounded(),
                cpuMicrosecondsPerOperation: total.operations > 0 ? used / Double(total.operations) : 0,
                p50Microseconds: latency.p50Microseconds, p99Microseconds: latency.p99Microseconds,
                operations: total.operations)
        }
    }

    /// How many operations go by between two whose latency is taken, when many tasks make up for the rest.
    private static let sampling = 8

    private func work<Tier: MeasuredTier>(on tier: Tier, seed: UInt64, until phase: Phase) async throws -> Count {
        var random = SplitMix64(seed: seed)
        var count = Count()
        let every = tasks == 1 ? 1 : TierMeasurement.sampling
        var untilSample = every
        while true {
            let number = Int(truncatingIfNeeded: random.next() >> 33) % keys
            untilSample -= 1
            let isSample = untilSample == 0
            let start = isSample ? NIODeadline.now().uptimeNanoseconds : 0
            try await tier.perform(operation, number)
            switch phase.current {
            case .warmingUp: break
            case .measuring:
                count.operations += 1
                if isSample { count.latency.record(NIODeadline.now().uptimeNanoseconds - start) }
            case .over: return count
            }
            if isSample { untilSample = every }
        }
    }
}
