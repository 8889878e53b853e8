import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

/// How busy the pools say they are.
@Suite struct PoolLoadTests {
    private func load(of pool: some PoolWithLoad) async -> PoolLoad? {
        await withCheckedContinuation { continuation in
            pool.reactor.call { continuation.resume(returning: pool.load) }
        }
    }

    @Test func statementsUnderWayAndWaitingOnesAreCounted() async throws {
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            (configuration.connections, configuration.sessions, configuration.pipelineDepth) = (1, 2, 1)
        }
        try await withShard(configure: configure) { shard in
            _ = try await shard.put("k", "v")
            try await eventually { await load(of: shard.pool)?.idle == 1 }
            let quiet = try #require(await load(of: shard.pool))
            #expect(quiet.limit == 1 && quiet.connections == 1 && quiet.connecting == 0)
            #expect(quiet.statementsInFlight == 0 && quiet.requestsWaiting == 0)
            // One statement holds the only connection, and another one has to wait for it.
            let requests = (0..<2).map { _ in
                SingleRequest(sql: "SELECT pg_sleep(600)", deadline: .now + .seconds(3600)) { _ in }
            }
            for request in requests { shard.pool.submit(request) }
            try await eventually {
                let load = await load(of: shard.pool)
                return load?.statementsInFlight == 1 && load?.requestsWaiting == 1 && load?.idle == 0
            }
        }
    }

    @Test func borrowedConnectionsAreNotIdle() async throws {
        try await withShard { shard in
            try await shard.withConnection { connection in
                try await connection.execute("SELECT 1")
                let load = try #require(await load(of: shard.sessions))
                #expect(load.connections == 1 && load.idle == 0 && load.limit == 4)
            }
            try await eventually { await load(of: shard.sessions)?.idle == 1 }
        }
    }
}
