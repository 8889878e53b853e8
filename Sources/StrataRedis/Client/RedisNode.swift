import Logging
import NIOCore
import StrataCore
import StrataResilience
import Synchronization

/// One Redis server: few connections, shared by any number of concurrent callers.
///
/// Each event loop of the group owns its connections; a caller that runs on one of the loops uses that loop's. Commands of
/// callers that wait at the same time go out in one write (pipelining). Connecting begins with the first request or with
/// `start()`, and goes on by itself until `close()`. Requests fail at once while the server can't be reached, and while the
/// circuit is open because too many of them failed or were slow.
final class RedisNode: Sendable {
    /// How the server is reached; its topology is this server alone.
    let configuration: RedisConfiguration
    /// The server as errors and metrics call it: `host:port` or the socket's path.
    let name: String
    /// The server's wall clock.
    let clock = RedisClock()
    /// Nil for a node whose one caller has a pace of its own.
    private let circuit: ServerCircuit?
    private let lanes: [RedisLane]
    private let turn = Atomic<UInt>(0)

    /// A node that uses the event loops of a group, which must outlive it.
    ///
    /// - Parameters:
    ///   - logger: gets changes of state, once each; the server's name is added as metadata.
    ///   - hasCircuit: whether failures and slowness let it pause.
    init(_ url: RedisURL, of client: RedisConfiguration, group: any EventLoopGroup, logger: Logger, hasCircuit: Bool) {
        var configuration = client
        configuration.topology = .standalone(url)
        self.configuration = configuration
        name = "\(url)"
        var logger = logger
        logger[metadataKey: "server"] = "\(url)"
        let metrics = RedisMetrics(server: name, client: configuration.clientName)
        let circuit =
            hasCircuit
            ? ServerCircuit(
                configuration.breaker, origin: configuration.origin, metrics: "strata_redis",
                dimension: ("server", name), logger: logger) : nil
        self.circuit = circuit
        let reachability = RedisReachability(circuit: circuit, logger: logger, metrics: metrics)
        lanes = group.makeIterator().map { [clock] eventLoop in
            RedisLane(
                eventLoop: eventLoop, configuration: configuration, metrics: metrics, reachability: reachability,
                circuit: circuit, clock: clock)
        }
    }

    /// Sends a command and waits for its reply.
    ///
    /// - Returns: the reply, which may be `.error`; see `RedisReply.successful()`.
    /// - Throws: `timeout` at the deadline, `unavailable` when the server can't be reached, its circuit is open or the
    ///   connection breaks before the answer, `overloaded` when too much waits, `cancelled`, `shutdown`, `corrupt` when the
    ///   answer is no Redis'.
    @inline(__always)
    func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> RedisReply {
        let request = RedisRequest(command, deadline: deadline, ticket: try circuit?.admit())
        await exchange(request)
        return try request.takeReply()
    }

    /// Sends commands back to back on one connection and waits for all replies: one round trip.
    ///
    /// Other callers' commands never come between them, but other connections' commands may: this is no transaction.
    /// - Returns: one reply per command, in their order; each may be `.error`.
    /// - Throws: as `send(_:deadline:)` does for a single command; some of the commands may have run then.
    func send(
        _ commands: [RedisCommand], deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        let request = RedisRequest(commands, deadline: deadline, ticket: try circuit?.admit())
        await exchange(request)
        return try request.takeReplies()
    }

