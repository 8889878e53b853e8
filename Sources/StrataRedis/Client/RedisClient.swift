public import Logging
public import NIOCore
public import StrataCore
import StrataResilience
import Synchronization

/// A client of one Redis: few connections, shared by any number of concurrent callers.
///
/// Each event loop of the group owns its connections; a caller that runs on one of the loops uses that loop's. Commands of
/// callers that wait at the same time go out in one write (pipelining). Connecting begins with the first request or with
/// `run()`, and goes on by itself until `close()`. Requests fail at once while the server can't be reached, and while the
/// circuit is open because too many of them failed or were slow.
public final class RedisClient: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration
    /// The server as errors and metrics call it: `host:port` or the socket's path.
    public let name: String
    /// The server's wall clock.
    let clock = RedisClock()
    let logger: Logger
    /// Nil for a client whose one caller has a pace of its own.
    private let circuit: ServerCircuit?
    private let lanes: [RedisLane]
    private let turn = Atomic<UInt>(0)

    /// A client that uses the event loops of a group, which must outlive it.
    ///
    /// - Parameter logger: gets changes of state, once each; the server's name is added as metadata.
    public convenience init(
        configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger = Logger(label: "strata.redis")
    ) {
        self.init(configuration: configuration, group: group, logger: logger, hasCircuit: true)
    }

    init(configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger, hasCircuit: Bool) {
        self.configuration = configuration
        name = "\(configuration.url)"
        var logger = logger
        logger[metadataKey: "server"] = "\(configuration.url)"
        self.logger = logger
        let metrics = RedisMetrics(server: name)
        circuit =
            hasCircuit
            ? ServerCircuit(
                configuration.breaker, origin: configuration.origin, metrics: "strata_redis",
                dimension: ("server", name), logger: logger) : nil
        let reachability = RedisReachability(circuit: circuit, logger: logger, metrics: metrics)
        lanes = group.makeIterator().map { [clock] eventLoop in
            RedisLane(
                eventLoop: eventLoop, configuration: configuration, metrics: metrics, reachability: reachability,
                clock: clock)
        }
    }

    /// Sends a command and waits for its reply.
    ///
    /// - Returns: the reply, which may be `.error`; see `RedisReply.successful()`.
    /// - Throws: `timeout` at the deadline, `unavailable` when the server can't be reached, its circuit is open or the
    ///   connection breaks before the answer, `overloaded` when too much waits, `cancelled`, `shutdown`, `corrupt` when the
    ///   answer is no Redis'.
    public func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> RedisReply {
        let ticket = try circuit?.admit()
        let request = RedisRequest([command], deadline: deadline)
        let lane = lane()
        let result: Result<RedisReply, StrataError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                request.attach(.one(continuation))
                lane.submit(request)
            }
        } onCancel: {
            lane.cancel(request)
        }
        if let ticket { circuit?.finish(ticket, result.error) }
        return try result.get()
    }

    /// Sends commands back to back on one connection and waits for all replies: one round trip.
    ///
    /// Other callers' commands never come between them, but other connections' commands may: this is no transaction.
    /// - Returns: one reply per command, in their order; each may be `.error`.
    /// - Throws: as `send(_:deadline:)` does for a single command; some of the commands may have run then.
    public func send(
        _ commands: [RedisCommand], deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        let ticket = try circuit?.admit()
        let request = RedisRequest(commands, deadline: deadline)
        let lane = lane()
        let result: Result<[RedisReply], StrataError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                request.attach(.many(continuation))
                lane.submit(request)
            }
        } onCancel: {
            lane.cancel(request)
        }
        if let ticket { circuit?.finish(ticket, result.error) }
        return try result.get()
    }

    /// Runs scripts back to back on one connection: in one round trip when the server knows them, else in two.
    ///
    /// - Returns: one reply per call, in their order; each may be `.error`.
    /// - Throws: as `send(_:deadline:)` does.
    public func evaluate(
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
    public func ping(deadline: ContinuousClock.Instant) async throws(StrataError) {
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
    package func health(_ name: String, deadline: ContinuousClock.Instant) async -> ServerHealth {
        await ServerHealth.of(name) { () throws(StrataError) in try await ping(deadline: deadline) }
    }

    /// Connects, and keeps the client going until the task is cancelled; then closes it.
    public func run() async throws {
        for lane in lanes { lane.eventLoop.execute { lane.start() } }
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        // Nothing is ever sent: the loop ends with the task's cancellation.
        for await _ in stream {}
        continuation.finish()
        await close()
    }

    /// Lets the requests under way finish, within the command timeout, and closes the connections. Later requests fail
    /// with `shutdown`.
    public func close() async {
        for lane in lanes {
            let promise = lane.eventLoop.makePromise(of: Void.self)
            lane.eventLoop.execute { lane.close(promise) }
            try? await promise.futureResult.get()
        }
    }

    /// One of the event loops, for connections of their own and timers.
    var anyEventLoop: any EventLoop { lanes[0].eventLoop }

    private func lane() -> RedisLane {
        if let own = lanes.first(where: { $0.eventLoop.inEventLoop }) { return own }
        let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return lanes[Int(turn % UInt(lanes.count))]
    }
}

extension Result where Failure == StrataError {
    fileprivate var error: StrataError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
