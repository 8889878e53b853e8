import Strata
import StrataCore

/// The levels as the proxy sees them.
struct ProxyLevels: Sendable {
    var cache: any ServedCache
    /// Level 1 alone.
    var memory: MemoryLevel
    var counts: @Sendable () -> LevelCounts
    var health: @Sendable () async -> [ComponentHealth]
}
