import Logging
import Strata
import StrataConfiguration
import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite(.serialized) struct HedgedReadTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func read(_ count: Int, _ bytes: ByteCache) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                group.addTask { (try? await bytes.read([Key("k\(number)")], freshness: .strong)[0].get()) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    @Test(arguments: [true, false])
    func `reads on a connection that stalls are answered over another one`(isHedged: Bool) async throws {
        let postgres = try await PostgresServer.start()
        let settings = try Settings(
            store: .postgres(
                PostgresSettings(
                    shards: [.init(name: "shard-0", url: #require(PostgresURL(postgres.url())))],
                    timeouts: LevelTimeouts(read: .seconds(3), write: .seconds(20)),
                    hedgeQuantile: isHedged ? 0.95 : nil)))
        let composition = try await Composition(settings, logger: logger)
        try await composition.run {
            let bytes = composition.manager.bytes
            // Until all connections are there, and it is known how long reads take.
            for _ in 0..<100 { _ = await read(32, bytes) }
            let backends = try await composition.withShard(for: "k0") { connection in
                let rows = try await connection.query(
                    """
                    SELECT pid::bigint FROM pg_stat_activity
                    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND query LIKE '%strata.read%'
                    """)
                var backends: [pid_t] = []
                for row in rows { backends.append(pid_t(try row["pid", as: Int64.self])) }
                return backends
            }
            let stalled = try #require(backends.first)
            #expect(backends.count > 1, "a hedge needs another connection")
            kill(stalled, SIGSTOP)
            defer { kill(stalled, SIGCONT) }
            if isHedged {
                for _ in 0..<20 { #expect(await read(64, bytes) == 64) }
            } else {
                try await eventually { await read(64, bytes) < 64 }
            }
        }
    }
}
