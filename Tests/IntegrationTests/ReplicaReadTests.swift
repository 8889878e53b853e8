import Logging
import Strata
import StrataConfiguration
import StrataCore
import StrataTestSupport
import Testing

/// Processes whose configuration names a replica of their shard.
@Suite struct ReplicaReadTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `a replica answers another process' reads and never hides a process' own writes`() async throws {
        let primary = try await PostgresServer.start()
        try await compose(primary.url()).run {}
        let replica = try await primary.startReplica()
        let writer = try await compose(primary.url(), replica: replica.url())
        let reader = try await compose(primary.url(), replica: replica.url())
        try await writer.run {
            try await reader.run {
                let (write, read) = (writer.manager.bytes, reader.manager.bytes)
                func text(_ bytes: ByteCache, _ freshness: Freshness = .cached) async throws -> String? {
                    try await bytes.read(["a"], freshness: freshness)[0].get().bytes.map {
                        String(decoding: $0, as: UTF8.self)
                    }
                }
                func put(_ text: String) async throws {
                    _ = try await write.apply([Mutation(.put(Array(text.utf8)), key: "a")])[0].get()
                }
                try await put("old")
                try await eventually(within: .seconds(60)) {
                    // Until the replica has a heartbeat after the write, and is stopped behind it.
                    guard try await text(read) == "old" else { return false }
                    _ = try await replica.value("SELECT pg_wal_replay_pause()")
                    try await put("new")
                    if try await text(read) == "old" { return true }
                    _ = try await replica.value("SELECT pg_wal_replay_resume()")
                    try await put("old")
                    return false
                }
                #expect(try await text(write) == "new")
                #expect(try await text(read, .strong) == "new")
                #expect(try await text(read) == "new")
            }
        }
    }

    private func compose(_ url: String, replica: String? = nil) async throws -> Composition {
        var variables = [
            "STRATA_STORE_POSTGRES_SHARDS_0_URL": url, "STRATA_MEMORY": "none", "STRATA_INVALIDATION_BOUND": "8s",
        ]
        variables["STRATA_STORE_POSTGRES_SHARDS_0_REPLICAS_0"] = replica
        return try await Composition(
            ConfigurationSource(environment: variables).load().settings, logger: logger)
    }
}
