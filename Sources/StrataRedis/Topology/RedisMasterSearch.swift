import Logging
import NIOConcurrencyHelpers
import NIOCore
import StrataCore

/// Finds the master: asks all sentinels at once, takes the answer of the latest failover, and asks that server itself
/// (`ROLE`).
final class RedisMasterSearch: Sendable {
    private struct State {
        var master: RedisNode?
        /// Why there is no master, after it was looked for.
        var failure: StrataError?
        var isClosed = false
    }

    /// How long a sentinel may take to answer.
    private static let patience = Duration.milliseconds(500)

    let options: RedisConfiguration.Sentinel
    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    private let logger: Logger
    private let makeNode: @Sendable (RedisURL) -> RedisNode
    private let state = NIOLockedValueBox(State())

    init(
        _ options: RedisConfiguration.Sentinel, configuration: RedisConfiguration, eventLoop: any EventLoop,
        logger: Logger, makeNode: @escaping @Sendable (RedisURL) -> RedisNode
    ) {
        self.options = options
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        self.makeNode = makeNode
    }

    /// What errors call the servers together.
    var origin: String { "redis \(options.master)" }

    /// The master, or why there is none; neither before the first search has ended.
    var outcome: (master: RedisNode?, failure: StrataError?) {
        state.withLockedValue { ($0.master, $0.failure) }
    }

    /// Whether requests are to leave a node alone that the client has no more use for.
    func isReplaced(_ node: RedisNode) -> Bool {
        state.withLockedValue { !$0.isClosed && $0.master !== node }
    }

    /// Finds nothing any more, and closes the connections to the master.
    func close() async {
        let master = state.withLockedValue { state in
            state.isClosed = true
            state.failure = .clientShutdown.at(origin)
            defer { state.master = nil }
            return state.master
        }
        await master?.close()
    }

    /// Asks the sentinels, and the server that they name.
    func run() async {
        do throws(StrataError) {
            let answer = try await askSentinels()
            var url = options.login
            url.address = answer.address
            let current = state.withLockedValue { $0.master }
            guard current?.configuration.url != url else { return }
            let node = makeNode(url)
            do throws(StrataError) {
                let role = try await node.send(
                    RedisCommand("ROLE"), deadline: .now + configuration.connectTimeout + RedisMasterSearch.patience)
                guard try role.successful().elements?.first?.bytes == Array("master".utf8) else {
                    throw StrataError(
                        .unavailable, "the sentinels call \(url) the master, and it is none", origin: origin)
                }
            } catch {
                node.retire()
                throw error
            }
            let isTaken = state.withLockedValue { state in
                guard !state.isClosed else { return false }
                (state.master, state.failure) = (node, nil)
                return true
            }
            guard isTaken else { return node.retire() }
            logger.notice("Redis has a master", metadata: ["server": "\(url)", "master": "\(options.master)"])
            current?.retire()
        } catch {
            let isNew = state.withLockedValue { state in
                guard state.master == nil, !state.isClosed, state.failure?.message != error.message else {
                    return false
                }
                state.failure = error
                return true
            }
            if isNew { logger.warning("Redis has no master", metadata: ["reason": "\(error)"]) }
        }
    }

    private func askSentinels() async throws(StrataError) -> RedisSentinelAnswer {
        let outcomes = await withTaskGroup(of: Result<RedisSentinelAnswer, StrataError>.self) { tasks in
            for sentinel in options.sentinels { tasks.addTask { await self.ask(sentinel) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        if let best = RedisSentinelAnswer.best(of: outcomes.compactMap { try? $0.get() }) { return best }
        for case .failure(let error) in outcomes where error.code != .unavailable { throw error }
        for case .failure(let error) in outcomes { throw error }
        throw StrataError(.configuration, "no sentinel is configured", origin: origin)
    }

    private func ask(_ sentinel: RedisURL) async -> Result<RedisSentinelAnswer, StrataError> {
        let reply = NIOLockedValueBox<RedisReply?>(nil)
        do throws(StrataError) {
            try await RedisExchange.run(
                sentinel, [RedisCommand(words: "SENTINEL", "MASTER", options.master)], configuration: configuration,
                eventLoop: eventLoop, within: RedisMasterSearch.patience
            ) { answer in
                reply.withLockedValue { $0 = answer }
                return false
            }
            guard let reply = reply.withLockedValue({ $0 }) else {
                throw StrataError(.unavailable, "it did not answer within \(RedisMasterSearch.patience)")
            }
            return .success(try RedisSentinelAnswer(reply, master: options.master))
        } catch {
            return .failure(error.at("sentinel \(sentinel)"))
        }
    }
}
