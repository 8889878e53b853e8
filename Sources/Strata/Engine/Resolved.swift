import StrataCore
import StrataMemory

/// What a cache knows of a key after asking its levels.
struct Resolved<Stored: Sendable>: Sendable {
    var content: MemoryContent<Stored>
    var version: Version
    /// How long the content stays valid, counted from `readAt`.
    var remaining: Duration?
    var tags: [Tag] = []
    /// When the question was sent: deadlines count from here, so that they err early.
    var readAt: Timestamp
    /// How long ago the content's TTL was over; nil for one that is not stale.
    var staleness: Duration?
}

/// A value as a cache holds it in memory, with what its bytes weigh, or the knowledge that a loader found nothing.
struct Loaded<Value: Sendable>: Sendable {
    /// Nil when a loader was asked and found nothing; a store's absence is never this.
    let value: Value?
    let weight: Int
}
