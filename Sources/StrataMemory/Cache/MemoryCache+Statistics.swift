extension MemoryCache {
    /// How many values are held, expired ones that were not removed yet included, and known absences not.
    public var count: Int {
        core.stripes.reduce(0) { sum, stripe in sum + stripe.withTable { $0.valueCount } }
    }

    /// What the cache has done and holds; stripes are read one after the other, not all at one moment.
    public var statistics: MemoryStatistics {
        var start = MemoryStatistics()
        start.hits = core.readers.hits
        start.misses = core.readers.misses
        return core.stripes.reduce(into: start) { sum, stripe in
            sum += stripe.withTable { table in
                var statistics = table.statistics
                statistics.entries = table.records.count
                statistics.bytes = table.bytes
                statistics.oldestVictimAge = table.latestVictimAge
                return statistics
            }
        }
    }
}
