import Logging
import Strata
import StrataCore
import StrataMemory
import StrataPostgres
import StrataRedis
import Testing

@testable import StrataConfiguration

@Suite struct SettingsParsingTests {
    @Test func `without anything the store is embedded behind a memory level`() throws {
        let settings = try load("").settings
        #expect(settings == (try Settings()))
        #expect(settings.listen.resp.description == "127.0.0.1:6380")
        #expect(settings.listen.http?.description == "127.0.0.1:8080")
        #expect(settings.store == .embedded(EmbeddedSettings(path: "./strata-data", shards: 4, durability: .full)))
        #expect(settings.redis == nil)
        #expect(settings.invalidation.sources.isEmpty)
    }

    @Test func `every key of the documented example arrives`() throws {
        let settings = try load(
            """
            listen: { resp: "127.0.0.1:7000", http: "[::1]:7001", password: hush, token: quiet, max-clients: 12,
                      event-loops: 3 }
            memory: { capacity: 1GB, policy: lru, typical-entry: 4KiB, largest-entry-share: 0.5, ttl: 90s,
                      negative-ttl: 250ms, stale-period: 1h, stale-soft-timeout: 50ms, stale-pause: 3s }
            redis:  { urls: ["redis://app:pa%3Ass@127.0.0.1:6399/2"], mode: standalone, prefix: "p:", ttl: 2h,
                      timeout: 100ms, write-timeout: 300ms, hedge-quantile: 0.95, connections: 3 }
            store:
              postgres:
                shards:
                  - { name: left, url: "postgresql://user@127.0.0.1:5432/strata0", weight: 2 }
                  - { url: "postgres://127.0.0.1:5433/strata1", direct: "postgresql://127.0.0.1:5434/strata1",
                      replicas: ["postgresql://127.0.0.1:5435/strata1"] }
                connections: 9
                timeout: 1h
                read-timeout: 5s
                idle-limit: 5s
                maximum-age: 10m
                retry-ratio: 0.02
                prepared: off
                hedge-quantile: 0.99
            breaker: { failure-ratio: 0.25, slow-ratio: 1, slow-share: 0.75, minimum-calls: 7, window: 1m, trials: 5,
                       pause: 2s, longest-pause: 9s }
            invalidation: { sources: [redis-log], bound: 3s }
            log: { level: debug }
            """
        ).settings
        #expect(
            settings.listen
                == ListenSettings(
                    resp: ListenAddress(host: "127.0.0.1", port: 7000), http: ListenAddress(host: "::1", port: 7001),
                    password: Secret("hush"), token: Secret("quiet"), maximumClients: 12, eventLoops: 3))
        #expect(
            settings.memory
                == MemorySettings(
                    capacityBytes: 1_000_000_000, policy: .lru, typicalEntryBytes: 4096, largestEntryShare: 0.5,
                    ttl: .seconds(90), negativeTTL: .milliseconds(250),
                    stale: StalePolicy(
                        period: .seconds(3600), softTimeout: .milliseconds(50), pause: .seconds(3))))
        let url = RedisURL(
            address: .tcp(host: "127.0.0.1", port: 6399), user: "app", password: "pa:ss", database: 2)
        #expect(
            settings.redis
                == RedisSettings(
                    topology: .standalone(url), prefix: "p:", ttl: .seconds(7200),
                    timeouts: LevelTimeouts(read: .milliseconds(100), write: .milliseconds(300)), connections: 3,
                    hedgeQuantile: 0.95))
        let left = PostgresSettings.Shard(
            name: "left", url: try #require(PostgresURL("postgresql://user@127.0.0.1:5432/strata0")), weight: 2)
        let right = PostgresSettings.Shard(
            name: "shard-1", url: try #require(PostgresURL("postgres://127.0.0.1:5433/strata1")),
            direct: PostgresURL("postgresql://127.0.0.1:5434/strata1"),
            replicas: [try #require(PostgresURL("postgresql://127.0.0.1:5435/strata1"))])
        let postgres = try PostgresSettings(
            shards: [left, right], connections: 9, timeouts: LevelTimeouts(read: .seconds(5), write: .seconds(3600)),
            idleLimit: .seconds(5), maximumAge: .seconds(600), retryRatio: 0.02, hedgeQuantile: 0.99,
            prepared: .off)
        #expect(settings.store == .postgres(postgres))
        #expect(settings.invalidation == InvalidationSettings(sources: [.redisLog], bound: .seconds(3)))
        var breaker = BreakerSettings()
        (breaker.failureRatio, breaker.slowRatio, breaker.slowShare) = (0.25, 1, 0.75)
        (breaker.minimumCalls, breaker.window, breaker.trials) = (7, .seconds(60), 5)
        breaker.pause = Backoff(first: .seconds(2), last: .seconds(9))
        #expect(settings.breaker == breaker)
        #expect(breaker.options(LevelTimeouts(.milliseconds(100))).slowCall == .milliseconds(75))
        #expect(settings.logLevel == .debug)
    }

    @Test func `the word none takes a level, a listener or a lifetime away`() throws {
        let settings = try load(
            "{memory: {ttl: none, negative-ttl: none}, redis: none, store: none, listen: {http: none}}"
        ).settings
        #expect(settings.memory?.ttl == nil)
        #expect(settings.memory?.negativeTTL == nil)
        #expect(settings.store == .none)
        #expect(settings.listen.http == nil)
        #expect(try load("memory: none").settings.memory == nil)
    }

    @Test func `a Redis brings its log along, unless the file says otherwise`() throws {
        let redis = "redis: {urls: [\"redis://127.0.0.1\"]}"
        #expect(try load(redis).settings.invalidation.sources == [.redisLog])
        #expect(try load("\(redis)\ninvalidation: {sources: []}").settings.invalidation.sources.isEmpty)
    }

    @Test func `combinations that can't work do not construct`() throws {
        #expect(throws: (any Error).self) { try Settings(memory: nil, redis: nil, store: .none) }
        #expect(throws: (any Error).self) {
            try Settings(redis: nil, invalidation: InvalidationSettings(sources: [.redisLog]))
        }
        #expect(throws: (any Error).self) { try PostgresSettings(shards: []) }
        let shard = PostgresSettings.Shard(name: "a", url: try #require(PostgresURL("postgresql://h/d")))
        #expect(throws: (any Error).self) { try PostgresSettings(shards: [shard, shard]) }
    }

    /// Every known key is read by something: setting it to nonsense is refused, except where every text makes sense.
    @Test(arguments: ConfigurationKey.all)
    func `no known key is ignored`(key: ConfigurationKey) throws {
        let variable = key.environmentVariable.replacing("_N", with: "_0")
        let base = [
            "redis": "redis: {urls: [\"redis://127.0.0.1\"]}",
            "store.postgres": "store: {postgres: {shards: [{url: \"postgresql://127.0.0.1/d\"}]}}",
        ].first { key.name.hasPrefix("\($0.key).") }?.value
        let takesAnyText = ["redis.prefix", "store.embedded.path", "listen.password", "listen.token"]
        if takesAnyText.contains(key.name) {
            let plain = try load(base ?? "").settings
            #expect(try load(base ?? "", environment: [variable: "?"]).settings != plain)
        } else {
            let message = refusal(of: base ?? "", environment: [variable: "?!"])
            #expect(message.hasPrefix("\(variable): "))
        }
    }
}
