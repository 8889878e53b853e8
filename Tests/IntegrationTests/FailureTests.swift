import StrataTestSupport
import Testing

@Suite("Servers that are down")
struct FailureTests {
    @Test("With Redis down, the shards serve; what is written meanwhile is right when it is back")
    func redisDown() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let proxy = try await ServedProxy.start(servers.settings)
        try await proxy.send("SET", "k", "one")
        servers.redis.kill()
        #expect(try await proxy.send("SET", "k", "two") == .status("OK"))
        #expect(try await proxy.send("GET", "k") == "two")
        #expect(try await proxy.send("GET", "unseen") == .null)
        try await servers.redis.restart()
        try await eventually {
            let proxy = try await ServedProxy.start(servers.settings)
            return try await proxy.send("GET", "k") == "two"
        }
    }

    @Test("FLUSHALL with Redis down empties everything, and what Redis comes back with is never served")
    func flushWithRedisDown() async throws {
        let servers = try await Servers.start(isRedisDurable: true)
        defer { withExtendedLifetime(servers) {} }
        let proxy = try await ServedProxy.start(servers.settings)
        let keys = (0..<200).map { "k\($0)" }
        try await proxy.connected { client in
            for key in keys { try await client.send("SET", key, "old") }
        }
        servers.redis.kill()
        #expect(try await proxy.send("FLUSHALL") == .status("OK"))
        #expect(try await proxy.send("DBSIZE") == 0)
        #expect(try await proxy.send("GET", "k0") == .null)
        try await servers.redis.restart()
        try await RESPClient.connected(to: servers.redis.port) { redis in
            // Each key is asked for once: memory would answer the second time.
            for key in keys.dropFirst() { #expect(try await proxy.send("GET", key) == .null) }
            try await eventually { try await redis.send("EXISTS", "k199") == 0 }
        }
        try await proxy.send("SET", "k0", "new")
        try await proxy.restart()
        #expect(try await proxy.send("GET", "k0") == "new")
    }

    @Test("A proxy starts and serves while Redis is down, and uses it when it comes")
    func redisDownAtStart() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        servers.redis.kill()
        let proxy = try await ServedProxy.start(servers.settings)
        #expect(try await proxy.send("SET", "k", "one") == .status("OK"))
        #expect(try await proxy.send("GET", "k") == "one")
        try await servers.redis.restart()
        try await eventually {
            try await proxy.send("SET", "again", "x")
            return try await RESPClient.connected(to: servers.redis.port) { try await $0.send("EXISTS", "again") } == 1
        }
    }

    @Test("With Redis and one shard down, the other's keys are served and the rest fail with the shard's name")
    func shardDown() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let proxy = try await ServedProxy.start(servers.settings)
        let keys = try await servers.oneKeyPerShard(of: proxy)
        try await proxy.restart()
        servers.redis.kill()
        servers.shards[1].kill()
        let clock = ContinuousClock()
        let began = clock.now
        #expect(try await proxy.send("GET", keys[0]) == "x")
        let failed = try await proxy.send("GET", keys[1])
        guard case .error(let text) = failed else {
            Issue.record("a key of the dead shard answered \(failed)")
            return
        }
        #expect(text.hasPrefix("ERR") && text.contains("shard-1"))
        #expect(clock.now - began < .seconds(6), "a dead server must not hold up the answer")
        let mixed = try await proxy.connected { try await $0.pipeline([["GET", keys[1]], ["GET", keys[0]]]) }
        #expect(mixed[1] == "x", "keys of the healthy shard don't wait for the other's")
        let ready = try await TCPExchange.http("GET", "/health/ready", port: proxy.httpPort)
        #expect(ready.status == 200 && ready.body.contains("\"status\":\"degraded\""))
        let parts = ready.body.matches(of: /"level":"(\w+)","name":"([^"]+)","state":"([a-z-]+)"/)
        #expect(
            parts.map { "\($0.1) \($0.3)" } == [
                "memory serving", "redis down", "store serving", "store down", "invalidation down",
            ])
        #expect(parts.count == 5 && parts[2].2 == "shard-0" && parts[3].2 == "shard-1")
        #expect(try await TCPExchange.http("GET", "/health/live", port: proxy.httpPort).status == 200)

        servers.shards[0].kill()
        let dead = try await TCPExchange.http("GET", "/health/ready", port: proxy.httpPort)
        #expect(dead.status == 503 && dead.body.contains("shard-0"))

        for shard in servers.shards { try await shard.restart() }
        for key in keys { try await eventually { try await proxy.send("GET", key) == "x" } }
    }

    @Test("A shard that hangs takes no longer than its timeout, and holds up nobody else")
    func shardHangs() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let proxy = try await ServedProxy.start(servers.settings)
        let keys = try await servers.oneKeyPerShard(of: proxy)
        try await RESPClient.connected(to: servers.redis.port) { _ = try await $0.send("FLUSHALL") }
        try await proxy.restart()
        servers.shards[1].pause()
        defer { servers.shards[1].resume() }
        let clock = ContinuousClock()
        async let hung = proxy.send("GET", keys[1])
        let began = clock.now
        #expect(try await proxy.send("GET", keys[0]) == "x")
        #expect(clock.now - began < .seconds(1))
        guard case .error(let text) = try await hung else {
            Issue.record("a hung shard answered")
            return
        }
        #expect(text.contains("shard-1"))
        #expect(clock.now - began < .seconds(5))
    }
}
