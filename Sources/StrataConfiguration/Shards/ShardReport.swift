import Logging
import NIOPosix
public import StrataCore
import StrataEmbedded
import StrataPostgres
import StrataRedis
import StrataSharding

/// The shards of a store, found out without changing anything: no schema is set up, no directory is locked.
public struct ShardReport: Hashable, Sendable {
    /// What kind of store it is: `postgres`, `embedded`, `redis`, or `none` when memory is the authority.
    public var store: String
    /// The version of the shard map; nil where there is none.
    public var epoch: Epoch?
    public var shards: [ShardStatus]
    /// What kept the report from being complete, apart from shards that are down.
    public var problems: [StrataError]

    init(store: String, epoch: Epoch? = nil, shards: [ShardStatus] = [], problems: [StrataError] = []) {
        self.store = store
        self.epoch = epoch
        self.shards = shards
        self.problems = problems
    }

    /// Asks every shard of the configured store at once.
    ///
    /// - Parameter timeout: how long a shard may take to answer.
    /// - Throws: `configuration`, `storage`, `incompatible` or `corrupt` when the settings or the directory name no store.
    public init(of settings: Settings, timeout: Duration = .seconds(5)) async throws(StrataError) {
        let deadline = ContinuousClock.now + timeout
        switch (settings.store, settings.redis) {
        case (.embedded(let embedded), _):
            self = try ShardReport(of: embedded)
        case (.postgres(let postgres), _):
            self = try await ShardReport(of: postgres, deadline: deadline)
        case (.none, let redis?):
            self = await ShardReport(of: redis, deadline: deadline)
        case (.none, nil):
            self.init(store: "none")
        }
    }

    /// Whether every shard answers and the report is complete.
    public var isComplete: Bool { problems.isEmpty && !shards.contains { $0.health.isDown } }

    private init(of settings: EmbeddedSettings) throws(StrataError) {
        let inventory = try EmbeddedInventory(of: EmbeddedConfiguration(settings))
        self.init(
            store: "embedded",
            shards: inventory.files.map { ShardStatus(place: $0.path, slots: $0.slots, health: $0.health) })
    }

    private init(of settings: RedisSettings, deadline: ContinuousClock.Instant) async {
        let client = RedisClient(
            configuration: RedisConfiguration(settings.topology, prefix: settings.prefix, tls: settings.tls),
            group: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent)
        var health = await client.health(deadline: deadline)
        // The time of the first answers has connecting in it.
        if !health.contains(where: \.isDown) { health = await client.health(deadline: deadline) }
        await client.close()
        self.init(
            store: "redis",
            // It is the authority, which is one server at a time.
            shards: health.map { ShardStatus(place: settings.servers, slots: Slot.count, health: $0) })
    }

    private init(of settings: PostgresSettings, deadline: ContinuousClock.Instant) async throws(StrataError) {
        let reactor = try PostgresReactor()
        let shards = try settings.shards.map { shard throws(StrataError) in
            try PostgresShard(PostgresConfiguration(shard, of: settings), reactor: reactor, logger: .silent)
        }
        async let asked = ShardReport.health(of: shards, deadline: deadline)
        let map = await ShardReport.map(in: shards[0], deadline: deadline)
        let health = await asked
        let counts = (try? map.get()).map { map in
            Dictionary(zip(map.shards.map(\.name), map.slotCounts)) { first, _ in first }
        }
        var statuses = zip(settings.shards, shards).map { shard, connected in
            // Once there is a map, its weights count and not the configuration's.
            let weight = (try? map.get())?.shards.first { $0.name == shard.name }?.weight ?? shard.weight
            return ShardStatus(
                place: shard.url.place, weight: weight, slots: counts.map { $0[shard.name] ?? 0 },
                health: health[connected.name] ?? ServerHealth(shard.name))
        }
        for (name, slots) in counts ?? [:] where !settings.shards.contains(where: { $0.name == name }) {
            let error = StrataError(
                .configuration, "the shard map names it and the configuration does not; add its URL", origin: name)
            statuses.append(ShardStatus(place: "unknown", slots: slots, health: ServerHealth(name, .down(error))))
        }
        var problems: [StrataError] = []
        if case .failure(let error) = map { problems.append(error) }
        self.init(store: "postgres", epoch: (try? map.get())?.epoch, shards: statuses, problems: problems)
    }

    private static func health(
        of shards: [PostgresShard], deadline: ContinuousClock.Instant
    ) async -> [String: ServerHealth] {
        await withTaskGroup(of: [ServerHealth].self) { group in
            for shard in shards {
                group.addTask {
                    let context = StoreContext(deadline: deadline)
                    // The time of the first answer has connecting in it.
                    let first = await shard.health(context: context)
                    return first.contains(where: \.isDown) ? first : await shard.health(context: context)
                }
            }
            return await group.reduce(into: [:]) { found, parts in for part in parts { found[part.name] = part } }
        }
    }

    private static func map(
        in catalog: PostgresShard, deadline: ContinuousClock.Instant
    ) async -> Result<ShardMap, StrataError> {
        do throws(StrataError) {
            let catalog = PostgresCatalog(catalog)
            guard try await catalog.exists(deadline: deadline),
                let found = try await catalog.currentMap(deadline: deadline)
            else {
                throw StrataError(.configuration, "there is no shard map yet; cache-proxy serve makes one")
            }
            return .success(try ShardMap(encoded: found.bytes))
        } catch {
            var error = error
            error.message = "the shard map can't be read: \(error.message)"
            return .failure(error.at(catalog.name))
        }
    }
}

extension Logger {
    /// For what is reported in another way.
    fileprivate static var silent: Logger { Logger(label: "strata.shards") { _ in SwiftLogNoOpLogHandler() } }
}
