/// The proof of a write that the store acknowledged.
public struct WriteReceipt: Hashable, Sendable {
    /// The version the write made; a read with `Freshness.atLeast(version)` sees this write or a later one.
    public let version: Version
    /// Whether the levels above the store took the new value or its invalidation too; false when level 2 could not be
    /// reached, in which case it is repaired when it is back, and until then may hold the older value.
    public let reachedEveryLevel: Bool

    public init(version: Version, reachedEveryLevel: Bool = true) {
        self.version = version
        self.reachedEveryLevel = reachedEveryLevel
    }
}
