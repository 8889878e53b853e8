import Logging
import NIOCore
import ServiceLifecycle
import Strata
import StrataCore
import StrataRedis
import StrataResilience
import StrataTelemetry

/// What a composition makes of its Redis: level 2, or the authority when there is no store, and the log.
struct RedisComposition {
    private let client: RedisClient
    private let hedges: ServerHedges?
    private let settings: RedisSettings
    private let observation: Observation

    /// - Throws: `configuration` when the certificates for TLS can't be used.
    init(
        _ settings: RedisSettings, breaker: BreakerSettings, group: any EventLoopGroup, observation: Observation,
        logger: Logger
    ) throws(StrataError) {
        if settings.topology.isSecure { try settings.tls.check() }
        self.settings = settings
        self.observation = observation
        let configuration = RedisConfiguration(
            settings.topology, prefix: settings.prefix, connectionsPerLoop: settings.connections,
            commandTimeout: max(settings.timeouts.read, settings.timeouts.write, .seconds(1)),
            breaker: breaker.options(settings.timeouts), tls: settings.tls)
        client = RedisClient(configuration: configuration, group: group, logger: logger)
        hedges = settings.hedgeQuantile.map { [client] quantile in
            ServerHedges(
                HedgeOptions(quantile: quantile), metrics: "strata_redis", dimension: ("servers", client.origin))
        }
    }

    /// Copies of a store's entries.
    func tier(over store: StoreComposition) -> (any CacheTier)? {
        guard let identity = store.identity else { return nil }
        let tier = RedisTier(client: client, cluster: identity, shardName: store.shardName)
        // One span for a read and its hedge: it is one call.
        if let hedges { return observation.of(HedgedTier(tier, hedges), server(.redis)) }
        return observation.of(tier, server(.redis))
    }

    private func server(_ level: ObservedServer.Level) -> ObservedServer {
        ObservedServer(settings, level: level, name: client.origin)
    }

    /// Where caches live that are kept in the levels only.
    func levels(beside store: StoreComposition) -> LevelsOnlyPlace {
        guard let identity = store.identity else { return .store }
        return .beside(
            observation.of(RedisStore(client: client, cluster: identity, besideTier: true), server(.redis)))
    }

    /// Redis in the place of a store.
    ///
    /// - Throws: the error of the server, which has to be there to say whose data it holds.
    func authority(deadline: ContinuousClock.Instant) async throws(StrataError) -> any Store {
        let identity = try await RedisStore.identity(of: client, deadline: deadline)
        return observation.of(RedisStore(client: client, cluster: identity), server(.store))
    }

    func sources(_ settings: InvalidationSettings) -> [any InvalidationSource] {
        settings.sources.map { source in
            switch source {
            // Several heartbeats within the bound, so that a late one does not look like a lost log.
            case .redisLog:
                RedisInvalidationLog(client: client, options: .init(poll: min(settings.bound / 4, .seconds(1))))
            }
        }
    }

    var service: any Service { BackgroundService("connections to Redis", client.run) }
}
