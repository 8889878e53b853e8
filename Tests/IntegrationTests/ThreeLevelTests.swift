import StrataTestSupport
import Testing

@Suite("cache-proxy over memory, Redis and two Postgres shards")
struct ThreeLevelTests {
    @Test("A value comes from memory, after a restart from Redis, and after a flush from the right shard")
    func levels() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let proxy = try await ServedProxy.start(servers.settings)
        let keys = try await servers.oneKeyPerShard(of: proxy)
        for key in keys { #expect(try await proxy.send("SET", key, "value of \(key)") == .status("OK")) }
        for key in keys { #expect(try await proxy.send("GET", key).text == "value of \(key)") }
        #expect(try await proxy.counters()["memory_hits"] == 2)

        try await proxy.restart()
        for key in keys { #expect(try await proxy.send("GET", key).text == "value of \(key)") }
        var counters = try await proxy.counters()
        #expect(counters["redis_hits"] == 2)
        #expect(counters["store_hits"] == 0)

        try await RESPClient.connected(to: servers.redis.port) { _ = try await $0.send("FLUSHALL") }
        try await proxy.restart()
        for key in keys { #expect(try await proxy.send("GET", key).text == "value of \(key)") }
        counters = try await proxy.counters()
        #expect(counters["store_hits"] == 2)
        #expect(counters["redis_hits"] == 0)
        let metrics = try await TCPExchange.http("GET", "/metrics", port: proxy.httpPort).body
        #expect(metrics.contains("strata_hits_total{level=\"store\"} 2"))
        #expect(metrics.contains("strata_hits_total{level=\"memory\"} 0"))
        #expect(try await proxy.stop() == 0)
        #expect(try proxy.loggedErrors == [], "three starts and stops in order")
    }

    @Test("Absent, empty and zero stay apart through every level")
    func absences() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let proxy = try await ServedProxy.start(servers.settings)
        try await proxy.send("SET", "empty", "")
        try await proxy.send("SET", "zero", "0")
        for _ in 0..<3 {
            #expect(try await proxy.send("GET", "empty") == "")
            #expect(try await proxy.send("GET", "zero") == "0")
            #expect(try await proxy.send("GET", "absent") == .null)
            #expect(try await proxy.send("EXISTS", "empty", "zero", "absent") == 2)
            try await proxy.restart()
        }
        try await RESPClient.connected(to: servers.redis.port) { _ = try await $0.send("FLUSHALL") }
        try await proxy.restart()
        #expect(try await proxy.send("MGET", "empty", "zero", "absent") == .array(["", "0", .null]))
    }

    @Test("What one proxy writes, the memory of the other sees within milliseconds")
    func twoProxies() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let here = try await ServedProxy.start(servers.settings)
        let there = try await ServedProxy.start(servers.settings)
        try await here.send("SET", "k", "0")
        try await there.connected { reader in
            try await here.connected { writer in
                for number in 1...50 {
                    #expect(try await reader.send("GET", "k").text == "\(number - 1)")
                    try await writer.send("SET", "k", "\(number)")
                    try await eventually(within: .seconds(2)) { try await reader.send("GET", "k").text == "\(number)" }
                }
                try await writer.send("DEL", "k")
                try await eventually(within: .seconds(2)) { try await reader.send("GET", "k") == .null }
            }
        }
    }

    @Test("INCR is exact across proxies")
    func increments() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let proxies = [try await ServedProxy.start(servers.settings), try await ServedProxy.start(servers.settings)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<8 {
                group.addTask {
                    try await proxies[client % 2].connected { connection in
                        for _ in 0..<50 { _ = try await connection.send("INCR", "counter") }
                    }
                }
            }
            try await group.waitForAll()
        }
        for proxy in proxies {
            try await eventually { try await proxy.send("GET", "counter") == "400" }
        }
    }

    @Test(
        "A log that was deleted, or a Redis that came back empty, purges what may be stale",
        arguments: ["deleted", "replaced"])
    func logLost(how: String) async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let here = try await ServedProxy.start(servers.settings)
        let there = try await ServedProxy.start(servers.settings)
        try await here.send("SET", "k", "old")
        #expect(try await there.send("GET", "k") == "old")
        switch how {
        case "deleted":
            try await RESPClient.connected(to: servers.redis.port) { _ = try await $0.send("FLUSHALL") }
        default:
            servers.redis.kill()
            try await servers.redis.restart()
        }
        try await here.send("SET", "k", "new")
        try await eventually { try await there.send("GET", "k") == "new" }
    }

    @Test("A subscriber that was cut off sees what it missed")
    func cutOff() async throws {
        let servers = try await Servers.start()
        defer { withExtendedLifetime(servers) {} }
        let here = try await ServedProxy.start(servers.settings)
        let there = try await ServedProxy.start(servers.settings)
        try await here.send("SET", "k", "old")
        #expect(try await there.send("GET", "k") == "old")
        for round in 0..<5 {
            try await RESPClient.connected(to: servers.redis.port) { redis in
                _ = try await redis.send("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            }
            try await here.send("SET", "k", "new\(round)")
            try await eventually { try await there.send("GET", "k").text == "new\(round)" }
        }
    }
}
