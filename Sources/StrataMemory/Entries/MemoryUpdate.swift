public import StrataCore

/// What an atomic update makes of an entry.
public enum MemoryUpdate<Value: Sendable>: Sendable {
    /// Leaves it as it is.
    case keep
    /// Puts this in its place; a deadline that has passed, with the stale period after it, removes the entry.
    case set(
        MemoryContent<Value>, version: Version, deadline: Timestamp, staleFor: Duration = .zero, tags: [Tag])
    /// Removes it.
    case remove
}
