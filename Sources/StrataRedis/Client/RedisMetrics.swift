import CoreMetrics
import StrataResilience

/// What a client counts, per server. The log has a client of its own, whose polls are slow on purpose.
struct RedisMetrics: Sendable {
    /// Connections that are logged in.
    let connections: Gauge
    /// Attempts to connect.
    let connects: Counter
    /// Connections that were lost and are tried again.
    let reconnects: Counter
    /// Those of them that had to wait because too many connections were being made.
    let delayedReconnects: Counter
    /// Connections that were lost and attempts to connect that failed, by reason.
    let losses: FailureCounters
    /// Commands sent.
    let commands: Counter
    /// Requests that failed, by reason.
    let failures: FailureCounters
    /// The time from sending a request to its last answer.
    let latency: Timer
    /// How busy the connections are.
    let load: RedisLoadGauges

    /// - Parameter client: the client's name, as `CLIENT LIST` shows it.
    init(server: String, client: String) {
        let dimensions = [("server", server), ("client", client)]
        connections = Gauge(label: "strata_redis_connections", dimensions: dimensions)
        connects = Counter(label: "strata_redis_connects_total", dimensions: dimensions)
        reconnects = Counter(label: "strata_redis_reconnects_total", dimensions: dimensions)
        delayedReconnects = Counter(label: "strata_redis_reconnects_delayed_total", dimensions: dimensions)
        losses = FailureCounters(label: "strata_redis_connection_losses_total", dimensions: dimensions)
        commands = Counter(label: "strata_redis_commands_total", dimensions: dimensions)
        failures = FailureCounters(label: "strata_redis_failures_total", dimensions: dimensions)
        // Timers show seconds, and say so themselves.
        latency = Timer(label: "strata_redis_request", dimensions: dimensions)
        load = RedisLoadGauges(dimensions)
    }
}
