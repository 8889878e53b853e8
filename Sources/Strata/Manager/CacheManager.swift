public import Logging
public import StrataCore
public import StrataMemory

/// Chains the levels of a cache (memory, a shared level 2, a sharded store) and keeps their copies in step.
///
/// A manager has one unnamed cache of raw bytes, `bytes`, and any number of named caches of decoded values. Run it as a
/// `Service` beside its tiers: `run()` delivers invalidations, repairs what could not be delivered, and removes expired
/// entries. Without it, reads and writes work and other processes' writes go unnoticed until a TTL ends.
public final class CacheManager: Sendable {
    /// The cache of raw keys and bytes.
    public let bytes: ByteCache
    /// What the manager was told beyond its levels.
    public let options: CacheManagerOptions

    let chain: LevelChain
    let registry: CacheRegistry
    let tasks: LoadTasks
    let calls: BoundedCalls
    let time: TimeSource
    let logger: Logger
    private let hasMemory: Bool
    let volatileChain: LevelChain

    /// A manager of levels that are configured already.
    ///
    /// - Parameters:
    ///   - memory: level 1 of the unnamed cache; nil for none, and then named caches have none either.
    ///   - tier: level 2; nil for none.
    ///   - store: the truth; nil when there is none, and memory is the authority.
    ///   - levelsOnly: where caches with the persistence `.levels` live.
    ///   - invalidation: the ways in which processes learn of each other's writes.
    ///   - options: timeouts and policies.
    ///   - logger: for changes of state; never written to per request.
    ///   - time: the clock that levels' deadlines are on.
    /// - Throws: `configuration` when there is neither memory nor a store.
    public init(
        memory: MemoryConfiguration?, tier: (any CacheTier)? = nil, store: (any Store)?,
        levelsOnly: LevelsOnlyPlace = .memory, invalidation: [any InvalidationSource] = [],
        options: CacheManagerOptions = CacheManagerOptions(), logger: Logger, time: TimeSource = .system
    ) throws(StrataError) {
        guard memory != nil || store != nil else {
            throw StrataError(
                .configuration, "there is neither a memory level nor a store; configure at least one of them")
        }
        let engine = memory.map { MemoryCache<[UInt8]>($0, time: time, budget: options.memoryBudget) }
        let isMemoryAuthority = store == nil
        tasks = LoadTasks()
        calls = BoundedCalls(tasks: tasks, limit: options.abandonedCallLimit)
        chain = LevelChain(
            tier: isMemoryAuthority ? nil : tier, store: store ?? VolatileStore(memory: engine, time: time),
            sources: invalidation, options: options, calls: calls, logger: logger)
        let volatileStore: (any Store)? =
            switch levelsOnly {
            case .memory: nil
            case .store: store
            case .beside(let other): LevelsOnlyStore(calls.bound(other))
            }
        volatileChain = LevelChain(
            tier: nil, store: volatileStore ?? LevelsOnlyStore(VolatileStore(memory: nil, time: time)),
            sources: invalidation, options: options, calls: calls, logger: logger)
        registry = CacheRegistry(logger: logger)
        self.options = options
        self.logger = logger
        self.time = time
        hasMemory = memory != nil
        let bytesEngine = CacheEngine<[UInt8]>(
            prefix: [], policy: options.bytes, memory: engine, isMemoryAuthority: isMemoryAuthority, chain: chain,
            registry: registry, tasks: tasks, time: time
        ) { bytes, type, _ in type == .loadedAbsence ? nil : bytes }
        bytes = ByteCache(engine: bytesEngine, levelsOnly: volatileChain)
        registry.register(unnamed: bytesEngine)
    }

