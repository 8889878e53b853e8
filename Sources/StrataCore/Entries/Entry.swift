/// What a level or a store answers for one key: a value or a known absence, with its version and the time it has left.
///
/// Three answers must never be confused: a value that happens to be empty or zero (`.value([])`), a key that is known
/// not to exist (`.absent`), and a level that knows nothing (no `Entry` at all; see `Lookup`).
public struct Entry: Hashable, Sendable {
    /// A value, or the knowledge that there is none.
    public enum Content: Hashable, Sendable {
        /// A value of zero or more bytes.
        case value([UInt8], EntryType)
        /// Deleted, expired or never written: the tombstone of a delete and the negative entry of a cache alike.
        case absent
    }

    /// The version of the write that made the content; for an absence the tombstone's, or the slot's collected version.
    public var version: Version
    /// The value or absence.
    public var content: Content
    /// How long the content stays valid, counted from when the answering side read its clock; nil when it does not expire.
    public var remaining: Duration?
    /// The labels by which the entry can be invalidated.
    public var tags: [Tag]

    public init(version: Version, content: Content, remaining: Duration? = nil, tags: [Tag] = []) {
        self.version = version
        self.content = content
        self.remaining = remaining
        self.tags = tags
    }

    /// An entry that holds a string of bytes.
    public static func string(
        _ bytes: [UInt8], version: Version, remaining: Duration? = nil, tags: [Tag] = []
    ) -> Entry {
        Entry(version: version, content: .value(bytes, .string), remaining: remaining, tags: tags)
    }

    /// The knowledge that a key does not exist, as of a version.
    public static func absent(version: Version) -> Entry {
        Entry(version: version, content: .absent)
    }

    /// The value's bytes; nil for an absence.
    public var bytes: [UInt8]? {
        if case .value(let bytes, _) = content { bytes } else { nil }
    }
}
