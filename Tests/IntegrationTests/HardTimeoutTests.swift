import Logging
import NIOPosix
import Strata
import StrataConfiguration
import StrataCore
import StrataPostgres
import StrataRedis
import StrataTestSupport
import Testing

/// Real servers that do not answer, and callers that have their answers in time all the same.
@Suite(.serialized) struct HardTimeoutTests {
    enum Fault: String, CaseIterable {
        /// The server is stopped (SIGSTOP).
        case stopped
        /// Connections are accepted and nothing ever answers.
        case silent
        /// One byte a second.
        case trickling
    }

    private static let timeouts = LevelTimeouts(read: .milliseconds(60), write: .milliseconds(80))

    /// Levels whose circuits never open, so that every call meets the fault.
    private func settings(
        redis port: Int, postgres url: String, storeTimeouts: LevelTimeouts = timeouts
    ) throws -> Settings {
        var breaker = BreakerSettings()
        breaker.minimumCalls = 1_000_000
        return try Settings(
            memory: MemorySettings(),
            redis: RedisSettings(
                topology: .standalone(RedisURL(parsing: "redis://127.0.0.1:\(port)")), timeouts: Self.timeouts),
            store: .postgres(
                PostgresSettings(
                    shards: [.init(name: "shard-0", url: #require(PostgresURL(url)))], timeouts: storeTimeouts)),
            breaker: breaker)
    }

    @Test(arguments: Fault.allCases)
    func `reads and writes of a Postgres that does not answer end in time`(_ fault: Fault) async throws {
        let redis = try await RedisServer.start()
        let postgres = try await PostgresServer.start()
        let proxy = try await FaultProxy.start(upstreamPort: postgres.port)
        let url = "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres"
        let composition = try await Composition(
            settings(redis: redis.port, postgres: url), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await composition.run {
            let manager = composition.manager
            try await eventually {
                (try? await manager.bytes.apply([Mutation(.put([1]), key: "k")])[0].get().applied) == true
            }
            apply(fault, to: proxy) { postgres.pause() }
            defer { postgres.resume() }
            var (reads, writes) = (Lateness(), Lateness())
            for number in 0..<20 {
                await reads.measure(allowed: Self.timeouts.read) {
                    await #expect(throws: StrataError.self) {
                        try await manager.bytes.read(["k"], freshness: .strong)[0].get()
                    }
                }
                await writes.measure(allowed: Self.timeouts.write) {
                    let write = await manager.bytes.apply([Mutation(.put([2]), key: Key("w\(number)"))])[0]
                    #expect(throws: StrataError.self) { try write.get() }
                }
            }
            #expect(reads.isTimely, "\(reads)")
            #expect(writes.isTimely, "\(writes)")
        }
    }

    @Test(arguments: Fault.allCases)
    func `reads and writes go past a Redis that does not answer in time`(_ fault: Fault) async throws {
        let redis = try await RedisServer.start()
        let postgres = try await PostgresServer.start()
        let proxy = try await FaultProxy.start(upstreamPort: redis.port)
        let composition = try await Composition(
            settings(redis: proxy.port, postgres: postgres.url(), storeTimeouts: LevelTimeouts(.seconds(60))),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let client = RedisClient(
            configuration: RedisConfiguration(
                .standalone(try RedisURL(parsing: "redis://127.0.0.1:\(proxy.port)")),
                // A connection that is given up would have later calls refused at once.
                connectTimeout: .seconds(60), commandTimeout: .seconds(60),
                breaker: CircuitBreakerOptions(minimumCalls: 1_000_000)),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let tier = RedisTier(client: client, cluster: .random())
        try await composition.run {
            let manager = composition.manager
            for number in 0..<20 { _ = await manager.bytes.apply([Mutation(.put([1]), key: Key("k\(number)"))]) }
            try await client.ping(deadline: .now + .seconds(10))
            apply(fault, to: proxy) { redis.pause() }
            defer { redis.resume() }
            var (tierReads, tierWrites) = (Lateness(), Lateness())
            for number in 0..<20 {
                let key = Key("k\(number)")
                await tierReads.measure(allowed: Self.timeouts.read) {
                    let read = await tier.read([key], deadline: .now + Self.timeouts.read)[0]
                    #expect(throws: StrataError.self) { try read.get() }
                }
                let offer = TierOffer(
                    key: key, entry: .string([1], version: Version(rawValue: 1)), lifetime: .seconds(60))
                await tierWrites.measure(allowed: Self.timeouts.write) {
                    let write = await tier.offer([offer], deadline: .now + Self.timeouts.write)[0]
                    #expect(throws: StrataError.self) { try write.get() }
                }
                // Unseen by memory, so level 2 is asked first.
                let entry = try await manager.bytes.read([Key("unseen\(number)")])[0].get()
                #expect(entry.content == .absent)
            }
            #expect(tierReads.isTimely, "\(tierReads)")
            #expect(tierWrites.isTimely, "\(tierWrites)")
        }
    }

    private func apply(_ fault: Fault, to proxy: FaultProxy, stop: () -> Void) {
        switch fault {
        case .stopped: stop()
        case .silent: proxy.faults.isBlackhole = true
        case .trickling: proxy.faults = .init(delay: .seconds(1), pieceBytes: 1)
        }
    }
}
