import Strata

extension CacheManagerOptions {
    /// Longer than any process runs: what a lifetime of `none` is to a policy, which knows no endless one.
    private static let endless = Duration.seconds(100 * 365 * 86_400)

    /// The options that settings ask for; the timeouts of a level that they don't have are the built-in ones.
    init(_ settings: Settings) {
        self.init()
        switch settings.store {
        case .none: break
        case .embedded(let embedded): timeouts.store = embedded.timeouts
        case .postgres(let postgres): timeouts.store = postgres.timeouts
        }
        let negativeTTL = settings.memory?.negativeTTL ?? .zero
        if let memory = settings.memory {
            bytes.memory = .init(ttl: memory.ttl ?? Self.endless, negativeTTL: negativeTTL)
            bytes.stale = memory.stale
        }
        if let redis = settings.redis {
            timeouts.shared = redis.timeouts
            bytes.shared = .init(ttl: redis.ttl, negativeTTL: min(negativeTTL, redis.ttl))
        }
    }
}
