import NIOConcurrencyHelpers
public import StrataCore
public import StrataSharding

/// A store made of shards: each key goes to the shard that owns its slot, and the answers come back in the order asked.
///
/// It conforms to the contract of its parts. Requests carry the epoch of the map they were routed by; a shard that no longer
/// owns the slot refuses, the map is refreshed, and the request goes to the new owner, as with MOVED in Redis Cluster.
public final class ShardedStore<Shard: Store>: Store {
    /// Reads the current map from where it is kept, by a deadline; nil when there is nothing newer to be had.
    public typealias MapRefresh = @Sendable (ContinuousClock.Instant) async throws(StrataError) -> ShardMap?

    struct Routing: Sendable {
        let map: ShardMap
        /// In the order of the map's shards.
        let shards: [Shard]
    }

    public let name = "store"
    /// Whether all shards do; the map's refresh has to as well.
    public let keepsDeadlines: Bool

    private let shards: [String: Shard]
    private let routing: NIOLockedValueBox<Routing>
    private let refresh: MapRefresh

    /// - Parameters:
    ///   - map: which shard owns which slot.
    ///   - shards: the shards; their names are those of the map.
    ///   - refresh: how to get a newer map, asked when a shard refuses a request.
    /// - Throws: `configuration` when the map names a shard that is not given.
    public init(
        map: ShardMap, shards: [Shard], refresh: @escaping MapRefresh = { (_) throws(StrataError) in nil }
    ) throws(StrataError) {
        let byName = Dictionary(shards.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.shards = byName
        keepsDeadlines = shards.allSatisfy(\.keepsDeadlines)
        self.refresh = refresh
        routing = NIOLockedValueBox(try Self.route(map, among: byName))
    }

    /// The map in use.
    public var map: ShardMap { current.map }

    /// The shard that owns a key under the map in use.
    public func shard(for key: Key) -> Shard {
        current.shard(of: Slot(of: key))
    }

    /// All shards of the map in use.
    public var allShards: [Shard] { current.shards }

    private var current: Routing { routing.withLockedValue { $0 } }

    private static func route(_ map: ShardMap, among shards: [String: Shard]) throws(StrataError) -> Routing {
        var ordered: [Shard] = []
        for descriptor in map.shards {
            guard let shard = shards[descriptor.name] else {
                throw StrataError(
                    .configuration,
                    """
                    the shard map of epoch \(map.epoch.rawValue) names the shard '\(descriptor.name)', which is not \
                    configured; configured are \(shards.keys.sorted().joined(separator: ", "))
                    """)
            }
            ordered.append(shard)
        }
        return Routing(map: map, shards: ordered)
    }

    /// Takes in a newer map.
    ///
    /// - Returns: whether it was newer than the one in use.
    @discardableResult
    public func adopt(_ map: ShardMap) throws(StrataError) -> Bool {
        let routing = try Self.route(map, among: shards)
        return self.routing.withLockedValue { current in
            guard map.epoch > current.map.epoch else { return false }
            current = routing
            return true
        }
    }

    // MARK: Per key

    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        await route(keys, to: keys.map { Slot(of: $0) }, context) { shard, keys, context in
            await shard.read(keys, context: context)
        }
    }

    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        await route(mutations, to: mutations.map { Slot(of: $0.key) }, context) { shard, mutations, context in
            await shard.apply(mutations, context: context)
        }
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        guard let first = mutations.first else { return [] }
        let slot = Slot(of: first.key)
        if let other = mutations.first(where: { Slot(of: $0.key) != slot }) {
            throw StrataError(
                .invalidArgument,
                """
                keys '\(first.key)' and '\(other.key)' lie in different slots and can't be changed in one transaction; \
                give them a common hash tag, such as {user1}:a and {user1}:b
                """)
        }
        // One request, all of whose mutations have one owner, so that it is retried as a whole.
        let answers = await route([mutations], to: [slot], context) { shard, batches, context in
            var results: [Result<[MutationOutcome], StrataError>] = []
            for batch in batches {
                do throws(StrataError) {
                    results.append(.success(try await shard.applyAtomically(batch, context: context)))
                } catch {
                    results.append(.failure(error))
                }
            }
            return results
        }
        return try answers[0].get()
    }

    /// Sends each request to the owner of its slot, and those that were refused once more under a newer map.
    private func route<Request: Sendable, Answer: Sendable>(
        _ requests: [Request], to slots: [Slot], _ context: StoreContext,
        send: @escaping @Sendable (Shard, [Request], StoreContext) async -> [Result<Answer, StrataError>]
    ) async -> [Result<Answer, StrataError>] {
        var answers = [Result<Answer, StrataError>?](repeating: nil, count: requests.count)
        var pending = Array(requests.indices)
        var backoff = Backoff(first: .milliseconds(5), last: .milliseconds(100))
        while true {
            let routing = current
            var routed = context
            routed.epoch = routing.map.epoch
            let parts = Dictionary(grouping: pending) { routing.map.shardIndex(of: slots[$0]) }
            for (index, answer) in await scatter(parts, routing, requests, routed, send) { answers[index] = answer }
            pending = pending.filter { index in
                if case .failure(let error) = answers[index]! { error.code == .notOwned } else { false }
            }
            guard !pending.isEmpty, await seekNewerMap(than: routing.map, backoff: &backoff, until: context.deadline)
            else { return answers.map { $0! } }
        }
    }

    private typealias Numbered<Answer> = [(index: Int, answer: Result<Answer, StrataError>)]

    /// Asks the owners at once, each for its part of the requests.
    private func scatter<Request: Sendable, Answer: Sendable>(
        _ parts: [Int: [Int]], _ routing: Routing, _ requests: [Request], _ context: StoreContext,
        _ send: @escaping @Sendable (Shard, [Request], StoreContext) async -> [Result<Answer, StrataError>]
    ) async -> Numbered<Answer> {
        if parts.count == 1, let (shard, indices) = parts.first {
            let answers = await send(routing.shards[shard], indices.map { requests[$0] }, context)
            return Array(zip(indices, answers))
        }
        return await withTaskGroup(of: Numbered<Answer>.self) { group in
            for (shard, indices) in parts {
                group.addTask {
                    let answers = await send(routing.shards[shard], indices.map { requests[$0] }, context)
                    return Array(zip(indices, answers))
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Waits for a map newer than the one by which requests were refused.
    ///
    /// - Returns: false when there is none before the deadline; the refusal is the answer then.
    private func seekNewerMap(
        than refused: ShardMap, backoff: inout Backoff, until deadline: ContinuousClock.Instant
    ) async -> Bool {
        while true {
            if current.map.epoch > refused.epoch { return true }
            do {
                guard let map = try await refresh(deadline) else { return false }
                if try adopt(map) { return true }
                // The slot is being handed over: its old owner is fenced, the map not yet published.
                let pause = backoff.next()
                guard ContinuousClock.now + pause < deadline else { return false }
                try await Task.sleep(for: pause)
            } catch {
                return false
            }
        }
    }
}

extension ShardedStore.Routing {
    func shard(of slot: Slot) -> Shard { shards[map.shardIndex(of: slot)] }
}
