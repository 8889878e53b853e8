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
    ///   - configuration: checked when the server runs.
    ///   - metrics: what libraries report through swift-metrics, to be shown beside the proxy's own; nil for none.
    ///   - logger: for changes of state and misbehaving clients; never written to per request.
    ///   - onListening: called with the address of the RESP listener once clients can connect.
    public init(
        manager: CacheManager, configuration: ProxyConfiguration, metrics: PrometheusMetricsFactory? = nil,
        logger: Logger, onListening: @escaping @Sendable (SocketAddress?) -> Void = { _ in }
    ) {
        let cache = manager.bytes
        let server = ProxyContext(configuration: configuration) { LevelCounts(manager.statistics) }
        engine = ProxyEngine(
            server: server,
            levels: ProxyLevels(
                cache: cache, memory: MemoryLevel(cache.memory, isAuthority: cache.memoryIsAuthority),
                counts: server.levels
            ) { await LevelHealth.all(of: manager) },
            factory: metrics, logger: logger, onListening: onListening)
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
        self.init(memory: count(statistics.memory), redis: count(statistics.redis), store: count(statistics.store))
    }
}

extension LevelHealth {
    /// Keys in different slots, asked for to find out whether a shard other than the failing ones still serves.
    private static let probes = (0..<16).map { Key("strata:readiness:\($0)") }

    /// What fails; and, when part of the store does, whether the rest of it serves.
    fileprivate static func all(of manager: CacheManager) async -> [LevelHealth] {
        var parts = await manager.health().map { part in
            LevelHealth(name: part.name, error: part.error, isRequired: part.level == .store)
        }
        guard parts.contains(where: { $0.isRequired && $0.error != nil }) else { return parts }
        let answers = await manager.bytes.read(probes, freshness: .strong)
        let serves = answers.contains { if case .success = $0 { true } else { false } }
        if serves { parts.append(LevelHealth(name: "other shards", error: nil, isRequired: true)) }
        return parts
    }
}
