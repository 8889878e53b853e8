public import Logging
public import NIOCore
public import NIOPosix
public import ServiceLifecycle
public import Strata
public import StrataCore
import StrataMemory
import StrataTelemetry

/// A manager with all its levels, made from settings, and the services that have to run for it.
///
/// Making it opens the embedded store; servers are connected to when the services run, or when they are first needed. Its
/// levels are traced and measured by what the process was bootstrapped with before (`InstrumentationSystem.bootstrap`,
/// `MetricsSystem.bootstrap`).
public struct Composition: Sendable {
    /// The manager; ask it for caches.
    public let manager: CacheManager
    /// What has to run, in the order in which a `ServiceGroup` should start it: put your own services after these, so
    /// that they end before.
    public let services: [any Service]

    let postgres: PostgresComposition.Owner?
    private let logger: Logger

    /// Puts a manager and its levels together.
    ///
    /// - Parameters:
    ///   - group: the event loops on which Redis' connections live; callers on the same loops save a hop.
    ///   - startTimeout: how long the server may take to answer that says whose data this is: the first Postgres shard,
    ///     or Redis when there is no store.
    /// - Throws: `configuration` when a part can't be made from its settings, `incompatible` when a database belongs to
    ///   another cluster, and `unavailable` when another process has the directory of the embedded store or the catalog
    ///   can't be reached. Any other server may be down.
    public init(
        _ settings: Settings, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        startTimeout: Duration = .seconds(30), logger: Logger
    ) async throws(StrataError) {
        let observation = Observation.bootstrapped
        let redis = try settings.redis.map { redis throws(StrataError) in
            try RedisComposition(
                redis, breaker: settings.breaker, group: group, observation: observation, logger: logger)
        }
        let store = try await StoreComposition(
            settings.store, breaker: settings.breaker, redis: redis, bound: settings.invalidation.bound,
            deadline: .now + startTimeout, observation: observation, logger: logger)
        var memory: MemoryConfiguration?
        if let level = settings.memory {
            memory = try MemoryConfiguration(
                capacityBytes: level.capacityBytes, policy: level.policy, typicalEntryBytes: level.typicalEntryBytes,
                largestEntryShare: level.largestEntryShare)
        }
        manager = try CacheManager(
            memory: memory, tier: redis?.tier(over: store), store: store.store,
            levelsOnly: redis?.levels(beside: store) ?? .memory,
            invalidation: store.heard(redis?.sources(settings.invalidation) ?? []),
            options: CacheManagerOptions(settings), logger: logger)
        services = store.services + (redis.map { [$0.service] } ?? []) + [manager]
        postgres = store.postgres
        self.logger = logger
    }

    /// Applies the settings that can change in a running process: the lifetimes of copies, to those made from now on, and
    /// when copies are served beyond them.
    public func apply(_ settings: Settings) {
        let policy = CacheManagerOptions(settings).bytes
        manager.bytes.setLifetimes(memory: policy.memory, shared: policy.shared, stale: policy.stale)
    }

    /// Runs the services while a body runs, and ends them in order after it.
    ///
    /// - Throws: what the body throws, or what a service threw, which cancels the body.
    public func run<Result: Sendable>(
        _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        let group = ServiceGroup(services: services, logger: logger)
        return try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask {
                do {
                    let result = try await body()
                    await group.triggerGracefulShutdown()
                    return result
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
            }
            var result: Result?
            while let ended = try await tasks.next() { result = ended ?? result }
            guard let result else { throw CancellationError() }
            return result
        }
    }
}