    /// The cache of a name, the same one at each call.
    ///
    /// - Parameters:
    ///   - name: 1 to 255 bytes without colons: the part of the store's keys before the colon.
    ///   - type: what the cache holds.
    ///   - policy: TTLs, weights and persistence; that of the first call counts.
    ///   - serializer: makes the bytes that level 2 and the store hold.
    /// - Throws: `invalidArgument` for a name that doesn't fit, or one that is in use for another type.
    public func cache<Value: Codable & Sendable>(
        _ name: String, of type: Value.Type, policy: CachePolicy = CachePolicy(),
        serializer: any CacheSerializer = JSONSerializer()
    ) throws(StrataError) -> Cache<Value> {
        try CacheName.validate(name)
        let configuration = try memoryConfiguration(policy)
        let registered = registry.cache(named: name) {
            let memory = configuration.map {
                MemoryCache<Loaded<Value>>($0, time: time, budget: options.memoryBudget, weigher: { $0.weight })
            }
            return CacheEngine<Loaded<Value>>(
                prefix: Array(name.utf8) + [CacheName.separator], policy: policy, memory: memory,
                isMemoryAuthority: false, chain: policy.persistence == .store ? chain : volatileChain,
                registry: registry, tasks: tasks, time: time
            ) { (bytes, type, key) throws(StrataError) in
                try Cache<Value>.decode(bytes, type, key, serializer: serializer, policy: policy)
            }
        }
        guard let engine = registered as? CacheEngine<Loaded<Value>> else {
            throw StrataError(
                .invalidArgument,
                "the cache '\(name)' holds another type than \(Value.self); give each type a cache of its own")
        }
        return Cache(name: name, policy: engine.policy, engine: engine, serializer: serializer)
    }

    private func memoryConfiguration(_ policy: CachePolicy) throws(StrataError) -> MemoryConfiguration? {
        guard hasMemory else { return nil }
        return try MemoryConfiguration(
            capacityBytes: policy.memoryCapacityBytes ?? options.namedCacheCapacityBytes)
    }

    /// Makes all copies of entries with a tag invalid, in every level and process. Deletes nothing from the store.
    ///
    /// - Throws: the store's error when it can't mark the moment; nothing was invalidated elsewhere then.
    public func invalidate(tag: Tag) async throws(StrataError) {
        for cache in registry.all { cache.invalidate(tag) }
        try await chain.invalidate(tag)
        for cache in registry.all { cache.invalidate(tag) }
    }

    /// Hits and misses by level, and what the memory engines count.
    public var statistics: ManagerStatistics {
        let engines = registry.all.compactMap(\.memoryStatistics)
        let store = [chain, volatileChain].map(\.storeCounter.statistics)
        return ManagerStatistics(
            memory: LevelStatistics(
                hits: engines.reduce(0) { $0 + UInt64($1.hits) }, misses: engines.reduce(0) { $0 + UInt64($1.misses) }),
            redis: chain.tierCounter.statistics,
            store: LevelStatistics(hits: store[0].hits + store[1].hits, misses: store[0].misses + store[1].misses),
            engines: engines, stale: registry.all.reduce(StaleStatistics()) { $0 + $1.staleStatistics },
            undeliveredInvalidations: chain.repairs.count + volatileChain.repairs.count,
            abandonedCalls: calls.abandonedCount)
    }

    /// Asks every part of the manager and every server behind it, at once, whether it can serve.
    ///
    /// - Returns: one answer per part: memory, level 2's servers, the store's shards, the sources of invalidations.
    public func health() async -> [ComponentHealth] {
        async let redis = chain.tier?.health(deadline: chain.tierReadDeadline) ?? []
        async let store = bytes.memoryIsAuthority ? [] : chain.store.health(context: chain.storeReading)
        let sources = await ServerHealth.each(of: chain.sources) { [chain] source in
            await source.health(deadline: chain.tierReadDeadline)
        }
        return (hasMemory ? [ComponentHealth(.memory, ServerHealth("memory"))] : [])
            + (await redis).map { ComponentHealth(.redis, $0) } + (await store).map { ComponentHealth(.store, $0) }
            + sources.map { ComponentHealth(.invalidation, $0) }
    }
}
