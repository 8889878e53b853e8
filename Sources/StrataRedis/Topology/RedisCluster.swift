import NIOCore
import StrataCore

/// The servers of a Redis Cluster; a key's slot says which one, and the servers themselves say who has a slot.
///
/// Source: Redis Cluster specification, "Redirection and resharding".
final class RedisCluster: RedisTopology {
    /// The shortest time from one reading of the map to the next.
    private static let distance = Duration.milliseconds(200)
    /// How often the map is read without a reason.
    private static let poll = Duration.seconds(10)

    let origin: String
    private let search: RedisClusterSearch
    private let refresher: RedisRefresher

    init(_ search: RedisClusterSearch) {
        self.search = search
        origin = "redis cluster"
        refresher = RedisRefresher(eventLoop: search.eventLoop, distance: RedisCluster.distance) { await search.run() }
    }

    /// A slot that is being moved has some of its keys here and some there, and a command on both is refused.
    var joinsKeys: Bool { false }

    func place(of name: [UInt8]) -> RedisPlace {
        RedisPlace(slot: name.withUnsafeBytes { Slot(of: $0).number })
    }

    func knownNode(at place: RedisPlace) -> RedisNode? {
        (0..<Slot.count).contains(place.number) ? search.owner(of: place.number) : nil
    }

    func node(at place: RedisPlace, deadline: ContinuousClock.Instant) async throws(StrataError) -> RedisNode {
        guard (0..<Slot.count).contains(place.number) else { throw .placeless(origin) }
        try await findMap(deadline: deadline)
        if let node = search.owner(of: place.number) { return node }
        refresher.trigger()
        throw StrataError(.unavailable, "no server has slot \(place.number)", origin: origin)
    }

    func nodes(deadline: ContinuousClock.Instant) async throws(StrataError) -> [RedisNode] {
        try await findMap(deadline: deadline)
        return search.owners
    }

    func verdict(
        on answer: Result<RedisReply, StrataError>, to place: RedisPlace, from node: RedisNode
    ) -> RedisVerdict {
        switch answer {
        case .success(.error(let text)):
            if let redirect = RedisRedirect(text, from: node.configuration.url.address) {
                guard let other = search.follow(redirect) else { return .later }
                // One slot that has moved is seldom the only one.
                if !redirect.isAsk { refresher.trigger() }
                return .elsewhere(RedisDetour(node: other, isAsking: redirect.isAsk))
            }
            if text.hasPrefix("TRYAGAIN") { return .later }
            if text.hasPrefix("CLUSTERDOWN") {
                refresher.trigger()
                return .later
            }
            return .final
        case .failure(let error): return refresher.verdict(after: error, isReplaced: search.isReplaced(node))
        case .success: return .final
        }
    }

    func run() async {
        refresher.trigger()
        while (try? await Task.sleep(for: RedisCluster.poll)) != nil { refresher.trigger() }
    }

    func close() async {
        await refresher.close()
        await search.close()
    }

    private func findMap(deadline: ContinuousClock.Instant) async throws(StrataError) {
        if search.hasMap { return }
        if let failure = search.failure {
            refresher.trigger()
            throw failure.at(origin)
        }
        await refresher.run(until: deadline)
        if search.hasMap { return }
        throw search.failure?.at(origin)
            ?? StrataError(.timeout, "no server told the map of the cluster before the deadline", origin: origin)
    }
}
