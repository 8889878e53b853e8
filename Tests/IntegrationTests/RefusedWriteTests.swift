import Logging
import Strata
import StrataConfiguration
import StrataCore
import StrataRedis
import StrataTestSupport
import Testing

@Suite struct RefusedWriteTests {
    @Test func `a write that an open circuit refuses leaves its key's copies valid and nothing to repair`() async throws
    {
        let redis = try await RedisServer.start()
        let postgres = try await PostgresServer.start()
        var breaker = BreakerSettings()
        (breaker.minimumCalls, breaker.pause) = (5, Backoff(first: .seconds(120), last: .seconds(120)))
        let settings = try Settings(
            redis: RedisSettings(
                topology: .standalone(RedisURL(parsing: redis.url)), timeouts: LevelTimeouts(.seconds(20))),
            store: .postgres(
                PostgresSettings(
                    shards: [.init(name: "shard-0", url: #require(PostgresURL(postgres.url())))],
                    timeouts: LevelTimeouts(read: .seconds(20), write: .milliseconds(500)))), breaker: breaker)
        let composition = try await Composition(
            settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await composition.run {
            let bytes = composition.manager.bytes
            func write(_ key: Key) async -> StrataError? {
                if case .failure(let error) = await bytes.apply([Mutation(.put([1]), key: key)])[0] {
                    error
                } else {
                    nil
                }
            }
            try await eventually { await write("k") == nil }
            postgres.pause()
            defer { postgres.resume() }
            try await eventually {
                let error = try #require(await write("other"))
                return error.isUnsent
            }
            let undelivered = composition.manager.statistics.undeliveredInvalidations
            let refusal = try #require(await write("k"))
            #expect(refusal.code == .unavailable && !refusal.mayHaveHappened && refusal.origin == "shard-0")
            #expect(bytes.cached("k") == .hit([1]))
            #expect(composition.manager.statistics.undeliveredInvalidations == undelivered)
            #expect(bytes.cached("other") == .miss, "one that timed out may have happened")
        }
    }
}
