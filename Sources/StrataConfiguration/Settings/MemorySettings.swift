public import StrataMemory

/// The size of level 1 and how long copies live in it.
public struct MemorySettings: Hashable, Sendable {
    /// The bound on keys, values and their bookkeeping, in bytes, `1 MiB ... 64 TiB`.
    public var capacityBytes: Int
    /// How to choose what to drop when full.
    public var policy: EvictionPolicyName
    /// How long a copy may live at most; nil: as long as its entry.
    public var ttl: Duration?
    /// How long the knowledge that a key is absent may live; nil: it is not kept.
    public var negativeTTL: Duration?

    public init(
        capacityBytes: Int = 256 << 20, policy: EvictionPolicyName = .adaptive, ttl: Duration? = .seconds(60),
        negativeTTL: Duration? = .seconds(5)
    ) {
        self.capacityBytes = capacityBytes
        self.policy = policy
        self.ttl = ttl
        self.negativeTTL = negativeTTL
    }
}
