import StrataCore

extension MemoryCore {
    /// How many entries one call evicts at most, with the stripe's lock held.
    private static let evictionsPerCall = 64

    /// For how long the next entry to evict has been unused; nil when the stripe has none.
    func victimAge(_ stripe: MemoryStripe) -> Duration? {
        stripe.withTable { $0.victimAge(time.now) }
    }

    /// Evicts entries of a stripe for the sake of another cache.
    ///
    /// - Parameter bytes: how much to free; less is freed when the stripe has no more, or that takes too many entries.
    func evict(_ bytes: Int, from stripe: MemoryStripe) {
        mutate(stripe) { table, pending in
            table.apply(pending)
            let target = table.bytes - bytes
            var evictions = 0
            while table.bytes > target, evictions < MemoryCore.evictionsPerCall,
                let (victim, cause) = table.nextVictim(time.now)
            {
                table.remove(victim, cause)
                evictions += 1
            }
            table.policy.adapt(toCapacity: table.charged)
        }
    }
}
