import Metrics
import NIOConcurrencyHelpers
import StrataCore
import StrataResilience

/// The connections of one shard that all callers share, and the requests that wait for room on them.
///
/// What arrives while the reactor works goes out together when it looks again, spread over the connections. Requests of one
/// kind share a statement when there are more of them than connections that are free for one; a lone one leaves at once.
final class ConnectionPool: ConnectionOwner, @unchecked Sendable {
    private struct Inbox {
        var requests: [Request] = []
        /// Requests in the inbox and in `waiting`.
        var count = 0
        var isSignalled = false
        var isClosed = false
    }

    let settings: ConnectionSettings
    let reactor: PostgresReactor
    private let limit: Int
    private let queueLimit: Int
    private let depth: Int
    private let minimumSilence: Duration
    private let circuit: ServerCircuit
    private let retries: ServerRetries
    private let metrics: PoolMetrics
    private let inbox = NIOLockedValueBox(Inbox())

    // Guarded by being used on the reactor's thread only, all below.
    private var waiting = WaitingRequests()
    /// Lost with their connections, and sent again when their pause is over.
    private var pausing: [ObjectIdentifier: [Request]] = [:]
    private var connections: [Connection] = []
    private var backoff = Backoff(first: .milliseconds(20), last: .seconds(2))
    private var reconnectTimer: ReactorTimer?
    /// Why the last attempt to connect failed; callers need not wait for the next one. Nil while connecting works.
    private var lastError: StrataError?
    private var isClosed = false

    init(
        _ configuration: PostgresConfiguration, settings: ConnectionSettings, reactor: PostgresReactor,
        circuit: ServerCircuit, retries: ServerRetries
    ) {
        self.settings = settings
        self.reactor = reactor
        self.circuit = circuit
        self.retries = retries
        limit = configuration.connections
        queueLimit = configuration.queueLimit
        depth = configuration.pipelineDepth
        minimumSilence = configuration.silenceLimit
        metrics = PoolMetrics(shard: configuration.name)
    }

    // MARK: From any thread

    /// Sends a request when there is room, or answers it with the error that prevents it.
    func submit(_ request: Request) {
        var refusal: StrataError?
        let signals = inbox.withLockedValue { inbox -> Bool in
            guard !inbox.isClosed else {
                refusal = shutdownError
                return false
            }
            guard inbox.count < queueLimit else {
                refusal = StrataError(
                    .overloaded, "\(queueLimit) requests wait already; try again later", origin: settings.shard)
                return false
            }
            inbox.requests.append(request)
            inbox.count += 1
            defer { inbox.isSignalled = true }
            return !inbox.isSignalled
        }
        if let refusal {
            metrics.refused.increment()
            return request.fail(refusal)
        }
        guard signals, !reactor.call({ self.collect() }) else { return }
        failInbox(shutdownError)
    }

