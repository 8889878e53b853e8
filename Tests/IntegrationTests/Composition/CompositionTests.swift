import Foundation
import Logging
import Strata
import StrataConfiguration
import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

/// The levels put together from settings, on real servers.
@Suite struct CompositionTests {
    /// Two Postgres databases of one server and a Redis, as settings.
    private struct Servers {
        let redis: RedisServer
        let postgres: PostgresServer

        static func start() async throws -> Servers {
            let servers = Servers(redis: try await RedisServer.start(), postgres: try await PostgresServer.start())
            for name in ["strata0", "strata1"] { try await servers.postgres.createDatabase(name) }
            return servers
        }

        var source: ConfigurationSource {
            ConfigurationSource(environment: [
                "STRATA_REDIS_URLS_0": redis.url,
                "STRATA_STORE_POSTGRES_SHARDS_0_URL": postgres.url(database: "strata0"),
                "STRATA_STORE_POSTGRES_SHARDS_1_URL": postgres.url(database: "strata1"),
            ])
        }

        func compose() async throws -> Composition {
            try await Composition(source.load().settings, logger: Logger(label: "test"))
        }
    }

    @Test func `a value is found in each level in turn, and at its shard alone`() async throws {
        let servers = try await Servers.start()
        let keys = (0..<50).map { Key("key:\($0)") }
        try await servers.compose().runManager { manager in
            for key in keys {
                let outcome = try await manager.bytes.apply([Mutation(.put(key.bytes), key: key)])[0].get()
                #expect(outcome.applied)
            }
            for key in keys { #expect(manager.bytes.cached(key) == .hit(key.bytes)) }
        }
        try await servers.compose().runManager { manager in
            for answer in await manager.bytes.read(keys) {
                let entry = try answer.get()
                #expect(entry.content != .absent)
            }
            #expect(manager.statistics.redis.hits == 50)
            #expect(manager.statistics.store.hits == 0)
        }
        try await servers.redis.restart()
        try await servers.compose().runManager { manager in
            for (key, answer) in zip(keys, await manager.bytes.read(keys)) {
                let entry = try answer.get()
                #expect(entry.content == .value(key.bytes, .string))
            }
            #expect(manager.statistics.redis.hits == 0)
            #expect(manager.statistics.store.hits == 50)
            #expect(try await manager.bytes.count() == 50)
        }
    }

    @Test func `what only the levels keep is shared through Redis, and its absence too`() async throws {
        let servers = try await Servers.start()
        let policy = CachePolicy(persistence: .levels)
        try await servers.compose().runManager { manager in
            let texts = try manager.cache("texts", of: String.self, policy: policy)
            let loaded = try await texts.value(for: "k", orLoad: { "loaded" })
            #expect(loaded == "loaded")
            let absent = try await texts.value(for: "none", orLoad: { nil })
            #expect(absent == nil)
        }
        try await servers.compose().runManager { manager in
            let texts = try manager.cache("texts", of: String.self, policy: policy)
            let found = try await texts.value(for: "k", orLoad: { "loaded again" })
            #expect(found == "loaded")
            let absent = try await texts.value(for: "none", orLoad: { "found meanwhile" })
            #expect(absent == nil)
            #expect(try await manager.bytes.count() == 0, "the store has neither")
            try await manager.bytes.removeAll()
            let again = try await texts.value(for: "k", orLoad: { "loaded again" })
            #expect(again == "loaded again")
        }
    }

    @Test func `a write in one process is seen by the memory of another`() async throws {
        let servers = try await Servers.start()
        let (writer, reader) = (try await servers.compose(), try await servers.compose())
        try await writer.runManager { writing in
            try await reader.runManager { reading in
                _ = try await writing.bytes.apply([Mutation(.put([1]), key: "k")])[0].get()
                // Until the subscriber has begun, a write goes unnoticed: write until one is seen.
                try await eventually { try await reading.bytes.read(["k"])[0].get().content == .value([1], .string) }
                var number: UInt8 = 1
                try await eventually {
                    number &+= 1
                    _ = try await writing.bytes.apply([Mutation(.put([number]), key: "k")])[0].get()
                    return reading.bytes.cached("k") == .miss
                }
                let seen = try await reading.bytes.read(["k"])[0].get()
                #expect(seen.content == .value([number], .string))
            }
        }
    }

    @Test func `the catalog's map outlives a change of the configuration`() async throws {
        let servers = try await Servers.start()
        try await servers.compose().runManager { manager in
            _ = try await manager.bytes.apply([Mutation(.put([1]), key: "k")])[0].get()
        }
        var heavier = servers.source
        heavier.environment["STRATA_STORE_POSTGRES_SHARDS_1_WEIGHT"] = "7"
        let composition = try await Composition(heavier.load().settings, logger: Logger(label: "test"))
        try await composition.runManager { manager in
            let answer = try await manager.bytes.read(["k"])[0].get()
            #expect(answer.content == .value([1], .string))
        }
    }

    @Test func `databases of two clusters are refused together`() async throws {
        let servers = try await Servers.start()
        try await servers.compose().runManager { _ in }
        try await servers.postgres.createDatabase("other0")
        try await servers.postgres.createDatabase("other1")
        var other = servers.source
        other.environment["STRATA_STORE_POSTGRES_SHARDS_0_URL"] = servers.postgres.url(database: "other0")
        let error = await #expect(throws: StrataError.self) {
            try await Composition(other.load().settings, logger: Logger(label: "test"))
        }
        #expect(error?.code == .incompatible)
        #expect(error?.origin == "shard-1")
    }

