import Logging
import ServiceLifecycle
import Strata
import StrataCore
import StrataEmbedded
import StrataPostgres
import StrataTelemetry

/// The store of a composition and what has to run for it.
struct StoreComposition {
    /// The store; nil when memory is the authority.
    let store: (any Store)?
    /// Whose data the store holds; nil when nothing can copy it.
    let identity: ClusterIdentity?
    /// Which shard makes the versions of a key.
    let shardName: @Sendable (Key) -> String
    let services: [any Service]
    /// The shards, when they are Postgres databases.
    let postgres: PostgresComposition.Owner?
    /// What is known to be outdated, where replicas are read.
    private let floors: ReadFloors?

    /// - Parameters:
    ///   - redis: what stands in for a store when there is none.
    ///   - bound: how old the answer of a server may be that is not the authority.
    init(
        _ settings: StoreSettings, breaker: BreakerSettings, redis: RedisComposition?, bound: Duration,
        deadline: ContinuousClock.Instant, observation: Observation, logger: Logger
    ) async throws(StrataError) {
        switch settings {
        case .none:
            store = if let redis { try await redis.authority(deadline: deadline) } else { nil }
            (identity, services, postgres, floors) = (nil, [], nil, nil)
            shardName = { _ in "" }
        case .embedded(let settings):
            let embedded = try await EmbeddedStore(EmbeddedConfiguration(settings), logger: logger)
            store = observation.of(embedded, ObservedServer(.sqlite, level: .store, name: embedded.name))
            (identity, postgres, floors) = (embedded.identity, nil, nil)
            shardName = { embedded.shardName(of: $0) }
            services = [BackgroundService("embedded store", embedded.run)]
        case .postgres(let settings):
            let shards = try await PostgresComposition(
                settings, breaker: breaker, bound: bound, deadline: deadline, observation: observation, logger: logger)
            (store, identity, services, postgres) = (shards.store, shards.identity, shards.services, shards.owner)
            floors = shards.floors
            shardName = { [owner = shards.owner] in owner($0).name }
        }
    }

    /// The sources of invalidations with what the store has to hear of them.
    func heard(_ sources: [any InvalidationSource]) -> [any InvalidationSource] {
        guard let floors else { return sources }
        return sources.map { FloorRaisingSource($0, floors) }
    }
}

extension EmbeddedConfiguration {
    init(_ settings: EmbeddedSettings) {
        self.init(
            directory: settings.path, shards: settings.shards,
            durability: settings.durability == .full ? .full : .process)
    }
}
