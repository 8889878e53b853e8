import CoreMetrics

/// What a client counts, per server.
struct RedisMetrics: Sendable {
    /// Connections that are logged in.
    let connections: Gauge
    /// Connections that were lost and are tried again.
    let reconnects: Counter
    /// Those of them that had to wait because too many connections were being made.
    let delayedReconnects: Counter
    /// Commands sent.
    let commands: Counter
    /// Requests that failed, whatever the reason.
    let failures: Counter
    /// Commands sent whose answers have not come, when a batch goes out.
    let inFlight: Gauge
    /// The time from sending a request to its last answer.
    let latency: Timer

    init(server: String) {
        let dimensions = [("server", server)]
        connections = Gauge(label: "strata_redis_connections", dimensions: dimensions)
        reconnects = Counter(label: "strata_redis_reconnects_total", dimensions: dimensions)
        delayedReconnects = Counter(label: "strata_redis_reconnects_delayed_total", dimensions: dimensions)
        commands = Counter(label: "strata_redis_commands_total", dimensions: dimensions)
        failures = Counter(label: "strata_redis_failures_total", dimensions: dimensions)
        inFlight = Gauge(label: "strata_redis_commands_in_flight", dimensions: dimensions)
        latency = Timer(label: "strata_redis_request_seconds", dimensions: dimensions)
    }
}
