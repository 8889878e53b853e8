import Logging
import StrataCore

extension PostgresShard {
    /// Removes what has expired or was deleted long ago until the task is cancelled, then closes all connections.
    public func run() async throws {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: configuration.maintenance.interval)
            } catch {
                break
            }
            await maintain()
        }
        await shutdown()
    }

    /// Closes all connections; what waits fails with `shutdown`. The reactor's thread ends with its last shard.
    public func shutdown() async {
        sessions.closeSoon()
        await pool.close()
    }

    /// One round of upkeep: as many bounded transactions as there is work for.
    private func maintain() async {
        let maintenance = configuration.maintenance
        do {
            _ = try await removeBatches("SELECT strata.collect($1, $2)", olderThan: maintenance.grace)
            _ = try await removeBatches("SELECT strata.trim_changes($1, $2)", olderThan: maintenance.changeRetention)
        } catch {
            logger.debug("upkeep was put off", metadata: ["shard": "\(name)", "error": "\(error.message)"])
        }
    }

    /// Removes expired rows and tombstones whose grace is over, and answers how many there were.
    @discardableResult
    func collect(grace: Duration) async throws(StrataError) -> Int {
        try await removeBatches("SELECT strata.collect($1, $2)", olderThan: grace)
    }

    private func removeBatches(_ sql: String, olderThan age: Duration) async throws(StrataError) -> Int {
        let batchRows = configuration.maintenance.batchRows
        var removed = 0
        while !Task.isCancelled {
            let deadline = ContinuousClock.now + configuration.transactionTimeout
            let count = try await sessions.withSession(deadline: deadline) { session throws(StrataError) in
                var list = ParameterList()
                list.append(age.wholeMilliseconds)
                list.append(Int32(batchRows))
                return try await session.run(sql, list, deadline: deadline) { Int($0.integer(0, 0) ?? 0 as Int64) }
            }
            removed += count
            if count < batchRows { break }
        }
        return removed
    }
}
