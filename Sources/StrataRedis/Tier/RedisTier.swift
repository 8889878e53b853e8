public import StrataCore

/// Level 2 on Redis: copies of entries, shared by all processes, each with its version.
///
/// An entry is an `Envelope` under the client's prefix followed by the key; `RedisKeyspace` lists what else is there. Scripts
/// compare versions inside Redis, so that of two writers the one with the newer version wins in either order. Envelopes of
/// another cluster count as nothing and are overwritten.
public struct RedisTier: CacheTier {
    /// How long the tier remembers what is invalid.
    public struct Retention: Hashable, Sendable {
        /// How long the version of an invalidated key is kept, against fills that began before: longer than a fill takes.
        public var invalidation: Duration
        /// How long a copy with tags may live; a tag's record is kept twice as long.
        public var taggedCopy: Duration

        public init(invalidation: Duration = .seconds(60), taggedCopy: Duration = .seconds(24 * 3600)) {
            precondition(invalidation >= .milliseconds(1) && taggedCopy >= .milliseconds(1))
            self.invalidation = invalidation
            self.taggedCopy = taggedCopy
        }
    }

    public let name: String
    public var keepsDeadlines: Bool { true }
    let client: RedisClient
    let keyspace: RedisKeyspace
    let cluster: UInt64
    let retention: Retention
    let shardName: @Sendable (Key) -> String

    /// A tier on a client's servers.
    ///
    /// - Parameters:
    ///   - cluster: the identity of the store whose entries it copies.
    ///   - name: what errors and metrics call the tier.
    ///   - shardName: the name of the shard that makes the versions of a key, as in the versions that
    ///     `invalidate(_:below:deadline:)` is given: versions of two shards do not compare.
    public init(
        client: RedisClient, cluster: ClusterIdentity, name: String = "redis", retention: Retention = Retention(),
        shardName: @escaping @Sendable (Key) -> String = { _ in "" }
    ) {
        self.client = client
        self.name = name
        self.cluster = cluster.fingerprint
        self.retention = retention
        self.shardName = shardName
        keyspace = RedisKeyspace(prefix: client.configuration.prefix)
    }

    public func health(deadline: ContinuousClock.Instant) async -> [ServerHealth] {
        await client.health(deadline: deadline)
    }

    /// Drops every copy under the prefix, in batches: other users' keys under the same prefix too. Copies made meanwhile
    /// may stay.
    ///
    /// The invalidation log and the versions of tags are no copies and stay: without them, subscribers would have to take
    /// a purge for a loss, and late fills with an invalidated tag would become valid. The versions of invalidated keys go.
    /// Complexity: O(keys in the database).
    public func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError) {
        for node in try await client.topology.nodes(deadline: deadline) {
            var cursor = Array("0".utf8)
            repeat {
                var scan = RedisCommand("SCAN", cursor)
                scan.append("MATCH")
                scan.append(keyspace.pattern)
                scan.append("COUNT")
                scan.append(1000)
                let reply = try await node.send(scan, deadline: deadline).successful()
                guard let parts = reply.elements, parts.count == 2, let next = parts[0].bytes,
                    let names = parts[1].elements
                else { throw .unexpected(reply, to: "SCAN").at(node.configuration.origin) }
                cursor = next
                let ours = names.compactMap(\.bytes).filter { keyspace.key(of: $0) != nil }
                try await remove(ours, from: node, deadline: deadline)
            } while cursor != Array("0".utf8)
        }
    }

    /// Removes keys from the server that has them; one by one where they lie in different places of it.
    private func remove(
        _ names: [[UInt8]], from node: RedisNode, deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        guard !names.isEmpty else { return }
        if client.topology.joinsKeys {
            var unlink = RedisCommand("UNLINK")
            for name in names { unlink.append(name) }
            _ = try await node.send(unlink, deadline: deadline).successful()
            return
        }
        var failure: StrataError?
        await client.send(
            names.map { RedisCommand("UNLINK", $0) }, at: names.map(client.place), deadline: deadline
        ) { _, answer in
            do throws(StrataError) { _ = try answer.get().successful() } catch { failure = error }
        }
        if let failure { throw located(failure) }
    }

    /// The error as callers see it: with the server's name.
    func located(_ error: StrataError) -> StrataError { error.at(client.origin) }
}
