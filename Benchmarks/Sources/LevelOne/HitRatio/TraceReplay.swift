import StrataCore
package import StrataMemory

/// Replays a trace through the level-1 engine: a read that misses puts, and every entry has the same size.
package struct TraceReplay: Sendable {
    /// What came out.
    package struct Report: Codable, Hashable, Sendable {
        package var trace: String
        /// How many entries fit.
        package var capacity: Int
        package var policy: String
        /// In percent of the requests.
        package var hitRatio: Double
    }

    /// What every entry is made to be charged, whatever the engine's own part of it, so that exactly as many fit as the
    /// capacity says.
    private static let unitBytes = 4096

    package var trace: Trace
    /// How many entries fit.
    package var capacity: Int
    package var policy: EvictionPolicyName

    package init(trace: Trace, capacity: Int, policy: EvictionPolicyName) {
        self.trace = trace
        self.capacity = capacity
        self.policy = policy
    }

    /// Replays the trace once, from an empty cache.
    ///
    /// - Throws: `StrataError` when the engine doesn't take the capacity, `LevelOneError` when it held more than that.
    package func report() throws -> Report {
        let weight = TraceReplay.unitBytes - MemoryCache<Void>.charge(keyLength: MemoryLayout<UInt32>.size, weight: 0)
        let cache = MemoryCache<Void>(
            try MemoryConfiguration(
                capacityBytes: capacity * TraceReplay.unitBytes, policy: policy,
                typicalEntryBytes: TraceReplay.unitBytes),
            weigher: { _ in weight })
        var hits = 0
        for request in trace.requests {
            withUnsafeBytes(of: request.littleEndian) { key in
                if case .hit = cache.lookup(key) {
                    hits += 1
                } else {
                    cache.insert(Key(Array(key)), .value(()), version: .zero, deadline: .distantFuture)
                }
            }
        }
        let entries = cache.statistics.entries
        guard entries <= capacity else {
            throw LevelOneError("\(trace.name): the level holds \(entries) entries at a capacity of \(capacity)")
        }
        let share = trace.requests.isEmpty ? 0 : Double(hits) / Double(trace.requests.count)
        return Report(
            trace: trace.name, capacity: capacity, policy: policy.rawValue, hitRatio: (share * 10_000).rounded() / 100)
    }
}
