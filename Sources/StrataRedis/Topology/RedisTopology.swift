import StrataCore

/// Which servers there are, which of them a key's commands go to, and what an answer says about that.
///
/// Sits between the client and its nodes. A node has its own connections and its own circuit; a topology sends nothing of
/// a caller's itself.
protocol RedisTopology: Sendable {
    /// What errors call the servers together.
    var origin: String { get }

    /// The place of a key's whole name. Complexity: O(length of the name + log of the ring).
    func place(of name: [UInt8]) -> RedisPlace

    /// The server that has a place.
    ///
    /// Waits for the servers to be found the first time; later it answers or fails at once.
    /// - Throws: `unavailable` when no server is known to have it; `invalidArgument` for a place of another topology.
    func node(at place: RedisPlace, deadline: ContinuousClock.Instant) async throws(StrataError) -> RedisNode

    /// The server that has a place, as far as is known now.
    func knownNode(at place: RedisPlace) -> RedisNode?

    /// Every server that holds keys of its own.
    func nodes(deadline: ContinuousClock.Instant) async throws(StrataError) -> [RedisNode]

    /// What to do after a server's answer.
    func verdict(
        on answer: Result<RedisReply, StrataError>, to place: RedisPlace, from node: RedisNode
    ) -> RedisVerdict

    /// Whether several keys on one server may be in one command.
    var joinsKeys: Bool { get }

    /// Connects and watches the servers until the task is cancelled.
    func run() async

    /// Lets the requests under way finish and closes all connections.
    func close() async
}

/// What to do after a server's answer to a command that was sent for a place.
enum RedisVerdict {
    /// The answer is the caller's.
    case final
    /// The command did not run; ask the topology again at once.
    case again
    /// The command did not run; another server takes it.
    case elsewhere(RedisDetour)
    /// The command did not run, and will after a pause.
    case later
}

/// A server that is to be asked once in place of the one that the topology names.
struct RedisDetour {
    var node: RedisNode
    /// Whether the slot is on its way there: `ASKING` has to come right before the command.
    var isAsking: Bool
}

/// One server for all keys.
struct RedisStandalone: RedisTopology {
    let node: RedisNode

    var origin: String { node.configuration.origin }
    var joinsKeys: Bool { true }

    func place(of name: [UInt8]) -> RedisPlace { .only }

    func node(at place: RedisPlace, deadline: ContinuousClock.Instant) throws(StrataError) -> RedisNode { node }

    func knownNode(at place: RedisPlace) -> RedisNode? { node }

    func nodes(deadline: ContinuousClock.Instant) throws(StrataError) -> [RedisNode] { [node] }

    func verdict(
        on answer: Result<RedisReply, StrataError>, to place: RedisPlace, from node: RedisNode
    ) -> RedisVerdict { .final }

    func run() async {
        node.start()
        await Task.untilCancelled()
    }

    func close() async { await node.close() }
}

extension Task where Success == Never, Failure == Never {
    /// Waits for the cancellation of the task.
    static func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        // Nothing is ever sent: the loop ends with the task's cancellation.
        for await _ in stream {}
        continuation.finish()
    }
}

extension StrataError {
    /// A command that could go to any of several servers.
    static func placeless(_ origin: String) -> StrataError {
        StrataError(
            .invalidArgument,
            "with several servers a command has to say whose key it is for; see RedisClient.place(of:)",
            origin: origin)
    }
}