    /// Sends commands as the other does, and at once, without a task: from one of the node's event loops.
    ///
    /// - Parameter take: gets the replies or the error on that event loop, later than this has returned. The caller is never
    ///   cancelled.
    /// - Returns: false on any other thread, where nothing was sent.
    func send(
        _ commands: [RedisCommand], deadline: ContinuousClock.Instant,
        _ take: @escaping (Result<[RedisReply], StrataError>) -> Void
    ) -> Bool {
        let (lane, isOwn) = lane()
        guard isOwn else { return false }
        // A failure may come from the middle of a lane's change of state, and whoever hears of it may want to send again.
        func fail(_ error: StrataError) {
            lane.eventLoop.assumeIsolated().execute { take(.failure(error)) }
        }
        do throws(StrataError) {
            let request = RedisRequest(commands, deadline: deadline, ticket: try circuit?.admit())
            request.attach { request in
                do throws(StrataError) { take(.success(try request.takeReplies())) } catch { fail(error) }
            }
            lane.submitAlone(request)
        } catch {
            fail(error)
        }
        return true
    }

    /// Waits until a request has its outcome.
    @inline(__always)
    private func exchange(_ request: RedisRequest) async {
        let (lane, isOwn) = lane()
        request.isCancelled = Task.isCancelled
        await withUnsafeContinuation { continuation in
            request.attach(continuation)
            lane.submit(request, isOnEventLoop: isOwn)
        }
        if !request.isOver { await waitOn(request, lane) }
    }

    /// Waits on for a request that was not answered soon, with an ear for the task's cancellation.
    private func waitOn(_ request: RedisRequest, _ lane: RedisLane) async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { request.waitAgain($0) }
        } onCancel: {
            lane.cancel(request)
        }
    }

    /// Runs scripts back to back on one connection: in one round trip when the server knows them, else in two.
    ///
    /// - Returns: one reply per call, in their order; each may be `.error`.
    /// - Throws: as `send(_:deadline:)` does.
    func evaluate(
        _ calls: [RedisScriptCall], deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> [RedisReply] {
        var replies = try await send(calls.map(\.byDigest), deadline: deadline)
        let unknown = replies.indices.filter { replies[$0].isMissingScript }
        guard !unknown.isEmpty else { return replies }
        // The first call of each script brings the source along; the ones after it find the script there.
        var known: Set<String> = []
        let commands = unknown.map { index in
            known.insert(calls[index].script.digest).inserted ? calls[index].bySource : calls[index].byDigest
        }
        do throws(StrataError) {
            for (index, reply) in zip(unknown, try await send(commands, deadline: deadline)) { replies[index] = reply }
        } catch {
            // Those that the server knew have run.
            throw unknown.count == calls.count ? error : error.afterSending
        }
        return replies
    }

    /// Asks whether the server can serve.
    ///
    /// - Throws: why it can't.
    func ping(deadline: ContinuousClock.Instant) async throws(StrataError) {
        let reply = try await send(RedisCommand("PING"), deadline: deadline)
        do {
            _ = try reply.successful()
        } catch {
            throw error.at(configuration.origin)
        }
    }

    /// Whether the server answers.
    ///
    /// - Parameter name: what the answer calls it.
    func health(_ name: String, deadline: ContinuousClock.Instant) async -> ServerHealth {
        await ServerHealth.of(name) { () throws(StrataError) in try await ping(deadline: deadline) }
    }

    /// Connects, unless it has begun to.
    func start() {
        for lane in lanes { lane.eventLoop.execute { lane.start() } }
    }

    /// Lets the requests under way finish, within the command timeout, and closes the connections. Later requests fail
    /// with `shutdown`.
    func close() async {
        for lane in lanes {
            let promise = lane.eventLoop.makePromise(of: Void.self)
            lane.eventLoop.execute { lane.close(promise) }
            try? await promise.futureResult.get()
        }
    }

    /// As `close()`, without waiting for the end of the connections.
    func retire() {
        for lane in lanes { lane.eventLoop.execute { lane.close(lane.eventLoop.makePromise()) } }
    }

    /// The lane of the event loop that this is called on, else any.
    private func lane() -> (lane: RedisLane, isOwn: Bool) {
        for lane in lanes where lane.eventLoop.inEventLoop { return (lane, true) }
        let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return (lanes[Int(turn % UInt(lanes.count))], false)
    }
}
