import NIOConcurrencyHelpers
import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

@Suite struct RetryTests {
    /// Scans that were under way when their connection was lost: how many were answered, and the errors of the others. Scans,
    /// because they share no statement: all of them are under way at once.
    private func loseScans(_ count: Int, retries: RetryBudgetOptions) async throws -> (Int, [StrataError]) {
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connections = 1
            configuration.pipelineDepth = 1024
            configuration.retries = retries
        }
        return try await withShard(configure: configure) { shard in
            _ = try await shard.put("a", "1")
            let started = NIOLockedValueBox(0)
            let scans = try await shard.withConnection { connection in
                try await connection.transaction { transaction in
                    try await transaction.execute("LOCK TABLE strata.entry IN ACCESS EXCLUSIVE MODE")
                    let scans = Task {
                        await withTaskGroup(of: StrataError?.self) { group in
                            for _ in 0..<count {
                                group.addTask {
                                    started.withLockedValue { $0 += 1 }
                                    do throws(StrataError) {
                                        _ = try await shard.scan(
                                            from: KeyPosition(rawValue: 0), count: 10, context: .patient)
                                        return nil
                                    } catch {
                                        return error
                                    }
                                }
                            }
                            return await group.reduce(into: []) { $0.append($1) }
                        }
                    }
                    try await eventually {
                        let blocked = try await transaction.query(
                            """
                            SELECT count(*) FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event_type = 'Lock'
                            """)[0].decode(Int.self)
                        return blocked == 1 && started.withLockedValue { $0 } == count
                    }
                    try await transaction.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """)
                    return scans
                }
            }
            let errors = await scans.value
            return (errors.count { $0 == nil }, errors.compactMap { $0 })
        }
    }

    @Test func lostRequestsAreSentAgainWithinTheBudget() async throws {
        let (answered, errors) = try await loseScans(40, retries: RetryBudgetOptions(reserve: 40))
        #expect(answered == 40, "\(errors)")
    }

    @Test func beyondTheBudgetTheCallerHearsOfTheLoss() async throws {
        let (answered, errors) = try await loseScans(40, retries: RetryBudgetOptions(ratio: 0, reserve: 10))
        #expect(answered >= 10 && !errors.isEmpty)
        #expect(errors.allSatisfy { $0.code == .unavailable && $0.origin == "shard-0" })
    }
}
