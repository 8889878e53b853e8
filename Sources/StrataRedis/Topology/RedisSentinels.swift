import NIOCore
import StrataCore

/// One server at a time for all keys: the one that the sentinels call the master.
///
/// The master is looked for when the first request comes, when a sentinel announces another one, when a server refuses a
/// write because it has become a replica, when it can't be reached, and once in a while.
///
/// Source: Redis documentation, "Guidelines for Redis clients with support for Redis Sentinel".
final class RedisSentinels: RedisTopology {
    /// The shortest time from one search to the next.
    private static let distance = Duration.milliseconds(100)
    /// How often the sentinels are asked without a reason.
    private static let poll = Duration.seconds(1)

    private let search: RedisMasterSearch
    private let refresher: RedisRefresher

    init(_ search: RedisMasterSearch) {
        self.search = search
        refresher = RedisRefresher(eventLoop: search.eventLoop, distance: RedisSentinels.distance) {
            await search.run()
        }
    }

    var origin: String { search.origin }
    var joinsKeys: Bool { true }

    func place(of name: [UInt8]) -> RedisPlace { .only }

    func knownNode(at place: RedisPlace) -> RedisNode? { search.outcome.master }

    func node(at place: RedisPlace, deadline: ContinuousClock.Instant) async throws(StrataError) -> RedisNode {
        let known = search.outcome
        if let master = known.master { return master }
        if let failure = known.failure {
            refresher.trigger()
            throw failure
        }
        await refresher.run(until: deadline)
        let found = search.outcome
        if let master = found.master { return master }
        throw found.failure
            ?? StrataError(.timeout, "the sentinels did not name the master before the deadline", origin: origin)
    }

    func nodes(deadline: ContinuousClock.Instant) async throws(StrataError) -> [RedisNode] {
        [try await node(at: .only, deadline: deadline)]
    }

    func verdict(
        on answer: Result<RedisReply, StrataError>, to place: RedisPlace, from node: RedisNode
    ) -> RedisVerdict {
        switch answer {
        // Refused before it ran: a script's writes come after its reads, and the first of them ended it.
        case .success(.error(let text)) where text.hasPrefix("READONLY"):
            refresher.trigger()
            return .later
        case .failure(let error): return refresher.verdict(after: error, isReplaced: search.isReplaced(node))
        case .success: return .final
        }
    }

    func run() async {
        refresher.trigger()
        await withTaskGroup(of: Void.self) { tasks in
            for sentinel in search.options.sentinels { tasks.addTask { await self.listen(to: sentinel) } }
            while (try? await Task.sleep(for: RedisSentinels.poll)) != nil { refresher.trigger() }
        }
    }

    func close() async {
        await refresher.close()
        await search.close()
    }

    /// Hears what a sentinel announces, until the task is cancelled.
    private func listen(to sentinel: RedisURL) async {
        var backoff = search.configuration.backoff
        let subscribe = RedisCommand(words: "SUBSCRIBE", "+switch-master")
        let master = search.options.master
        while !Task.isCancelled {
            let began = ContinuousClock.now
            try? await RedisExchange.run(
                sentinel, [subscribe], configuration: search.configuration, eventLoop: search.eventLoop, within: nil
            ) { [refresher] reply in
                guard let words = reply.elements, words.count == 3, let text = words[2].bytes else {
                    // The confirmation goes on; an error, such as of the login, ends it.
                    return reply.elements != nil
                }
                if String(decoding: text, as: UTF8.self).hasPrefix(master + " ") { refresher.trigger() }
                return true
            }
            if began + search.configuration.backoff.last < .now { backoff.reset() }
            try? await Task.sleep(for: backoff.next())
        }
    }
}
