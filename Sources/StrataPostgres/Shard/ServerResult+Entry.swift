import StrataCore

extension ServerResult {
    /// The entry in five columns of a read: version, type, value, remaining time in milliseconds, tags.
    ///
    /// One without a value, or with nothing remaining, is an absence of that version.
    func entry(_ row: Int, from column: Int) -> Entry {
        let version = Version(rawValue: UInt64(bitPattern: integer(row, column) ?? 0))
        let remaining = integer(row, column + 3, as: Int64.self)
        guard remaining ?? 1 > 0, let value = bytes(row, column + 2) else { return .absent(version: version) }
        let type = EntryType(rawValue: UInt8(truncatingIfNeeded: integer(row, column + 1, as: Int16.self) ?? 0))
        return Entry(
            version: version, content: .value(value, type), remaining: remaining.map(Duration.milliseconds),
            tags: texts(row, column + 4)?.map { Tag($0) } ?? [])
    }
}
