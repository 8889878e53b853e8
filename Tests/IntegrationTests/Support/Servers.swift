import StrataTestSupport

/// A Redis and two Postgres servers of a test's own, and the configuration of a proxy in front of them.
struct Servers: Sendable {
    let redis: RedisServer
    let shards: [PostgresServer]

    /// - Parameter isRedisDurable: whether Redis comes back from a crash with what it held.
    static func start(isRedisDurable: Bool = false) async throws -> Servers {
        async let redis = RedisServer.start(arguments: isRedisDurable ? ["--appendonly", "yes"] : [])
        async let first = PostgresServer.start()
        async let second = PostgresServer.start()
        return Servers(redis: try await redis, shards: [try await first, try await second])
    }

    /// The settings of a proxy over all three levels.
    var settings: String {
        """
        memory: { capacity: 16MiB, ttl: 60s }
        redis: { urls: ["\(redis.url)"], ttl: 10m }
        store:
          postgres:
            timeout: 2s
            shards:
              - { name: shard-0, url: "\(shards[0].url())" }
              - { name: shard-1, url: "\(shards[1].url())" }
        invalidation: { sources: [redis-log] }

        """
    }

    /// Two keys, each of which lies on another shard, as the shards themselves say after they were written.
    func oneKeyPerShard(of proxy: ServedProxy, prefix: String = "probe") async throws -> [String] {
        var found: [String?] = [nil, nil]
        for number in 0..<200 {
            let key = "\(prefix)\(number)"
            try await proxy.send("SET", key, "x")
            for (index, shard) in shards.enumerated() where found[index] == nil {
                if await holds(shard, key) { found[index] = key }
            }
            if let first = found[0], let second = found[1] { return [first, second] }
        }
        throw ServerProcessError("200 keys all went to one shard")
    }

    /// Whether a shard's table has the key: dividing by the number of its rows fails where there is none.
    private func holds(_ shard: PostgresServer, _ key: String) async -> Bool {
        let sql = "SELECT 1 / count(*) FROM strata.entry WHERE key = convert_to('\(key)', 'UTF8')"
        return (try? await shard.runSQL(sql)) != nil
    }
}
