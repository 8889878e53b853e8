import StrataCore

/// What a call of `MemoryCache.expire(limit:)` did.
public struct Expiry: Hashable, Sendable {
    /// How many entries were removed.
    public var removed: Int
    /// Whether nothing is left that was due; false as well where the call had as much to do as one may have.
    public var isComplete: Bool

    public init(removed: Int, isComplete: Bool) {
        self.removed = removed
        self.isComplete = isComplete
    }
}

extension MemoryCache {
    /// Removes entries whose deadline has passed or whose tag was invalidated, at a cost that depends on how many those are
    /// and not on how many there are in all, and frees what has left; to be called a few times a second, and each time again
    /// until it is complete.
    ///
    /// An entry counts as due up to 17 ms after its deadline (readers don't get it any more from the deadline on).
    /// - Parameter limit: how many to remove at most, `1 ...`. Timers that have to be sorted first are limited as well.
    public func expire(limit: Int) -> Expiry {
        var removed = 0
        var isComplete = true
        let now = core.time.now
        for stripe in core.stripes {
            // A lock is held for at most this many removals, so that readers in between don't wait for all of them.
            while removed < limit {
                let batch = min(64, limit - removed)
                var steps = batch * EntryTable.wheelStepsPerRemoval
                let count = core.mutate(stripe) { table, _ in
                    var count = 0
                    while count < batch, let (cell, cause) = table.nextDead(now, steps: &steps) {
                        table.remove(cell, cause)
                        count += 1
                    }
                    return count
                }
                removed += count
                if steps == 0 { isComplete = false }
                if count < batch { break }
            }
            core.freeRetired(stripe)
        }
        return Expiry(removed: removed, isComplete: isComplete && removed < limit)
    }
}
