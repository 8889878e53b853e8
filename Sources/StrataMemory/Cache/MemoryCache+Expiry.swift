import StrataCore

extension MemoryCache {
    /// Removes entries whose deadline has passed or whose tag was invalidated, at a cost that depends on how many those are
    /// and not on how many there are in all, and frees what has left; to be called a few times a second.
    ///
    /// An entry counts as due up to 17 ms after its deadline (readers don't get it any more from the deadline on).
    /// - Parameter limit: how many to remove at most; as many again and again until fewer were removed gets them all, but
    ///   for a call that had to sort very many timers, whose rest the next call does.
    /// - Returns: how many were removed.
    public func expire(limit: Int) -> Int {
        var removed = 0
        let now = core.time.now
        for stripe in core.stripes {
            // A lock is held for at most this many removals, so that readers in between don't wait for all of them.
            while removed < limit {
                let batch = min(64, limit - removed)
                let count = core.mutate(stripe) { table, _ in
                    var count = 0
                    while count < batch,
                        let (cell, cause) = table.nextDead(now, steps: batch * EntryTable.wheelStepsPerRemoval)
                    {
                        table.remove(cell, cause)
                        count += 1
                    }
                    return count
                }
                removed += count
                if count < batch { break }
            }
            core.freeRetired(stripe)
        }
        return removed
    }
}
