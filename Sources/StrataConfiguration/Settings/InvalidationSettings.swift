/// How processes learn of each other's writes.
public struct InvalidationSettings: Hashable, Sendable {
    /// A way for news to travel.
    public enum Source: String, Hashable, Sendable, CaseIterable {
        /// A Redis stream that every process reads.
        case redisLog = "redis-log"
    }

    /// Each at most once; without any, copies end by their TTL and by explicit invalidation in this process.
    public var sources: [Source]
    /// How stale a copy may be at most while a source is cut off.
    public var bound: Duration

    public init(sources: [Source] = [], bound: Duration = .seconds(2)) {
        self.sources = sources
        self.bound = bound
    }
}
