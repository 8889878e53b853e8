/// Why an entry left the memory level.
enum RemovalCause {
    case capacity, expired, invalidated, replaced
}

/// What a memory level has done since it was made, and what it holds.
public struct MemoryStatistics: Hashable, Sendable {
    /// How many entries left, by cause.
    public struct Evictions: Hashable, Sendable {
        /// To make room.
        public var capacity = 0
        /// Because their deadline passed.
        public var expired = 0
        /// Because they were invalidated, by key, by tag or all together, or removed.
        public var invalidated = 0
        /// Because another entry of the same key took their place.
        public var replaced = 0

        /// How many entries left in all.
        public var total: Int { capacity + expired + invalidated + replaced }
    }

    /// Lookups that were answered, known absences included.
    public var hits = 0
    /// Lookups that were not: nothing held, or nothing that may be served.
    public var misses = 0
    /// Entries taken in.
    public var insertions = 0
    /// Entries refused: older than what is held, too large or expired.
    public var rejected = 0
    /// Entries that left.
    public var evictions = Evictions()
    /// Entries held now, expired ones that were not removed yet included.
    public var entries = 0
    /// Bytes charged for them and for what the policy remembers of others, never above the capacity.
    public var bytes = 0
    /// For how long the entry that was evicted last to make room had been unused; of several stripes, the longest.
    /// `.zero` when nothing was evicted.
    public var oldestVictimAge = Duration.zero

    /// The part of lookups that were answered, 0 to 1; 0 when there were none.
    public var hitRatio: Double {
        hits + misses == 0 ? 0 : Double(hits) / Double(hits + misses)
    }

    mutating func count(_ cause: RemovalCause, _ entries: Int = 1) {
        switch cause {
        case .capacity: evictions.capacity += entries
        case .expired: evictions.expired += entries
        case .invalidated: evictions.invalidated += entries
        case .replaced: evictions.replaced += entries
        }
    }

    static func += (left: inout MemoryStatistics, right: MemoryStatistics) {
        left.hits += right.hits
        left.misses += right.misses
        left.insertions += right.insertions
        left.rejected += right.rejected
        left.evictions.capacity += right.evictions.capacity
        left.evictions.expired += right.evictions.expired
        left.evictions.invalidated += right.evictions.invalidated
        left.evictions.replaced += right.evictions.replaced
        left.entries += right.entries
        left.bytes += right.bytes
        left.oldestVictimAge = max(left.oldestVictimAge, right.oldestVictimAge)
    }
}
