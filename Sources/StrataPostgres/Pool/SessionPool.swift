import DequeModule
import Metrics
import NIOConcurrencyHelpers
import StrataCore
import StrataResilience

/// The connections of one shard that one caller has for itself at a time: for transactions, and for what takes long.
final class SessionPool: ConnectionOwner, @unchecked Sendable {
    private final class Waiter {
        let completion: Completion<Connection>
        var timer: ReactorTimer?

        init(_ completion: Completion<Connection>) { self.completion = completion }
    }

    let settings: ConnectionSettings
    let reactor: PostgresReactor
    private let limit: Int
    private let queueLimit: Int
    private let circuit: ServerCircuit
    let metrics: PoolMetrics
    private let waitingCount = NIOLockedValueBox(0)

    // Guarded by being used on the reactor's thread only, all below.
    private var waiting: Deque<Waiter> = []
    private var idle: [Connection] = []
    private var connections: [Connection] = []
    private var connectTimer: ReactorTimer?
    private var isClosed = false

    init(
        _ configuration: PostgresConfiguration, settings: ConnectionSettings, reactor: PostgresReactor,
        circuit: ServerCircuit
    ) {
        self.settings = settings
        self.reactor = reactor
        self.circuit = circuit
        metrics = PoolMetrics(shard: configuration.name, pool: .sessions)
        limit = configuration.sessions
        queueLimit = configuration.queueLimit
    }

    // MARK: From any thread

    /// Waits for a connection, which has to be given back with `release`.
    ///
    /// - Throws: at once while the shard's circuit is open. What is done with the connection is not judged by: a caller's
    ///   transaction takes as long as it takes.
    func acquire(deadline: ContinuousClock.Instant) async throws(StrataError) -> Connection {
        try circuit.check()
        let accepted = waitingCount.withLockedValue { count in
            guard count < queueLimit else { return false }
            count += 1
            return true
        }
        guard accepted else {
            metrics.refused.increment()
            throw StrataError(
                .overloaded, "\(queueLimit) callers wait for a connection already; try again later",
                origin: settings.shard)
        }
        defer { waitingCount.withLockedValue { $0 -= 1 } }
        let completion = Completion<Connection>()
        if !reactor.call({ self.wait(completion, until: deadline) }) { completion.finish(.failure(shutdownError)) }
        return try await completion.value()
    }

    /// Gives a connection back; it is closed unless it is outside of any transaction with nothing under way.
    func release(_ connection: Connection) {
        reactor.call { self.takeBack(connection) }
    }

    /// Closes all connections, borrowed ones included.
    func closeSoon() { reactor.call { self.shutDown() } }

    private var shutdownError: StrataError {
        StrataError(.shutdown, "the shard was shut down", origin: settings.shard)
    }

    // MARK: On the reactor's thread

    private func wait(_ completion: Completion<Connection>, until deadline: ContinuousClock.Instant) {
        guard !isClosed else {
            completion.finish(.failure(shutdownError))
            return
        }
        let waiter = Waiter(completion)
        let timer = ReactorTimer(at: deadline) { [settings] in
            completion.finish(
                .failure(
                    StrataError(.timeout, "no connection was free within the time allowed", origin: settings.shard)))
        }
        waiter.timer = timer
        reactor.schedule(timer)
        waiting.append(waiter)
        serve()
    }

    /// Hands idle connections to waiters, and opens connections for the ones that are left.
    private func serve() {
        let now = ContinuousClock.now
        while let waiter = nextWaiter() {
            guard let connection = idle.popLast() else {
                waiting.prepend(waiter)
                break
            }
            guard !connection.isStale(at: now) else {
                // It comes back, or another one takes its place.
                waiting.prepend(waiter)
                connection.validate()
                continue
            }
            if let timer = waiter.timer { reactor.cancel(timer) }
            if !waiter.completion.finish(.success(connection)) { idle.append(connection) }
        }
        let opening = connections.count { $0.phase == .connecting || $0.phase == .preparing }
        for _ in 0..<max(0, min(waiting.count - opening, limit - connections.count)) where connectTimer == nil {
            if let wait = reactor.takeConnect() { return serve(after: wait) }
            let connection = Connection(settings, reactor: reactor, owner: self)
            connections.append(connection)
            metrics.connects.increment()
            connection.open()
        }
    }

    private func serve(after wait: Duration) {
        let timer = ReactorTimer(at: .now + wait) { [weak self] in
            guard let self else { return }
            connectTimer = nil
            serve()
        }
        connectTimer = timer
        reactor.schedule(timer)
    }

    private func nextWaiter() -> Waiter? {
        while let waiter = waiting.popFirst() {
            if !waiter.completion.isFinished { return waiter }
            if let timer = waiter.timer { reactor.cancel(timer) }
        }
        return nil
    }

    private func takeBack(_ connection: Connection) {
        guard connection.phase == .ready else { return }
        guard connection.inFlight == 0, connection.isIdle else {
            return connection.close(
                StrataError(.cancelled, "its user left it in the middle of a statement or transaction"))
        }
        connectionIsReady(connection)
    }

    func connectionIsReady(_ connection: Connection) {
        guard connection.isUsable else { return connection.retire() }
        idle.append(connection)
        serve()
    }

    /// A borrowed connection that is leaving does so when it is given back.
    func connectionHasRoom(_ connection: Connection) {
        guard !connection.isUsable, let index = idle.firstIndex(where: { $0 === connection }) else { return }
        idle.remove(at: index)
        connection.retire()
    }

    /// Nobody shares it.
    func connectionGoesOn(_ connection: Connection) {}

    func connection(_ connection: Connection, returns requests: [Request]) {
        for request in requests {
            request.fail(settings.error(.unavailable, "the connection was lost before the statement ran"))
        }
    }

    func connection(_ connection: Connection, lost requests: [Request], _ error: StrataError) {
        self.connection(connection, returns: requests)
    }

    func connectionIsClosed(_ connection: Connection, _ error: StrataError) {
        connections.removeAll { $0 === connection }
        idle.removeAll { $0 === connection }
        guard !isClosed else { return }
        if !connection.isRetired { metrics.losses.increment(error.code) }
        // One waiter per failed attempt, so that none waits for a server that can't be reached.
        if !connection.wasReady, let waiter = nextWaiter() {
            if let timer = waiter.timer { reactor.cancel(timer) }
            waiter.completion.finish(.failure(error))
        }
        serve()
    }

    private func shutDown() {
        isClosed = true
        metrics.show(PoolLoad())
        for waiter in waiting {
            if let timer = waiter.timer { reactor.cancel(timer) }
            waiter.completion.finish(.failure(shutdownError))
        }
        waiting = []
        if let connectTimer { reactor.cancel(connectTimer) }
        connectTimer = nil
        for connection in connections { connection.close(shutdownError) }
    }
}

extension SessionPool: PoolWithLoad {
    var load: PoolLoad? {
        isClosed ? nil : PoolLoad(connections, limit: limit, idle: idle.count, waiting: waiting.count)
    }
}
