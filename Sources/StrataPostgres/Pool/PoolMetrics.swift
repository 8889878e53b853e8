import Metrics
import StrataResilience

/// What one of a shard's pools counts.
struct PoolMetrics: Sendable {
    /// Which of them it is, for labels.
    enum Pool: String {
        /// The connections that callers share.
        case shared
        /// Those that one caller has for itself.
        case sessions
    }

    /// Open connections, those being opened included.
    let connections: Gauge
    /// Attempts to connect.
    let connects: Counter
    /// Connections lost and attempts to connect that failed, by reason.
    let losses: FailureCounters
    /// Requests refused because too many waited.
    let refused: Counter
    private let callers: Recorder?
    private let limit: Gauge
    private let connecting: Gauge
    private let idle: Gauge
    private let inFlight: Gauge
    private let waiting: Gauge

    init(shard: String, pool: Pool) {
        let dimensions = [("shard", shard), ("pool", pool.rawValue)]
        connections = Gauge(label: "strata_postgres_connections", dimensions: dimensions)
        connects = Counter(label: "strata_postgres_connects_total", dimensions: dimensions)
        losses = FailureCounters(label: "strata_postgres_connection_losses_total", dimensions: dimensions)
        refused = Counter(label: "strata_postgres_refused_total", dimensions: dimensions)
        callers =
            pool == .shared
            ? Recorder(label: "strata_postgres_statement_callers", dimensions: dimensions, aggregate: true) : nil
        limit = Gauge(label: "strata_postgres_connections_limit", dimensions: dimensions)
        connecting = Gauge(label: "strata_postgres_connections_connecting", dimensions: dimensions)
        idle = Gauge(label: "strata_postgres_connections_idle", dimensions: dimensions)
        inFlight = Gauge(label: "strata_postgres_statements_in_flight", dimensions: dimensions)
        waiting = Gauge(label: "strata_postgres_requests_waiting", dimensions: dimensions)
    }

    /// Takes in statements as they are sent: how many callers share each.
    func sent(_ statements: [Request]) {
        for statement in statements where statement.isMergeable { callers?.record(statement.passengers.count + 1) }
    }

    func show(_ load: PoolLoad) {
        connections.record(load.connections)
        limit.record(load.limit)
        connecting.record(load.connecting)
        idle.record(load.idle)
        inFlight.record(load.statementsInFlight)
        waiting.record(load.requestsWaiting)
    }
}
