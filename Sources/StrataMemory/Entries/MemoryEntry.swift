public import StrataCore

/// What the memory level holds for one key.
public enum MemoryContent<Value> {
    /// A value, which may well be empty or zero.
    case value(Value)
    /// The knowledge that the key does not exist.
    case absent
}

extension MemoryContent: Sendable where Value: Sendable {}
extension MemoryContent: Equatable where Value: Equatable {}

extension MemoryContent {
    /// The value; nil for an absence.
    @inlinable public var value: Value? {
        if case .value(let value) = self { value } else { nil }
    }
}

/// An entry of the memory level with all that is known of it.
public struct MemoryEntry<Value: Sendable>: Sendable {
    /// The value, or the knowledge that there is none.
    public var content: MemoryContent<Value>
    /// The version of the write that made the content.
    public var version: Version
    /// When the content stops being valid; `.distantFuture` when it does not expire.
    public var deadline: Timestamp
    /// Until when the entry is held: beyond its deadline, it is stale.
    public var staleUntil: Timestamp
    /// The labels by which the entry can be invalidated.
    public var tags: [Tag]

    public init(
        content: MemoryContent<Value>, version: Version, deadline: Timestamp = .distantFuture,
        staleUntil: Timestamp? = nil, tags: [Tag] = []
    ) {
        self.content = content
        self.version = version
        self.deadline = deadline
        self.staleUntil = staleUntil ?? deadline
        self.tags = tags
    }
}

extension MemoryEntry: Equatable where Value: Equatable {}
