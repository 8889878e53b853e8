import Logging
import StrataCore
import Testing

@testable import StrataPostgres

@Suite struct OwnershipTests {
    private let first: Key = "first"
    private let second: Key = "second"

    private func codes(
        _ shard: PostgresShard, _ keys: [Key], epoch: UInt64
    ) async -> [StrataError.Code?] {
        let context = StoreContext(epoch: Epoch(rawValue: epoch), deadline: .now + .seconds(30))
        return await shard.read(keys, context: context).map(\.code)
    }

    @Test func eachSlotIsComparedWithItsOwnEpoch() async throws {
        try await withShard(install: false) { shard in
            try await shard.install(epoch: Epoch(rawValue: 5))
            for key in [first, second] {
                let context = StoreContext(epoch: Epoch(rawValue: 5), deadline: .now + .seconds(30))
                _ = try await shard.put(key, "\(key)", context: context)
            }
            try await shard.withConnection { connection in
                let slot = Int32(Slot(of: second).number)
                try await connection.execute(
                    "UPDATE strata.slot_ownership SET owned_since = 9 WHERE slot = \(slot)")
            }
            #expect(await codes(shard, [first, second], epoch: 4) == [.notOwned, .notOwned])
            #expect(await codes(shard, [first, second, first], epoch: 6) == [nil, .notOwned, nil])
            #expect(await codes(shard, [second, first], epoch: 9) == [nil, nil])
            let context = StoreContext(epoch: Epoch(rawValue: 6), deadline: .now + .seconds(30))
            #expect(try await shard.text(first, context: context) == "first")
            try await shard.withConnection { connection in
                try await connection.execute("UPDATE strata.slot_ownership SET owned_since = 0, owned = false")
            }
            #expect(await codes(shard, [first, second], epoch: 9) == [.notOwned, .notOwned])
            try await shard.withConnection { connection in
                let slot = Int32(Slot(of: first).number)
                try await connection.execute("UPDATE strata.slot_ownership SET owned = true WHERE slot = \(slot)")
                try await connection.execute("DELETE FROM strata.slot_ownership WHERE slot <> \(slot)")
            }
            #expect(await codes(shard, [second, first, second], epoch: 0) == [.notOwned, nil, .notOwned])
            try await shard.withConnection { connection in
                try await connection.execute("TRUNCATE strata.slot_ownership")
            }
            #expect(await codes(shard, [first], epoch: 9) == [.notOwned])
        }
    }

    @Test func changesOfTwoSlotsAtOnceAreBothSeenByReads() async throws {
        try await withShard { shard in
            let give = { @Sendable (connection: PostgresConnection, key: Key) async throws in
                let slot = Int32(Slot(of: key).number)
                try await connection.execute("UPDATE strata.slot_ownership SET owned = false WHERE slot = \(slot)")
            }
            let (first, second) = (first, second)
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await shard.withConnection { connection in
                    try await connection.transaction { connection in
                        try await give(connection, first)
                        group.addTask {
                            try await shard.withConnection { try await give($0, second) }
                        }
                        var waiting: Int64 = 0
                        while waiting == 0 {
                            let rows = try await connection.query(
                                """
                                SELECT count(*) FROM pg_locks
                                WHERE NOT granted AND transactionid = pg_current_xact_id()::xid
                                """)
                            waiting = try rows[0].decode(Int64.self)
                        }
                        #expect(await codes(shard, [first, second], epoch: 0) == [nil, nil])
                    }
                }
                try await group.waitForAll()
            }
            #expect(await codes(shard, [first, second], epoch: 0) == [.notOwned, .notOwned])
        }
    }

    @Test func aDatabaseOfTheFirstSchemaKeepsItsSlotsAndEntries() async throws {
        try await withShard(install: false) { shard in
            let deadline = ContinuousClock.now + .seconds(30)
            let key = first
            try await shard.sessions.withSession(deadline: deadline) { session throws(StrataError) in
                let old = Migrator(
                    shard: "shard-0", migrations: [Migration.all[0]], logger: Logger(label: "test"))
                try await old.run(on: session, deadline: deadline)
                let position = KeyPosition(of: key).rawValue
                try await session.run(
                    "INSERT INTO strata.slot_ownership VALUES (\(Slot(of: key).number), true, 3, 1)",
                    deadline: deadline)
                try await session.run(
                    """
                    INSERT INTO strata.entry (key, position, version, type, replaced, value)
                    VALUES ('first', \(position), 77, 0, false, 'kept')
                    """, deadline: deadline)
            }
            try await shard.install()
            let context = StoreContext(epoch: Epoch(rawValue: 3), deadline: deadline)
            let entry = try await shard.read([key], context: context)[0].get()
            #expect(entry.version == Version(rawValue: 77) && entry.bytes == Array("kept".utf8))
            #expect(await codes(shard, [key, second], epoch: 2) == [.notOwned, .notOwned])
        }
    }
}
