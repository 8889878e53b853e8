import Metrics
import StrataCore
import StrataResilience

extension ConnectionPool {
    /// Has one more connection for what waits: one that was idle for long and still works, or a new one, unless one is
    /// being opened or has to wait.
    func grow() {
        guard !isClosed, !connections.contains(where: { $0.phase == .connecting || $0.phase == .preparing }) else {
            return
        }
        let now = ContinuousClock.now
        if let stale = connections.first(where: { $0.isUsable && $0.isStale(at: now) }) { return stale.validate() }
        guard connections.count < limit, reconnectTimer == nil else { return }
        if let wait = reactor.takeConnect() { return connect(after: wait) }
        let connection = Connection(settings, reactor: reactor, owner: self)
        connections.append(connection)
        metrics.connects.increment()
        connection.open()
    }

    /// Opens no connection before the time is over, and then one if it is needed.
    private func connect(after wait: Duration) {
        if let reconnectTimer { reactor.cancel(reconnectTimer) }
        let timer = ReactorTimer(at: .now + wait) { [weak self] in
            guard let self else { return }
            reconnectTimer = nil
            if connections.isEmpty { grow() } else { dispatch() }
        }
        reconnectTimer = timer
        reactor.schedule(timer)
    }

    func connectionIsReady(_ connection: Connection) {
        backoff.reset()
        lastError = nil
        circuit.reached()
        metrics.connections.record(connections.count)
        connectionHasRoom(connection)
    }

    func connectionHasRoom(_ connection: Connection) {
        if connection.leaveReason == .readOnlyServer {
            // The others lead to the same server, or to one that is left for nothing.
            for other in connections where other.isUsable {
                other.leave(.readOnlyServer)
                retireIfUnused(other)
            }
        }
        retireIfUnused(connection)
        dispatch()
    }

    func connectionGoesOn(_ connection: Connection) { collect() }

    private func retireIfUnused(_ connection: Connection) {
        if connection.phase == .ready, connection.leaveReason != nil, connection.inFlight == 0 { connection.retire() }
    }

    func connectionIsClosed(_ connection: Connection, _ error: StrataError) {
        connections.removeAll { $0 === connection }
        metrics.connections.record(connections.count)
        guard !isClosed else { return }
        if connection.isRetired { return dispatch() }
        metrics.losses.increment(error.code)
        // That a connection which worked was lost says nothing yet about the server.
        if connection.wasReady { backoff.reset() }
        if lastError != nil || !connection.wasReady { lastError = error }
        connect(after: backoff.next())
        guard connections.isEmpty, lastError != nil else { return }
        circuit.unreachable(error)
        failWaiting(error)
    }
}
