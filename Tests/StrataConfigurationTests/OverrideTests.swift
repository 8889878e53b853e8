import StrataRedis
import Testing

@testable import StrataConfiguration

/// A flag wins over the environment, the environment over the file.
@Suite struct OverrideTests {
    private static let twoShards = """
        store:
          postgres:
            shards:
              - { name: a, url: "postgresql://127.0.0.1:1/d" }
              - { name: b, url: "postgresql://127.0.0.1:2/d" }
        """

    @Test func `a variable wins over the file and a flag over both`() throws {
        let environment = ["STRATA_LISTEN_RESP": "127.0.0.1:2", "STRATA_MEMORY_NEGATIVE_TTL": "9s"]
        let flag = ConfigurationSource.Flag(name: "--resp", key: "listen.resp", value: "127.0.0.1:3")
        let yaml = "{listen: {resp: \"127.0.0.1:1\"}, memory: {ttl: 7s}}"
        #expect(try load(yaml, environment: environment).settings.listen.resp.port == 2)
        let loaded = try load(yaml, environment: environment, flags: [flag])
        #expect(loaded.settings.listen.resp.port == 3)
        #expect(loaded.settings.memory?.ttl == .seconds(7))
        #expect(loaded.settings.memory?.negativeTTL == .seconds(9))
        #expect(
            loaded.overrides.map { "\($0.origin) \($0.key)" } == [
                "STRATA_LISTEN_RESP listen.resp", "STRATA_MEMORY_NEGATIVE_TTL memory.negative-ttl",
                "--resp listen.resp",
            ])
    }

    @Test func `lists are indexed, and an index after the last appends`() throws {
        let environment = [
            "STRATA_STORE_POSTGRES_SHARDS_1_URL": "postgresql://127.0.0.1:22/d",
            "STRATA_STORE_POSTGRES_SHARDS_2_URL": "postgresql://127.0.0.1:33/d",
        ]
        guard case .postgres(let postgres) = try load(Self.twoShards, environment: environment).settings.store else {
            Issue.record("not postgres")
            return
        }
        #expect(postgres.shards.map(\.name) == ["a", "b", "shard-2"])
        #expect(postgres.shards.map(\.url.description.utf8.count) == [26, 27, 27])
    }

    @Test func `eleven shards from the environment keep their order`() throws {
        var environment: [String: String] = [:]
        for index in 0...10 { environment["STRATA_STORE_POSTGRES_SHARDS_\(index)_URL"] = "postgresql://h\(index)/d" }
        guard case .postgres(let postgres) = try load("", environment: environment).settings.store else {
            Issue.record("not postgres")
            return
        }
        #expect(postgres.shards.map(\.url.description) == (0...10).map { "postgresql://h\($0)/d" })
    }

    @Test func `a gap in a list is refused`() {
        let message = refusal(
            of: Self.twoShards, environment: ["STRATA_STORE_POSTGRES_SHARDS_3_URL": "postgresql://127.0.0.1:4/d"])
        #expect(
            message == "STRATA_STORE_POSTGRES_SHARDS_3_URL: sets number 3 of 2; lists count from 0 and have no gaps")
    }

    @Test func `a variable replaces a none of the file, and a none a mapping`() throws {
        let settings = try load("{redis: none, store: none}", environment: ["STRATA_REDIS_URLS_0": "redis://h"])
            .settings
        #expect(settings.redis?.topology == .standalone(try RedisURL(parsing: "redis://h")))
        #expect(try load(Self.twoShards, environment: ["STRATA_STORE": "none"]).settings.store == .none)
        #expect(try load("memory: {ttl: 1s}", environment: ["STRATA_MEMORY": "none"]).settings.memory == nil)
    }

    @Test func `variables that exclude each other are refused, not guessed at`() {
        let message = refusal(of: "", environment: ["STRATA_STORE": "none", "STRATA_STORE_EMBEDDED_PATH": "x"])
        #expect(message.contains("STRATA_STORE_EMBEDDED_PATH: sets store.embedded.path, and STRATA_STORE sets"))
    }

    @Test func `a directory given beside a Postgres store is refused with both places`() {
        let flag = ConfigurationSource.Flag(name: "--data", key: "store.embedded.path", value: "x")
        let message = refusal(of: Self.twoShards, flags: [flag])
        #expect(message.contains("--data") && message.contains("strata.yaml:3:5"))
    }

    @Test func `a bad value is blamed on its variable`() {
        let message = refusal(of: "memory: {ttl: 60s}", environment: ["STRATA_MEMORY_TTL": "soon"])
        #expect(message.hasPrefix("STRATA_MEMORY_TTL: memory.ttl: expected a duration"))
    }

    @Test(arguments: [
        ("STRATA_MEMORY_CAPACTY", "STRATA_MEMORY_CAPACITY"), ("STRATA_REDIS_URL", "STRATA_REDIS_URLS_0"),
        ("STRATA_STORE_POSTGRES_SHARDS_7_ULR", "STRATA_STORE_POSTGRES_SHARDS_7_URL"),
        ("STRATA_REDIS_URLS", "STRATA_REDIS_URLS_0"), ("STRATA_LOGLEVEL", "STRATA_LOG_LEVEL"),
    ])
    func `an unknown variable is refused with the nearest one`(name: String, nearest: String) {
        let message = refusal(of: "", environment: [name: "1"])
        #expect(message.hasPrefix("\(name): no key has this environment variable; did you mean \(nearest)?"))
    }

    @Test func `variables of others are left alone`() throws {
        let others = ["PATH": "/bin", "STRATAGEM": "1", "STRATA_WARNINGS_AS_ERRORS": "1", "STRATA_TEST_POSTGRES": "/x"]
        #expect(try load("", environment: others).overrides.isEmpty)
    }

    @Test func `a reload tells what applies at once from what needs a restart`() throws {
        let before = try load("{memory: {ttl: 60s, capacity: 1GB}, log: {level: info}}")
        let after = try load("{memory: {ttl: 30s, capacity: 2GB}, listen: {http: none}}")
        #expect(
            after.changes(since: before).map { "\($0.key) \($0.isLive)" } == [
                "listen.http false", "log.level true", "memory.capacity false", "memory.ttl true",
            ])
        #expect(before.changes(since: before).isEmpty)
    }
}
