import Metrics

/// What a shard's pool counts.
struct PoolMetrics: Sendable {
    /// Open connections, those being opened included.
    let connections: Gauge
    /// Connections lost and attempts to connect that failed.
    let losses: Counter
    /// Requests refused because too many waited.
    let refused: Counter

    init(shard: String) {
        let dimensions = [("shard", shard)]
        connections = Gauge(label: "strata_postgres_connections", dimensions: dimensions)
        losses = Counter(label: "strata_postgres_connection_losses_total", dimensions: dimensions)
        refused = Counter(label: "strata_postgres_refused_total", dimensions: dimensions)
    }
}
