/// How the memory level chooses what to drop when it is full.
public enum EvictionPolicyName: String, Hashable, Sendable, CaseIterable {
    /// The entry that was not used for the longest time goes first, exactly: one stripe, one order.
    case lru
    /// The entry whose next use is the furthest away, as far as its past tells: frequency and recency in a balance that
    /// adapts itself to the requests, so that loops and scans do not wash out what is used again and again.
    case adaptive
}