    @Test func `a service's own table is reached on the shard of its key`() async throws {
        let servers = try await Servers.start()
        let composition = try await servers.compose()
        try await composition.run {
            for key: Key in ["a", "b", "c", "d", "e", "f"] {
                try await composition.withShard(for: key) { connection in
                    try await connection.execute("CREATE TABLE IF NOT EXISTS seen (name text)")
                    try await connection.execute("INSERT INTO seen VALUES (\(key.description))")
                }
            }
        }
        for database in ["strata0", "strata1"] {
            try await servers.postgres.runSQL("SELECT 1 / count(*) FROM seen", database: database)
        }
    }

    @Test func `without a store Redis is the authority, for all processes`() async throws {
        let redis = try await RedisServer.start()
        let source = ConfigurationSource(environment: ["STRATA_STORE": "none", "STRATA_REDIS_URLS_0": redis.url])
        let settings = try source.load().settings
        for expected in 1...3 {
            try await Composition(settings, logger: Logger(label: "test")).runManager { manager in
                let outcome = try await manager.bytes.apply([Mutation(.add(1), key: "n")])[0].get()
                #expect(outcome.current?.content == .value(Array("\(expected)".utf8), .string))
            }
        }
    }

    @Test(arguments: [["STRATA_STORE": "none"], ["STRATA_MEMORY": "none"]])
    func `memory and store work without each other`(environment: [String: String]) async throws {
        let directory = try TemporaryDirectory("composition")
        let flag = ConfigurationSource.Flag(name: "--data", key: "store.embedded.path", value: directory.path)
        let hasStore = environment["STRATA_STORE"] == nil
        let source = ConfigurationSource(environment: environment, flags: hasStore ? [flag] : [])
        try await Composition(source.load().settings, logger: Logger(label: "test")).runManager { manager in
            _ = try await manager.bytes.apply([Mutation(.put([1]), key: "k")])[0].get()
            #expect(try await manager.bytes.read(["k"])[0].get().content == .value([1], .string))
            #expect(manager.bytes.cached("k") == (hasStore ? .miss : .hit([1])))
        }
    }
}

extension Composition {
    fileprivate func runManager(_ body: @Sendable @escaping (CacheManager) async throws -> Void) async throws {
        try await run { try await body(manager) }
    }
}
