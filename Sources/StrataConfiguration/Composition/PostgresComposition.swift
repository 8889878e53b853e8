import Logging
import ServiceLifecycle
import Strata
import StrataCore
import StrataPostgres
import StrataSharding
import StrataTelemetry

/// A sharded store over Postgres: the catalog in the first shard says who owns what, and every shard is set up for it.
struct PostgresComposition {
    /// Which shard owns a key now.
    typealias Owner = @Sendable (Key) -> InstalledShard

    let store: any Store
    let owner: Owner
    let identity: ClusterIdentity
    let services: [any Service]
    /// What is known to be outdated, where replicas are read; to be told of what other processes write.
    let floors: ReadFloors?

    /// - Parameters:
    ///   - bound: how old a replica's answer may be.
    ///   - deadline: until when the catalog has to answer; another shard may be down, and is set up later.
    /// - Throws: the catalog's error, and `incompatible` or `configuration` of any shard.
    init(
        _ settings: PostgresSettings, breaker: BreakerSettings, bound: Duration, deadline: ContinuousClock.Instant,
        observation: Observation, logger: Logger
    ) async throws(StrataError) {
        let reactor = try PostgresReactor()
        var shards: [PostgresShard] = []
        for shard in settings.shards {
            shards.append(
                try PostgresShard(
                    PostgresConfiguration(shard, of: settings, breaker: breaker), reactor: reactor, logger: logger))
        }
        let catalog = PostgresCatalog(shards[0])
        identity = try await catalog.identity(deadline: deadline)
        let map = try await catalog.settledMap(for: settings, deadline: deadline, logger: logger)
        let hedges = settings.hedgeQuantile.map {
            HedgeOptions(quantile: $0, budget: RetryBudgetOptions(ratio: settings.retryRatio))
        }
        let floors = settings.shards.contains { !$0.replicas.isEmpty } ? ReadFloors() : nil
        self.floors = floors
        var installed: [InstalledShard] = []
        for (shard, place) in zip(shards, settings.shards) {
            let replicas = try place.replicas.indices.map { (index) throws(StrataError) in
                try PostgresReplica(
                    PostgresConfiguration(replica: index, of: place, in: settings, breaker: breaker), reactor: reactor,
                    logger: logger)
            }
            let replicated = floors.flatMap { floors in
                replicas.isEmpty ? nil : ReplicatedShard(shard, replicas: replicas, bound: bound, floors: floors)
            }
            installed.append(
                InstalledShard(
                    shard, replicated, identity: identity, map: map, hedges: hedges, logger: logger))
        }
        try await InstalledShard.install(installed, deadline: deadline)
        if observation.isOff {
            let sharded = try PostgresComposition.sharded(installed, by: map, of: catalog)
            (store, owner) = (sharded, { sharded.shard(for: $0) })
        } else {
            let observed = zip(installed, settings.shards).map { shard, settings in
                ObservedStore(shard, ObservedServer(settings), observation)
            }
            let sharded = try PostgresComposition.sharded(observed, by: map, of: catalog)
            (store, owner) = (sharded, { sharded.shard(for: $0).base })
        }
        services = installed.map { shard in BackgroundService("shard \(shard.name)", shard.run) }
    }

    private static func sharded<Shard: Store>(
        _ shards: [Shard], by map: ShardMap, of catalog: PostgresCatalog
    ) throws(StrataError) -> ShardedStore<Shard> {
        try ShardedStore(map: map, shards: shards) { (deadline) throws(StrataError) in
            try await catalog.currentMap(deadline: deadline).map { map throws(StrataError) in
                try ShardMap(encoded: map.bytes)
            }
        }
    }
}

extension PostgresConfiguration {
    init(
        _ shard: PostgresSettings.Shard, of settings: PostgresSettings, breaker: BreakerSettings = BreakerSettings()
    ) throws(StrataError) {
        try self.init(
            name: shard.name, url: shard.url.reveal(), direct: shard.direct?.reveal(),
            connections: settings.connections, idleLimit: settings.idleLimit, maximumAge: settings.maximumAge,
            breaker: breaker.options(settings.timeouts),
            retries: RetryBudgetOptions(ratio: settings.retryRatio), prepared: settings.prepared)
    }

    /// How a replica of a shard is reached.
    fileprivate init(
        replica index: Int, of shard: PostgresSettings.Shard, in settings: PostgresSettings, breaker: BreakerSettings
    ) throws(StrataError) {
        try self.init(shard, of: settings, breaker: breaker)
        name = PostgresSettings.Shard.replicaName(shard.name, index)
        url = shard.replicas[index].reveal()
        direct = nil
    }
}

extension PostgresCatalog {
    /// The map in the catalog; the first process makes it from the configuration.
    ///
    /// Afterwards the catalog rules: what the configuration has differently is logged and has no effect.
    fileprivate func settledMap(
        for settings: PostgresSettings, deadline: ContinuousClock.Instant, logger: Logger
    ) async throws(StrataError) -> ShardMap {
        let wanted = settings.shards.map { ShardDescriptor(name: $0.name, weight: $0.weight) }
        _ = try await register(shards: settings.shards.map(\.name), deadline: deadline)
        if try await currentMap(deadline: deadline) == nil {
            let seed = try ShardMap(assigning: wanted)
            // Another process may be first; what is read next is right in either case.
            _ = try await replaceMap(
                with: CatalogMap(epoch: seed.epoch, bytes: seed.encoded), at: .none, deadline: deadline)
        }
        guard let current = try await currentMap(deadline: deadline) else {
            throw StrataError(.corrupt, "the catalog has lost its shard map; restore strata.shard_map from a backup")
        }
        let map = try ShardMap(encoded: current.bytes)
        if Set(map.shards) != Set(wanted) {
            logger.warning(
                "the catalog's shards differ from the configuration's, and the catalog's are used",
                metadata: [
                    "catalog": "\(map.shards.map { "\($0.name):\($0.weight)" }.joined(separator: " "))",
                    "configuration": "\(wanted.map { "\($0.name):\($0.weight)" }.joined(separator: " "))",
                ])
        }
        return map
    }
}
