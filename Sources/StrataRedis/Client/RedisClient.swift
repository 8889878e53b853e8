public import Logging
public import NIOCore
public import StrataCore

/// A client of one Redis server, or of several that share the keys.
///
/// Where a command goes is decided by the place of its key, `place(of:)`; what has no key in common goes to several places.
/// Connecting begins with the first request or with `run()`, and goes on by itself until `close()`. Each server has its own
/// connections and its own circuit, so that one that fails concerns its keys only.
public final class RedisClient: Sendable {
    /// How the servers are reached.
    public let configuration: RedisConfiguration
    /// The servers as errors and metrics call them together.
    package let origin: String
    let logger: Logger
    let topology: any RedisTopology
    /// The one server there is; nil when the topology has to be asked.
    let single: RedisNode?
    /// Whether keys lie in more than one place.
    let isSpread: Bool
    private let eventLoops: any EventLoopGroup

    /// A client that uses the event loops of a group, which must outlive it.
    ///
    /// - Parameter logger: gets changes of state, once each; the server's name is added as metadata.
    public convenience init(
        configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger = Logger(label: "strata.redis")
    ) {
        self.init(configuration: configuration, group: group, logger: logger, hasCircuit: true)
    }

    init(configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger, hasCircuit: Bool) {
        let configuration = configuration.prepared
        self.configuration = configuration
        self.logger = logger
        eventLoops = group
        let makeNode: @Sendable (RedisURL) -> RedisNode = { url in
            RedisNode(url, of: configuration, group: group, logger: logger, hasCircuit: hasCircuit)
        }
        switch configuration.topology {
        case .standalone(let url):
            let node = makeNode(url)
            (single, topology) = (node, RedisStandalone(node: node))
        case .ring(let servers):
            (single, topology) = (nil, RedisRing(servers, makeNode: makeNode))
        case .sentinel(let options):
            let search = RedisMasterSearch(
                options, configuration: configuration, eventLoop: group.any(), logger: logger, makeNode: makeNode)
            (single, topology) = (nil, RedisSentinels(search))
        case .cluster(let seeds):
            let search = RedisClusterSearch(seeds: seeds, eventLoop: group.any(), logger: logger, makeNode: makeNode)
            (single, topology) = (nil, RedisCluster(search))
        }
        origin = topology.origin
        isSpread = topology.place(of: []) != .only
    }

    /// The place of a key's whole name, prefix included.
    public func place(of name: [UInt8]) -> RedisPlace {
        isSpread ? topology.place(of: name) : .only
    }

    /// Sends a command and waits for its reply.
    ///
    /// - Parameter place: where its keys lie.
    /// - Returns: the reply, which may be `.error`; see `RedisReply.successful()`.
    /// - Throws: `timeout` at the deadline, `unavailable` when the server can't be reached, its circuit is open or the
    ///   connection breaks before the answer, `overloaded` when too much waits, `cancelled`, `shutdown`, `corrupt` when the
    ///   answer is no Redis', `invalidArgument` when there are several servers and no place is given.
    public func send(
        _ command: RedisCommand, at place: RedisPlace = .only, deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> RedisReply {
        if let single { return try await single.send(command, deadline: deadline) }
        return try await route([command], at: [place], deadline: deadline)[0].get()
    }

    /// Sends commands back to back on one connection and waits for all replies: one round trip.
    ///
    /// Other callers' commands never come between them, but other connections' commands may: this is no transaction. Those
    /// of them that were sent to a server which no longer has the place are sent again to the one that has it.
    /// - Parameter place: where the keys of all of them lie.
    /// - Returns: one reply per command, in their order; each may be `.error`.
    /// - Throws: as `send(_:at:deadline:)` does for a single command; some of the commands may have run then.
    public func send(
        _ commands: [RedisCommand], at place: RedisPlace = .only, deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> [RedisReply] {
        if let single { return try await single.send(commands, deadline: deadline) }
        let places = [RedisPlace](repeating: place, count: commands.count)
        return try RedisClient.replies(await route(commands, at: places, deadline: deadline))
    }

    /// Runs scripts on keys of one place: in one round trip when the server knows them, else in two.
    ///
    /// - Returns: one reply per call, in their order; each may be `.error`.
    /// - Throws: as `send(_:at:deadline:)` does.
    public func evaluate(
        _ calls: [RedisScriptCall], at place: RedisPlace = .only, deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> [RedisReply] {
        if let single { return try await single.evaluate(calls, deadline: deadline) }
        let places = [RedisPlace](repeating: place, count: calls.count)
        return try RedisClient.replies(await route(calls, at: places, deadline: deadline))
    }

    /// The replies, or the first error, which doesn't say that nothing was sent when something was.
    private static func replies(
        _ results: [Result<RedisReply, StrataError>]
    ) throws(StrataError) -> [RedisReply] {
        var replies: [RedisReply] = []
        for result in results {
            switch result {
            case .success(let reply): replies.append(reply)
            case .failure(let error): throw results.count == 1 ? error : error.afterSending
            }
        }
        return replies
    }

    /// Asks whether the servers can serve.
    ///
    /// - Throws: why one of them can't.
    public func ping(deadline: ContinuousClock.Instant) async throws(StrataError) {
        for node in try await topology.nodes(deadline: deadline) { try await node.ping(deadline: deadline) }
    }

    /// Whether the servers answer: one answer per server that is known.
    ///
    /// - Parameter name: what the answers call the only server, or all while none is known; nil for the servers' names.
    package func health(_ name: String? = nil, deadline: ContinuousClock.Instant) async -> [ServerHealth] {
        let nodes: [RedisNode]
        do throws(StrataError) {
            nodes = try await topology.nodes(deadline: deadline)
        } catch {
            return [await ServerHealth.of(name ?? origin) { () throws(StrataError) in throw error }]
        }
        let title = nodes.count == 1 ? name : nil
        return await ServerHealth.each(of: nodes) { node in
            await node.health(title ?? node.name, deadline: deadline)
        }
    }

    /// The wall clock of the server that has a place, in milliseconds since 1970; nil before that is known.
    func now(at place: RedisPlace) -> Int64? {
        single.map { $0.clock.now() } ?? topology.knownNode(at: place)?.clock.now()
    }

    /// Connects, and keeps the client going until the task is cancelled; then closes it.
    public func run() async throws {
        await topology.run()
        await close()
    }

    /// Lets the requests under way finish, within the command timeout, and closes the connections. Later requests fail
    /// with `shutdown`.
    public func close() async { await topology.close() }

    /// One of the event loops, for connections of their own and timers.
    var anyEventLoop: any EventLoop { eventLoops.any() }
}
