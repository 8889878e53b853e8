public import StrataMemory

/// Hits and misses of a manager's levels, over all its caches, since it was made.
public struct ManagerStatistics: Sendable {
    /// Level 1.
    public var memory: LevelStatistics
    /// Level 2.
    public var redis: LevelStatistics
    /// The store; a miss is a key that does not exist.
    public var store: LevelStatistics
    /// What the memory engines count beyond hits and misses, one per cache that has a memory level.
    public var engines: [MemoryStatistics]
    /// Values that were served beyond their TTL.
    public var stale: StaleStatistics
    /// Invalidations that level 2 or the other processes have not heard of yet.
    public var undeliveredInvalidations: Int
    /// Calls of levels, stores and sources that don't keep their deadlines, whose callers were answered without them and
    /// which have not returned.
    public var abandonedCalls: Int
}
