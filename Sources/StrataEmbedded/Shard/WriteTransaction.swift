import GRDB
import StrataCore

/// One transaction of a shard while it runs, with copies of what it changes in memory.
struct WriteTransaction {
    let statements: WriterStatements
    let database: Database
    private(set) var sequence: ShardSequence
    private(set) var slots: SlotStates
    private var batch: WriteBatch

    init(
        statements: WriterStatements, database: Database, sequence: ShardSequence, slots: SlotStates, now: Int64
    ) {
        self.statements = statements
        self.database = database
        self.sequence = sequence
        self.slots = slots
        batch = WriteBatch(now: now)
    }

    /// Does the work of one request, after that of those before it.
    mutating func run(_ work: WriteRequest.Work) throws -> Answer {
        switch work {
        case .mutations(let mutations, _, _):
            return .outcomes(try mutations.map { mutation in try run { try $0.run(mutation, read: $1, version: $2) } })
        case .transaction(let mutations, _):
            return .transaction(try run { try $0.runAll(mutations, read: $1, version: $2) })
        case .removeAll:
            try removeAll()
            return .done
        case .invalidate(let tag, _, _):
            let version = Version(generation: slots.highestGeneration, sequence: sequence.next())
            try statements.setTag(tag, version)
            return .version(version)
        case .maintain(let upkeep, _, _):
            if upkeep.probes { try statements.reserve(sequence.reserved) }
            return .count(try max(sweep(upkeep), collect(upkeep)))
        }
    }

    /// Writes what has changed; the transaction can be committed then.
    mutating func finish() throws {
        try flush()
        guard let reservation = sequence.reservationNeeded else { return }
        try statements.reserve(reservation)
        sequence.didReserve(reservation)
    }

    /// Gives a closure the batch with the file under it.
    private mutating func run<Result>(
        _ body: (inout WriteBatch, (Key) throws -> StoredState, (Key) -> Version) throws -> Result
    ) rethrows -> Result {
        let (statements, slots) = (statements, slots)
        var sequence = sequence
        defer { self.sequence = sequence }
        return try body(
            &batch,
            { key in
                try statements.state(of: key)
                    ?? StoredState(content: .absent, version: slots[Slot(of: key).number].collected)
            },
            { Version(generation: slots[Slot(of: $0).number].generation, sequence: sequence.next()) })
    }

    private mutating func flush() throws {
        for (position, key, state) in batch.changes {
            try statements.write(key, at: position, state, now: batch.now)
        }
        batch = WriteBatch(now: batch.now)
    }

    private mutating func removeAll() throws {
        try flush()
        try ShardSchema.removeEntries(in: database)
        let number = sequence.next()
        for slot in slots.slots {
            // The sequence never starts again in a file, so at the last generation it orders the versions alone.
            let generation = min(slots[slot].generation + 1, Version.maximumGeneration)
            slots[slot] = SlotStates.SlotState(
                generation: generation, collected: Version(generation: generation, sequence: number))
            try statements.setSlot(slot, slots[slot])
        }
    }

    /// Turns expired values into tombstones.
    private mutating func sweep(_ upkeep: Upkeep) throws -> Int {
        try flush()
        let keys = try statements.expiredKeys(at: batch.now, limit: upkeep.limit)
        for key in keys {
            let version = Version(generation: slots[Slot(of: key).number].generation, sequence: sequence.next())
            try statements.write(
                key, at: KeyPosition(of: key), StoredState(content: .absent, version: version), now: batch.now)
        }
        return keys.count
    }

    /// Removes old tombstones; the slot keeps the highest of their versions.
    private mutating func collect(_ upkeep: Upkeep) throws -> Int {
        try flush()
        let tombstones = try statements.tombstones(before: upkeep.collectsBefore, limit: upkeep.limit)
        var raised: Set<Int> = []
        for (key, version) in tombstones {
            let slot = Slot(of: key).number
            if version > slots[slot].collected {
                slots[slot].collected = version
                raised.insert(slot)
            }
            try statements.remove(key)
        }
        for slot in raised.sorted() { try statements.setSlot(slot, slots[slot]) }
        return tombstones.count
    }
}
