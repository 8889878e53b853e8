import Logging
import StrataCore

extension Settings {
    init(_ tree: ConfigurationTree) throws(StrataError) {
        let root = try ConfigurationSection(mapping: tree, at: .root)
        let listen =
            if let section = try root.section("listen") { try ListenSettings(section) } else { ListenSettings() }
        let memory: MemorySettings? =
            switch try root.sectionOrNone("memory") {
            case nil: MemorySettings()
            case .some(nil): nil
            case let section??: try MemorySettings(section)
            }
        let redis: RedisSettings? =
            if let section = try root.sectionOrNone("redis") ?? nil {
                try RedisSettings(section)
            } else {
                nil
            }
        let store: StoreSettings =
            switch try root.sectionOrNone("store") {
            case nil: .embedded(EmbeddedSettings())
            case .some(nil): .none
            case let section??: try StoreSettings(section)
            }
        if memory == nil, redis == nil, store == .none {
            throw root.error("store", "memory, redis and store are all none, so nothing could be kept; configure one")
        }
        if store == .none, let redis, !redis.mode.canBeAuthority {
            throw root.error(
                "redis.mode",
                "without a store Redis is the authority, and \(redis.mode.rawValue) only spreads copies: configure a store,"
                    + " or a mode with one server at a time")
        }
        try self.init(
            listen: listen, memory: memory, redis: redis, store: store,
            breaker: try root.section("breaker").map { section throws(StrataError) in try BreakerSettings(section) }
                ?? BreakerSettings(),
            invalidation: try InvalidationSettings(try root.section("invalidation"), hasRedis: redis != nil),
            logLevel: try root.section("log")?.value("level", .choice as ScalarForm<Logger.Level>) ?? .info)
    }
}
