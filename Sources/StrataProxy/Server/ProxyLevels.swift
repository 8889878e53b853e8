import StrataCore

/// What can or can't serve at the moment.
struct LevelHealth: Sendable {
    var name: String
    /// Why it can't; nil when it can.
    var error: StrataError?
    /// Whether nothing can be served without it.
    var isRequired: Bool
}

/// The levels as the proxy sees them.
struct ProxyLevels: Sendable {
    var cache: any ServedCache
    /// Level 1 alone.
    var memory: MemoryLevel
    var counts: @Sendable () -> LevelCounts
    var health: @Sendable () async -> [LevelHealth]
}
