import Logging
import NIOConcurrencyHelpers
import NIOCore
import StrataCore

/// Finds out which server has which slot, and keeps the servers' connections.
final class RedisClusterSearch: Sendable {
    private struct State {
        var map: RedisSlotMap?
        var nodes: [RedisURL.Address: RedisNode] = [:]
        /// Why there is no map, after it was asked for.
        var failure: StrataError?
        var isClosed = false
    }

    /// How long a server may take to answer.
    private static let patience = Duration.seconds(1)
    /// How many servers are asked for the map, one after the other.
    private static let attempts = 8

    let eventLoop: any EventLoop
    private let seeds: [RedisURL]
    private let logger: Logger
    private let makeNode: @Sendable (RedisURL) -> RedisNode
    private let state = NIOLockedValueBox(State())

    /// - Parameter seeds: the servers to ask first; all of the cluster are logged in to as the first one.
    init(
        seeds: [RedisURL], eventLoop: any EventLoop, logger: Logger,
        makeNode: @escaping @Sendable (RedisURL) -> RedisNode
    ) {
        self.seeds = seeds
        self.eventLoop = eventLoop
        self.logger = logger
        self.makeNode = makeNode
    }

    /// Why there is no map; nil when there is one, and before the first search has ended.
    var failure: StrataError? { state.withLockedValue { $0.map == nil ? $0.failure : nil } }

    var hasMap: Bool { state.withLockedValue { $0.map != nil } }

    /// The server of a slot; nil when it is not known.
    func owner(of slot: Int) -> RedisNode? {
        state.withLockedValue { state in
            state.map?.owner(of: slot).map { node(at: $0, in: &state) }
        }
    }

    /// Every server that has slots.
    var owners: [RedisNode] {
        state.withLockedValue { state in
            (state.map?.servers ?? []).map { node(at: $0, in: &state) }
        }
    }

    /// The server that a redirection names; a moved slot is remembered.
    func follow(_ redirect: RedisRedirect) -> RedisNode? {
        state.withLockedValue { state in
            guard !state.isClosed,
                state.nodes[redirect.address] != nil || state.nodes.count < 2 * RedisSlotMap.maximumServers
            else { return nil }
            if !redirect.isAsk { state.map?.move(redirect.slot, to: redirect.address) }
            return node(at: redirect.address, in: &state)
        }
    }

    /// Whether a node is no longer one of the cluster's.
    func isReplaced(_ node: RedisNode) -> Bool {
        let address = node.configuration.url.address
        return state.withLockedValue { !$0.isClosed && $0.nodes[address] !== node }
    }

    /// Asks servers for the map, in random order, until one answers.
    func run() async {
        let known = state.withLockedValue { Array($0.nodes.values) }.shuffled()
        var failure: StrataError?
        for node in known.prefix(RedisClusterSearch.attempts) {
            do throws(StrataError) { return adopt(try await ask(node)) } catch { failure = error }
        }
        for seed in seeds.shuffled().prefix(RedisClusterSearch.attempts) {
            guard !Task.isCancelled else { return }
            let node = makeNode(seed)
            defer { node.retire() }
            do throws(StrataError) { return adopt(try await ask(node)) } catch { failure = error }
        }
        let isNew = state.withLockedValue { state in
            defer { state.failure = failure }
            return state.failure?.message != failure?.message
        }
        if isNew {
            logger.warning(
                "The map of the Redis cluster is unknown",
                metadata: ["reason": "\(failure?.description ?? "no server is known")"])
        }
    }

    func close() async {
        let nodes = state.withLockedValue { state in
            state.isClosed = true
            state.failure = .clientShutdown
            defer { (state.map, state.nodes) = (nil, [:]) }
            return Array(state.nodes.values)
        }
        for node in nodes { node.retire() }
        for node in nodes { await node.close() }
    }

    private func ask(_ node: RedisNode) async throws(StrataError) -> RedisSlotMap {
        let url = node.configuration.url
        do throws(StrataError) {
            let reply = try await node.send(
                RedisCommand(words: "CLUSTER", "SLOTS"), deadline: .now + RedisClusterSearch.patience)
            let map = try RedisSlotMap(reply, from: url.address)
            guard !map.servers.isEmpty else { throw StrataError(.unavailable, "it knows no server that has slots") }
            return map
        } catch {
            throw error.at(node.configuration.origin)
        }
    }

    private func adopt(_ map: RedisSlotMap) {
        let retired: [RedisNode] = state.withLockedValue { state in
            guard !state.isClosed else { return [] }
            (state.map, state.failure) = (map, nil)
            let kept = Set(map.servers)
            let gone = state.nodes.filter { !kept.contains($0.key) }
            for address in gone.keys { state.nodes[address] = nil }
            return Array(gone.values)
        }
        for node in retired { node.retire() }
    }

    /// The node of an address, made when it is new. Under the lock.
    private func node(at address: RedisURL.Address, in state: inout State) -> RedisNode {
        if let known = state.nodes[address] { return known }
        var url = seeds[0]
        url.address = address
        let node = makeNode(url)
        state.nodes[address] = node
        return node
    }
}
