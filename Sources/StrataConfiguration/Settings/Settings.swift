public import Logging
public import StrataCore

/// Everything a process of Strata is configured with: what a file, the environment and the command line come to.
///
/// Parts that can't work together do not construct.
public struct Settings: Hashable, Sendable {
    public let listen: ListenSettings
    /// Level 1; nil: there is none.
    public let memory: MemorySettings?
    /// Level 2; nil: there is none.
    public let redis: RedisSettings?
    public let store: StoreSettings
    /// When a server of Redis or of the store is left alone.
    public let breaker: BreakerSettings
    public let invalidation: InvalidationSettings
    /// Below which level nothing is logged.
    public let logLevel: Logger.Level

    /// Settings whose parts fit together.
    ///
    /// - Parameter invalidation: nil for the log of level 2 when there is one.
    /// - Throws: `configuration` when nothing could hold an entry, or when a source lacks what it runs on.
    public init(
        listen: ListenSettings = ListenSettings(), memory: MemorySettings? = MemorySettings(),
        redis: RedisSettings? = nil, store: StoreSettings = .embedded(EmbeddedSettings()),
        breaker: BreakerSettings = BreakerSettings(), invalidation: InvalidationSettings? = nil,
        logLevel: Logger.Level = .info
    ) throws(StrataError) {
        guard memory != nil || redis != nil || store != .none else {
            throw StrataError(
                .configuration, "memory, redis and store are all none, so nothing could be kept; configure one of them")
        }
        let invalidation = invalidation ?? InvalidationSettings(sources: redis == nil ? [] : [.redisLog])
        guard redis != nil || !invalidation.sources.contains(.redisLog) else {
            throw StrataError(.configuration, "invalidation.sources: redis-log needs level 2, and redis is none")
        }
        self.listen = listen
        self.memory = memory
        self.redis = redis
        self.store = store
        self.breaker = breaker
        self.invalidation = invalidation
        self.logLevel = logLevel
    }
}
