public import Strata
public import StrataMemory

/// The size of level 1 and how long copies live in it.
public struct MemorySettings: Hashable, Sendable {
    /// The bound on keys, values and their bookkeeping, in bytes, `1 MiB ... 64 TiB`.
    public var capacityBytes: Int
    /// How to choose what to drop when full.
    public var policy: EvictionPolicyName
    /// What a typical entry takes of the capacity, in bytes, within `MemoryConfiguration.typicalEntryRange`.
    public var typicalEntryBytes: Int
    /// The largest part of the capacity one entry may take, `0.0001 ... 1`; what is larger is kept in the other levels only.
    public var largestEntryShare: Double
    /// How long a copy may live at most; nil: as long as its entry.
    public var ttl: Duration?
    /// How long the knowledge that a key is absent may live; nil: it is not kept.
    public var negativeTTL: Duration?
    /// When copies are served beyond their time; nil: never.
    public var stale: StalePolicy?

    public init(
        capacityBytes: Int = 256 << 20, policy: EvictionPolicyName = .adaptive, typicalEntryBytes: Int = 256,
        largestEntryShare: Double = 0.125, ttl: Duration? = .seconds(60), negativeTTL: Duration? = .seconds(5),
        stale: StalePolicy? = nil
    ) {
        self.capacityBytes = capacityBytes
        self.policy = policy
        self.typicalEntryBytes = typicalEntryBytes
        self.largestEntryShare = largestEntryShare
        self.ttl = ttl
        self.negativeTTL = negativeTTL
        self.stale = stale
    }
}
