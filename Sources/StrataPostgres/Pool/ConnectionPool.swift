import DequeModule
import Metrics
import NIOConcurrencyHelpers
import StrataCore
import StrataResilience

/// The connections of one shard that all callers share, and the requests that wait for room on them.
///
/// What arrives while the reactor works goes out together when it looks again. Requests of one kind share a statement, of
/// which there are more when there are more of them than make one worth while. A lone one leaves at once.
final class ConnectionPool: ConnectionOwner, RequestKeeper, @unchecked Sendable {
    struct Inbox {
        var requests: [Request] = []
        /// Requests in the inbox and in `waiting`.
        var count = 0
        var isSignalled = false
        var isClosed = false
    }

    let settings: ConnectionSettings
    let reactor: PostgresReactor
    let limit: Int
    private let queueLimit: Int
    let depth: Int
    let minimumSilence: Duration
    let circuit: ServerCircuit
    let retries: ServerRetries
    let metrics: PoolMetrics
    let inbox = NIOLockedValueBox(Inbox())

    // Guarded by being used on the reactor's thread only, all below.
    var waiting = WaitingRequests()
    /// Room for what arrives while the inbox is looked through.
    private var emptyInbox: [Request] = []
    /// Lost with their connections, and sent again when their pause is over.
    var pausing: [ObjectIdentifier: [Request]] = [:]
    var connections: [Connection] = []
    var backoff = Backoff(first: .milliseconds(20), last: .seconds(2))
    var reconnectTimer: ReactorTimer?
    /// Why the last attempt to connect failed; callers need not wait for the next one. Nil while connecting works.
    var lastError: StrataError?
    var isClosed = false

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
        metrics = PoolMetrics(shard: configuration.name, pool: .shared)
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

    /// Takes in what has arrived, and sends what has room.
    func collect() {
        var arrived: [Request] = []
        swap(&arrived, &emptyInbox)
        inbox.withLockedValue { inbox in
            inbox.isSignalled = false
            swap(&arrived, &inbox.requests)
        }
        let count = arrived.count
        for request in arrived {
            guard !request.isFinished else {
                left(1)
                continue
            }
            startTimer(of: request)
            waiting.append(request)
        }
        arrived.removeAll(keepingCapacity: count <= 256)
        swap(&arrived, &emptyInbox)
        if count > 0 { dispatch() }
    }

    /// Takes in that requests no longer wait.
    func left(_ count: Int) {
        if count > 0 { inbox.withLockedValue { $0.count -= count } }
    }

    var shutdownError: StrataError {
        StrataError(.shutdown, "the shard was shut down", origin: settings.shard)
    }

    func failWaiting(_ error: StrataError) {
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
        metrics.show(PoolLoad())
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
}
