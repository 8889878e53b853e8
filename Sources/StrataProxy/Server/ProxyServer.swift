public import Logging
public import NIOCore
public import ServiceLifecycle
public import Strata
import StrataCore

/// Serves a manager's cache of raw bytes to Redis clients and over HTTP.
///
/// Run it as a `Service` after the manager. On graceful shutdown it stops accepting, answers what has come, closes its
/// connections, and ends within the drain timeout.
public struct ProxyServer: Service {
    private let engine: ProxyEngine

    /// A server of a manager.
    ///
    /// - Parameters:
    ///   - manager: the levels to serve; the server doesn't run it.
    ///   - group: the event loops that serve clients, which must outlive the server. When Redis' connections live on them
    ///     too, a request never changes its thread.
    ///   - configuration: checked when the server runs.
    ///   - metrics: what libraries report through swift-metrics, to be shown beside the proxy's own; nil for none.
    ///   - logger: for changes of state and misbehaving clients; never written to per request.
    ///   - onListening: called with the address of the RESP listener once clients can connect.
    public init(
        manager: CacheManager, group: any EventLoopGroup, configuration: ProxyConfiguration,
        metrics: PrometheusMetricsFactory? = nil, logger: Logger,
        onListening: @escaping @Sendable (SocketAddress?) -> Void = { _ in }
    ) {
        let cache = manager.bytes
        let server = ProxyContext(configuration: configuration) { LevelCounts(manager.statistics) }
        engine = ProxyEngine(
            server: server,
            levels: ProxyLevels(
                cache: cache, memory: MemoryLevel(cache.memory, isAuthority: cache.memoryIsAuthority),
                counts: server.levels
            ) { await manager.health() },
            group: group, factory: metrics, logger: logger, onListening: onListening)
    }

    /// Listens and serves until shutdown.
    ///
    /// - Throws: `StrataError` with the code `configuration` when the configuration can't work or a port is taken.
    public func run() async throws {
        try await engine.run()
    }
}

extension LevelCounts {
    fileprivate init(_ statistics: ManagerStatistics) {
        func count(_ level: LevelStatistics) -> LevelCount { LevelCount(hits: level.hits, misses: level.misses) }
        self.init(
            memory: count(statistics.memory), redis: count(statistics.redis), store: count(statistics.store),
            stale: statistics.stale.served)
    }
}
