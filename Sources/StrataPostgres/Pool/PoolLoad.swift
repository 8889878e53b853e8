import NIOConcurrencyHelpers
import StrataCore

/// How busy the connections of a pool are.
struct PoolLoad: Hashable, Sendable {
    /// How many connections there may be.
    var limit = 0
    /// Open connections, those being opened included.
    var connections = 0
    /// Those being opened, or asked whether they still work.
    var connecting = 0
    /// Those with nothing under way.
    var idle = 0
    var statementsInFlight = 0
    var requestsWaiting = 0

    init() {}

    init(_ connections: [Connection], limit: Int, idle: Int, waiting: Int) {
        self.limit = limit
        self.connections = connections.count
        connecting = connections.count { $0.phase == .connecting || $0.phase == .preparing }
        self.idle = idle
        statementsInFlight = connections.reduce(0) { $0 + $1.inFlight }
        requestsWaiting = waiting
    }
}

/// A pool that shows how busy it is once a second, whatever happens: nothing is counted per request for it.
protocol PoolWithLoad: AnyObject, Sendable {
    var reactor: PostgresReactor { get }
    var metrics: PoolMetrics { get }
    /// On the reactor's thread; nil once the pool is closed.
    var load: PoolLoad? { get }
}

extension PoolWithLoad {
    /// Begins to show the load, until the pool is closed.
    func showLoad() {
        reactor.call { [weak self] in self?.showLoadFromNowOn() }
    }

    private func showLoadFromNowOn() {
        guard let load else { return metrics.show(PoolLoad()) }
        metrics.show(load)
        reactor.schedule(ReactorTimer(at: .now + .seconds(1)) { [weak self] in self?.showLoadFromNowOn() })
    }
}

extension ConnectionPool: PoolWithLoad {
    var load: PoolLoad? {
        guard !isClosed else { return nil }
        let idle = connections.count { $0.phase == .ready && $0.inFlight == 0 }
        return PoolLoad(connections, limit: limit, idle: idle, waiting: inbox.withLockedValue { $0.count })
    }
}