    /// Closes all connections, answers what waits with `shutdown`, and takes no more requests.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let accepted = reactor.call {
                self.shutDown()
                continuation.resume()
            }
            if !accepted { continuation.resume() }
        }
    }

    /// The same without waiting for it.
    func closeSoon() { reactor.call { self.shutDown() } }

    // MARK: On the reactor's thread

    private func collect() {
        let arrived = inbox.withLockedValue { inbox in
            inbox.isSignalled = false
            defer { inbox.requests = [] }
            return inbox.requests
        }
        retries.earn(arrived.count)
        for request in arrived {
            guard !request.isFinished else {
                left(1)
                continue
            }
            startTimer(of: request)
            waiting.append(request)
        }
        dispatch()
    }

    /// Takes in that requests no longer wait.
    private func left(_ count: Int) {
        if count > 0 { inbox.withLockedValue { $0.count -= count } }
    }

    private func dispatch() {
        guard !waiting.isEmpty else { return }
        let ready = connections.filter { $0.phase == .ready }
        guard !ready.isEmpty else {
            if let lastError { failWaiting(lastError) } else { grow() }
            return
        }
        var batches: [[Request]] = ready.map { _ in [] }
        var taken = 0
        let drop = { (request: Request) in
            taken += 1
            self.forget(request)
        }
        func load(_ index: Int) -> Int { ready[index].inFlight + batches[index].count }
        // One statement at a time is shared per connection: what comes meanwhile is the next one, and the busier the
        // server, the more callers share a round trip and a commit.
        var free = ready.indices.filter { !ready[$0].sharesStatement && load($0) < depth }
            .sorted { load($0) > load($1) }
        while let target = free.popLast() {
            let share = max(
                ConnectionPool.minimumShare, (waiting.mergeableCount + free.count) / (free.count + 1))
            guard let request = waiting.nextBatch(of: share, drop, board: { _ in taken += 1 }) else { break }
            taken += 1
            batches[target].append(request)
        }
        while let target = ready.indices.min(by: { load($0) < load($1) }), load(target) < depth,
            let request = waiting.nextSingle(drop)
        {
            taken += 1
            batches[target].append(request)
        }
        left(taken)
        for (connection, batch) in zip(ready, batches) where !batch.isEmpty {
            // Sending on one connection may have found that another one is gone.
            if connection.phase == .ready { connection.send(batch) } else { requeue(batch) }
        }
        if connections.count < limit, ready.allSatisfy({ $0.inFlight > 0 }) { grow() }
    }

    /// Below this many requests, merging saves less than running them on several connections.
    private static let minimumShare = 4

    /// Opens one more connection, unless one is being opened or has to wait.
    private func grow() {
        guard !isClosed, connections.count < limit, reconnectTimer == nil,
            !connections.contains(where: { $0.phase == .connecting || $0.phase == .preparing })
        else { return }
        let connection = Connection(settings, reactor: reactor, owner: self)
        connections.append(connection)
        connection.open()
    }

    func connectionIsReady(_ connection: Connection) {
        backoff.reset()
        lastError = nil
        circuit.reached()
        metrics.connections.record(connections.count)
        dispatch()
    }

    func connectionHasRoom(_ connection: Connection) { dispatch() }

    func connection(_ connection: Connection, returns requests: [Request]) {
        requeue(requests)
        dispatch()
    }

    /// Sends lost requests again after a pause, as far as the budget and their deadlines allow.
    func connection(_ connection: Connection, lost requests: [Request], _ error: StrataError) {
        var pause = PostgresShard.retryPause
        for _ in 1..<max(1, requests.map(\.attempts).max() ?? 1) { _ = pause.next() }
        let due = ContinuousClock.now + pause.next()
        var again: [Request] = []
        for one in separated(requests) {
            guard !isClosed, due < one.deadline, retries.take() else {
                one.fail(isClosed ? shutdownError : error)
                forget(one)
                continue
            }
            again.append(one)
        }
        guard !again.isEmpty else { return }
        let identifier = ObjectIdentifier(connection)
        pausing[identifier] = again
        // The connection is held so that no other one gets its identifier meanwhile.
        let timer = ReactorTimer(at: due) { [weak self, connection] in
            guard let self else { return }
            requeue(pausing.removeValue(forKey: ObjectIdentifier(connection)) ?? [])
            dispatch()
        }
        reactor.schedule(timer)
    }

    private func requeue(_ requests: [Request]) {
        for one in separated(requests.reversed()) {
            guard one.attempts < ConnectionPool.maximumAttempts, !isClosed else {
                one.fail(
                    isClosed ? shutdownError : settings.error(.unavailable, "the statement failed to run 5 times"))
                forget(one)
                continue
            }
            inbox.withLockedValue { $0.count += 1 }
            waiting.prepend(one)
        }
    }

    /// The requests that shared a statement, those without an answer, each by itself again.
    private func separated(_ requests: [Request]) -> [Request] {
        requests.flatMap { request in
            let open = request.everyone.filter { !$0.isFinished }
            for one in open { one.attempts = request.attempts }
            request.unload()
            return open
        }
    }

    private var shutdownError: StrataError {
        StrataError(.shutdown, "the shard was shut down", origin: settings.shard)
    }

    private static let maximumAttempts = 5

    func connectionIsClosed(_ connection: Connection, _ error: StrataError) {
        connections.removeAll { $0 === connection }
        metrics.connections.record(connections.count)
        guard !isClosed else { return }
        metrics.losses.increment()
        // That a connection which worked was lost says nothing yet about the server.
        if connection.wasReady { backoff.reset() }
        if lastError != nil || !connection.wasReady { lastError = error }
        if let reconnectTimer { reactor.cancel(reconnectTimer) }
        let timer = ReactorTimer(at: .now + backoff.next()) { [weak self] in
            guard let self else { return }
            reconnectTimer = nil
            if connections.isEmpty { grow() }
        }
        reconnectTimer = timer
        reactor.schedule(timer)
        guard connections.isEmpty, lastError != nil else { return }
        circuit.unreachable(error)
        failWaiting(error)
    }

    private func failWaiting(_ error: StrataError) {
        let failed = waiting.removeAll()
        left(failed.count)
        for request in failed {
            request.fail(error)
            forget(request)
        }
    }

    private func failInbox(_ error: StrataError) {
        let requests = inbox.withLockedValue { inbox in
            inbox.count -= inbox.requests.count
            defer { inbox.requests = [] }
            return inbox.requests
        }
        for request in requests { request.fail(error) }
    }

    private func shutDown() {
        isClosed = true
        inbox.withLockedValue { $0.isClosed = true }
        failInbox(shutdownError)
        failWaiting(shutdownError)
        for request in pausing.values.joined() {
            request.fail(shutdownError)
            forget(request)
        }
        pausing = [:]
        if let reconnectTimer { reactor.cancel(reconnectTimer) }
        reconnectTimer = nil
        for connection in connections { connection.close(shutdownError) }
    }

    // MARK: Deadlines

    private func startTimer(of request: Request) {
        // The request is held until its timer ends or is forgotten, which every way of answering it sees to.
        let timer = ReactorTimer(at: request.deadline) { [weak self, request] in self?.expired(request) }
        request.timer = timer
        reactor.schedule(timer)
    }

    private func forget(_ request: Request) {
        if let timer = request.timer { reactor.cancel(timer) }
        request.timer = nil
    }

    /// Answers a caller whose time is over, and sees to a connection that does not answer.
    private func expired(_ request: Request) {
        request.timer = nil
        request.fail(
            StrataError(.timeout, "no answer within the time allowed", origin: settings.shard))
        guard let sentAt = request.sentAt else { return }
        let check = max(.now, sentAt + minimumSilence)
        let timer = ReactorTimer(at: check) { [weak self] in
            guard let self else { return }
            for connection in connections where connection.inFlight > 0 && connection.heardAt < sentAt {
                connection.close(
                    settings.error(.unavailable, "the server has been silent for \(minimumSilence) or more"))
            }
        }
        reactor.schedule(timer)
    }
}
