import GRDB
import StrataCore

/// The prepared statements of a shard's writer.
final class WriterStatements {
    let begin: RawStatement
    let commit: RawStatement
    let rollback: RawStatement
    private let selectEntry: RawStatement
    private let upsertEntry: RawStatement
    private let deleteEntry: RawStatement
    private let selectExpired: RawStatement
    private let selectTombstones: RawStatement
    private let selectSequence: RawStatement
    private let updateSequence: RawStatement
    private let selectSlots: RawStatement
    private let updateSlot: RawStatement
    private let upsertTag: RawStatement

    init(in database: Database) throws {
        func prepare(_ sql: String) throws -> RawStatement { try RawStatement(sql, in: database) }
        begin = try prepare("BEGIN IMMEDIATE")
        commit = try prepare("COMMIT")
        rollback = try prepare("ROLLBACK")
        selectEntry = try prepare(EntryRow.selection)
        upsertEntry = try prepare(
            """
            INSERT INTO entry (position, key, version, type, deadline, written, tags, value)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (position, key) DO UPDATE SET version = ?3, type = ?4, deadline = ?5, written = ?6, tags = ?7,
                value = ?8
            """)
        deleteEntry = try prepare("DELETE FROM entry WHERE position = ?1 AND key = ?2")
        selectExpired = try prepare(
            "SELECT key FROM entry WHERE deadline IS NOT NULL AND deadline <= ?1 ORDER BY deadline LIMIT ?2")
        selectTombstones = try prepare(
            "SELECT key, version FROM entry WHERE value IS NULL AND written < ?1 ORDER BY written LIMIT ?2")
        selectSequence = try prepare("SELECT reserved FROM sequence WHERE id = 0")
        updateSequence = try prepare("UPDATE sequence SET reserved = ?1 WHERE id = 0")
        selectSlots = try prepare("SELECT slot, generation, collected FROM slot ORDER BY slot")
        updateSlot = try prepare("UPDATE slot SET generation = ?2, collected = ?3 WHERE slot = ?1")
        upsertTag = try prepare(
            "INSERT INTO tag (tag, version) VALUES (?1, ?2) ON CONFLICT (tag) DO UPDATE SET version = ?2")
    }

    /// What the file holds for a key; nil when it has no row.
    func state(of key: Key) throws -> StoredState? {
        try EntryRow.state(of: key, by: selectEntry)
    }

    /// Writes a row or tombstone.
    func write(_ key: Key, at position: KeyPosition, _ state: StoredState, now: Int64) throws {
        var value: [UInt8]?
        var type = EntryType.string
        if case .value(let bytes, let valueType) = state.content { (value, type) = (bytes, valueType) }
        try upsertEntry.run { row in
            row.bind(1, Int64(position.rawValue))
            row.bind(2, key.bytes)
            row.bind(3, state.version)
            row.bind(4, Int(type.rawValue))
            row.bind(5, state.deadline)
            row.bind(6, now)
            row.bind(7, TagList.encoded(state.tags))
            row.bind(8, value)
        }
    }

    /// Removes a row.
    func remove(_ key: Key) throws {
        try deleteEntry.run { row in
            row.bind(1, Int64(KeyPosition(of: key).rawValue))
            row.bind(2, key.bytes)
        }
    }

    /// Keys whose values have expired, those first that expired first.
    func expiredKeys(at now: Int64, limit: Int) throws -> [Key] {
        var keys: [Key] = []
        try selectExpired.forEachRow {
            $0.bind(1, now)
            $0.bind(2, limit)
        } do: { row in
            keys.append(Key(row.bytes(0) ?? []))
            return true
        }
        return keys
    }

    /// Tombstones that were written before a time, the oldest first.
    func tombstones(before time: Int64, limit: Int) throws -> [(key: Key, version: Version)] {
        var tombstones: [(key: Key, version: Version)] = []
        try selectTombstones.forEachRow {
            $0.bind(1, time)
            $0.bind(2, limit)
        } do: { row in
            tombstones.append((Key(row.bytes(0) ?? []), row.version(1)))
            return true
        }
        return tombstones
    }

    /// The sequence as the file has it.
    func sequence() throws -> ShardSequence {
        let reserved = try selectSequence.first { $0.integer(0) }
        return ShardSequence(reserved: UInt64(reserved ?? 0))
    }

    func reserve(_ number: UInt64) throws {
        try updateSequence.run { $0.bind(1, Int64(number)) }
    }

    /// The slots as the file has them.
    ///
    /// - Throws: `corrupt` when it lacks one.
    func slots(of range: ClosedRange<Int>) throws -> SlotStates {
        var states: [SlotStates.SlotState] = []
        var expected = range.lowerBound
        try selectSlots.forEachRow { row in
            guard row.integer(0) == expected else { return false }
            states.append(SlotStates.SlotState(generation: UInt64(row.integer(1)), collected: row.version(2)))
            expected += 1
            return true
        }
        guard states.count == range.count else {
            throw StrataError(.corrupt, "the shard's file lacks slot \(expected); restore it from a backup")
        }
        return SlotStates(first: range.lowerBound, states: states)
    }

    func setSlot(_ slot: Int, _ state: SlotStates.SlotState) throws {
        try updateSlot.run { row in
            row.bind(1, slot)
            row.bind(2, Int64(state.generation))
            row.bind(3, state.collected)
        }
    }

    func setTag(_ tag: Tag, _ version: Version) throws {
        try upsertTag.run { row in
            row.bind(1, Array(tag.name.utf8))
            row.bind(2, version)
        }
    }
}
