import CStrataThreads
import StrataCore

extension EntryTable {
    /// How many entries may move within the wheel for each that is removed: far cheaper than a removal, and bounded.
    static let wheelStepsPerRemoval = 16
    /// How much room an entry needs, as far as fetching memory ahead of time is concerned, in bytes.
    private static let likelyCharge = 1024

    /// Removes an entry.
    mutating func remove(_ cell: CellIndex, _ cause: RemovalCause) {
        statistics.count(cause)
        let charge = policy.charge(of: cell)
        charged -= charge
        policy.onRemove(cell, hash: records.pointer(to: cell).pointee.hash, isEvicted: cause == .capacity)
        discard(cell, charge: charge)
        view.pointee.changingChains {
            index.remove(cell, records)
            records.giveBack(cell)
        }
    }

    /// The next entry to remove so that the rest fits the capacity: a dead one while there are any, then the policy's
    /// victim; nil when all fits.
    mutating func nextExcess() -> (CellIndex, RemovalCause)? {
        guard bytes > capacity else { return nil }
        let next = nextVictim(time.now)
        precondition(next != nil, "\(bytes) bytes are charged, and no entry holds them")
        return next
    }

    /// The next entry to remove to make room, whether that is needed or not; nil when there are no entries.
    mutating func nextVictim(_ now: Timestamp) -> (CellIndex, RemovalCause)? {
        history.note(policy.clock, now: now, entries: records.count)
        var steps = EntryTable.wheelStepsPerRemoval
        if let dead = nextDead(now, steps: &steps) { return dead }
        let victim = policy.victim()
        guard victim >= 0 else { return nil }
        latestVictim = (policy.lastUse(of: victim), policy.clock, now)
        return (victim, .capacity)
    }

    /// Has what an eviction would need of the next victim brought near, when one is likely.
    @inline(__always)
    mutating func prefetchVictim() {
        guard bytes + EntryTable.likelyCharge > capacity else { return }
        let victim = policy.victim()
        guard victim >= 0 else { return }
        policy.prefetch(victim)
        strata_prefetch(records.pointer(to: victim))
    }

    /// For how long the entry evicted last had been unused; `.zero` when there was none.
    var latestVictimAge: Duration {
        latestVictim.map { history.age(of: $0.lastUse, at: ($0.clock, $0.time)) } ?? .zero
    }

    /// For how long the next entry to evict has been unused; nil when there are no entries.
    mutating func victimAge(_ now: Timestamp) -> Duration? {
        let victim = policy.victim()
        return victim < 0 ? nil : history.age(of: policy.lastUse(of: victim), at: (policy.clock, now))
    }

    /// An entry whose tag was invalidated or whose deadline has passed; nil when there is none, or the steps are used up.
    ///
    /// - Parameter steps: how many entries may move within the wheel; counted down.
    mutating func nextDead(_ now: Timestamp, steps: inout Int) -> (CellIndex, RemovalCause)? {
        let doomed = tags.nextDoomed
        if doomed >= 0 { return (doomed, .invalidated) }
        let due = wheel.nextDue(now.nanoseconds, steps: &steps) { layout.deadline(records.block($0)) }
        return due >= 0 ? (due, .expired) : nil
    }
}
