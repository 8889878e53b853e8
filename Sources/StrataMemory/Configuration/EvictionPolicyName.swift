/// How the memory level chooses what to drop when it is full.
public enum EvictionPolicyName: String, Hashable, Sendable, CaseIterable {
    /// The entry that was not used for the longest time goes first, exactly: one stripe, one order.
    case lru
    /// The engine's own choice, which may differ between versions of the library; today it is `lru`.
    case adaptive
}
