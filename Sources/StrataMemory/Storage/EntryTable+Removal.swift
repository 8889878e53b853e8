import StrataCore

extension EntryTable {
    /// How many entries may move within the wheel for each that is removed: far cheaper than a removal, and bounded.
    static let wheelStepsPerRemoval = 16

    /// Removes an entry.
    mutating func remove(_ cell: CellIndex, _ cause: RemovalCause, _ discarded: inout DiscardedBlocks) {
        statistics.count(cause)
        let short = indexHash(of: cell)
        index.remove(short, cell, records)
        charged -= policy.charge(of: cell)
        policy.onRemove(cell, hash: short, isEvicted: cause == .capacity)
        discard(cell, &discarded)
        records.giveBack(cell)
    }

    /// The next entry to remove so that the rest fits the capacity: a dead one while there are any, then the policy's
    /// victim; nil when all fits.
    mutating func nextExcess() -> (CellIndex, RemovalCause)? {
        guard bytes > capacity else { return nil }
        if let dead = nextDead(time.now, steps: EntryTable.wheelStepsPerRemoval) { return dead }
        let victim = policy.victim()
        precondition(victim >= 0, "\(bytes) bytes are charged, and no entry holds them")
        return (victim, .capacity)
    }

    /// An entry whose tag was invalidated or whose deadline has passed.
    mutating func nextDead(_ now: Timestamp, steps: Int) -> (CellIndex, RemovalCause)? {
        let doomed = tags.nextDoomed
        if doomed >= 0 { return (doomed, .invalidated) }
        var steps = steps
        let due = wheel.nextDue(now.nanoseconds, steps: &steps) { records[$0].deadline }
        return due >= 0 ? (due, .expired) : nil
    }
}
