import StrataCore

/// How the row of a key is looked up and read.
enum EntryRow {
    /// A query with position and key as its parameters.
    static let selection = "SELECT version, type, deadline, tags, value FROM entry WHERE position = ?1 AND key = ?2"

    /// What a file holds for a key; nil when it has no row.
    ///
    /// - Throws: `corrupt` when the row is damaged, or the error of SQLite.
    static func state(of key: Key, by statement: RawStatement) throws -> StoredState? {
        try statement.first {
            $0.bind(1, Int64(KeyPosition(of: key).rawValue))
            $0.bind(2, key.bytes)
        } read: { row in
            let content = row.bytes(4).map { value in
                Entry.Content.value(value, EntryType(rawValue: UInt8(truncatingIfNeeded: row.integer(1))))
            }
            return StoredState(
                content: content ?? .absent, version: row.version(0), deadline: row.optionalInteger(2),
                tags: try TagList.decoded(row.bytes(3)))
        }
    }
}
