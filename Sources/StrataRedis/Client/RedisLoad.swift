import CoreMetrics
import NIOConcurrencyHelpers
import NIOCore

/// How busy the connections of one event loop are.
struct RedisLoad: Hashable, Sendable {
    /// How many connections there may be.
    var limit = 0
    /// Connections that are being made or log in.
    var connecting = 0
    /// Connections that are logged in and have nothing under way.
    var idle = 0
    /// Commands sent whose answers have not come.
    var commandsInFlight = 0
    /// Requests that wait for a place on a connection.
    var waitingRequests = 0

    static func += (left: inout RedisLoad, right: RedisLoad) {
        left.limit += right.limit
        left.connecting += right.connecting
        left.idle += right.idle
        left.commandsInFlight += right.commandsInFlight
        left.waitingRequests += right.waitingRequests
    }
}

/// Shows how busy the connections to a server are, over all event loops; each tells it once a second.
final class RedisLoadGauges: Sendable {
    private let loads = NIOLockedValueBox<[ObjectIdentifier: RedisLoad]>([:])
    private let limit: Gauge
    private let connecting: Gauge
    private let idle: Gauge
    private let inFlight: Gauge
    private let waiting: Gauge

    init(_ dimensions: [(String, String)]) {
        limit = Gauge(label: "strata_redis_connections_limit", dimensions: dimensions)
        connecting = Gauge(label: "strata_redis_connections_connecting", dimensions: dimensions)
        idle = Gauge(label: "strata_redis_connections_idle", dimensions: dimensions)
        inFlight = Gauge(label: "strata_redis_commands_in_flight", dimensions: dimensions)
        waiting = Gauge(label: "strata_redis_requests_waiting", dimensions: dimensions)
    }

    /// Takes in one event loop's share.
    func show(_ load: RedisLoad, of lane: RedisLane) {
        loads.withLockedValue { loads in
            loads[ObjectIdentifier(lane)] = load
            let sum = loads.values.reduce(into: RedisLoad()) { $0 += $1 }
            // Under the lock, so that the latest sum is what stays.
            limit.record(sum.limit)
            connecting.record(sum.connecting)
            idle.record(sum.idle)
            inFlight.record(sum.commandsInFlight)
            waiting.record(sum.waitingRequests)
        }
    }
}

extension RedisLane {
    /// How often the load is shown.
    static let loadInterval = TimeAmount.seconds(1)

    /// Shows the load as it is now. On the event loop.
    func showLoad() {
        var load = state.load
        load.connecting = connections.count { $0.map { !$0.wasReady } ?? false }
        metrics.load.show(load, of: self)
    }
}
