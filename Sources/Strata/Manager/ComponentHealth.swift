public import StrataCore

/// Whether one part of a manager can serve: a level of it, a server of a level, or a source of invalidations.
public struct ComponentHealth: Hashable, Sendable {
    /// What the part belongs to.
    public enum Level: String, Hashable, Sendable {
        case memory
        case redis
        case store
        case invalidation
    }

    public var level: Level
    /// The part's name, such as a shard's, and its state.
    public var health: ServerHealth

    public init(_ level: Level, _ health: ServerHealth) {
        self.level = level
        self.health = health
    }
}

extension Sequence<ComponentHealth> {
    /// Whether keys can be served: some part of the authority can be asked, which is memory where there is no store.
    public var canServe: Bool {
        var hasStore = false
        for component in self where component.level == .store {
            if !component.health.isDown { return true }
            hasStore = true
        }
        return !hasStore
    }
}
