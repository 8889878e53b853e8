public import StrataCore

/// A value as a cache knows it, with where it stands among the writes of its key.
public struct CachedEntry<Value> {
    /// The value; nil when the key does not exist.
    public var value: Value?
    /// The version of the write that made it, or of the absence.
    public var version: Version
    /// How long ago its time in memory was over; nil for one that is not stale.
    public var staleness: Duration?

    /// Whether it was served because nothing newer could be had in time.
    public var isStale: Bool { staleness != nil }

    public init(value: Value?, version: Version, staleness: Duration? = nil) {
        self.value = value
        self.version = version
        self.staleness = staleness
    }
}

extension CachedEntry: Sendable where Value: Sendable {}
extension CachedEntry: Equatable where Value: Equatable {}
