public import StrataMemory

/// What a `CacheManager` does beyond what its levels are configured to do.
public struct CacheManagerOptions: Sendable {
    /// How long the levels may take before the manager goes on without them. Memory needs no timeout: it never waits.
    public struct Timeouts: Hashable, Sendable {
        /// Level 2 and the invalidation log; after it a read goes on to the store, and a write leaves a repair.
        public var shared: LevelTimeouts
        /// The store; after it the caller gets the error.
        public var store: LevelTimeouts

        public init(
            shared: LevelTimeouts = LevelTimeouts(.milliseconds(250)), store: LevelTimeouts = LevelTimeouts(.seconds(2))
        ) {
            self.shared = shared
            self.store = store
        }

        /// The time after which everything that was asked has ended.
        var longest: Duration { max(shared.read, shared.write) + max(store.read, store.write) }
    }

    public var timeouts: Timeouts
    /// The policy of the unnamed cache of raw keys and bytes, which `cache-proxy` serves.
    public var bytes: CachePolicy
    /// How many bytes of memory a named cache takes unless its policy says otherwise.
    public var namedCacheCapacityBytes: Int
    /// What the memory levels of all the manager's caches, and of others if need be, share beside their own capacities; nil
    /// for nothing.
    public var memoryBudget: MemoryBudget?
    /// How many undelivered invalidations are kept before they collapse into one of everything.
    public var repairLimit: Int
    /// How many calls of a level, a store or a source that does not keep its deadlines may be unfinished after their callers
    /// were answered; beyond it such a part is not asked.
    public var abandonedCallLimit: Int

    public init(
        timeouts: Timeouts = Timeouts(), bytes: CachePolicy = CachePolicy(),
        namedCacheCapacityBytes: Int = 64 << 20, memoryBudget: MemoryBudget? = nil, repairLimit: Int = 65_536,
        abandonedCallLimit: Int = 1024
    ) {
        precondition(repairLimit > 0, "the repair limit must be above zero")
        precondition(abandonedCallLimit > 0, "the limit of abandoned calls must be above zero")
        self.timeouts = timeouts
        self.bytes = bytes
        self.namedCacheCapacityBytes = namedCacheCapacityBytes
        self.memoryBudget = memoryBudget
        self.repairLimit = repairLimit
        self.abandonedCallLimit = abandonedCallLimit
    }
}
