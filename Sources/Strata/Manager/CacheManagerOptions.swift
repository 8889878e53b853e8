public import StrataMemory

/// What a `CacheManager` does beyond what its levels are configured to do.
public struct CacheManagerOptions: Sendable {
    /// How long the levels may take before the manager goes on without them.
    public struct Timeouts: Sendable {
        /// Level 2 and the invalidation log; after it a read goes on to the store.
        public var shared: Duration
        /// The store; after it the caller gets the error.
        public var store: Duration

        public init(shared: Duration = .milliseconds(250), store: Duration = .seconds(2)) {
            precondition(shared > .zero && store > .zero, "timeouts must be above zero")
            self.shared = shared
            self.store = store
        }
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

    public init(
        timeouts: Timeouts = Timeouts(), bytes: CachePolicy = CachePolicy(),
        namedCacheCapacityBytes: Int = 64 << 20, memoryBudget: MemoryBudget? = nil, repairLimit: Int = 65_536
    ) {
        precondition(repairLimit > 0, "the repair limit must be above zero")
        self.timeouts = timeouts
        self.bytes = bytes
        self.namedCacheCapacityBytes = namedCacheCapacityBytes
        self.memoryBudget = memoryBudget
        self.repairLimit = repairLimit
    }
}
