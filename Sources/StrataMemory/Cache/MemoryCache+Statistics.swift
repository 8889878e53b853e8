extension MemoryCache {
    /// How many values are held, expired ones that were not removed yet included, and known absences not.
    public var count: Int {
        stripes.reduce(0) { sum, stripe in sum + stripe.withState { $0.table.pointee.valueCount } }
    }

    /// What the cache has done and holds; stripes are read one after the other, not all at one moment.
    public var statistics: MemoryStatistics {
        stripes.reduce(into: MemoryStatistics()) { sum, stripe in
            sum += stripe.withState { state in
                var statistics = state.table.pointee.statistics
                statistics.entries = state.table.pointee.records.count
                statistics.bytes = state.table.pointee.bytes
                return statistics
            }
        }
    }
}
