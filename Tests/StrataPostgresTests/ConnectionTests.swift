import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct ConnectionTests {
    @Test func parametersAndColumnsOfEveryType() async throws {
        try await withShard(install: false) { shard in
            try await shard.withConnection { connection in
                let uuid = UUID()
                let date = Date(timeIntervalSince1970: 1_700_000_000.25)
                let bytes: [UInt8] = [0, 1, 255]
                let none: String? = nil
                let rows = try await connection.query(
                    """
                    SELECT \(true) AS b, \(Int16(-3)) AS s, \(Int32.min) AS i, \(Int64.max) AS l, \(-5) AS n,
                        \(Float(1.5)) AS f, \(2.25) AS d, \("Zoë'; --") || '' AS t, \(bytes) AS y, \(uuid) AS u,
                        \(date) AS a, \(none)::text AS x
                    """)
                let row = try #require(rows.first)
                let values = try row.decode(
                    (
                        Bool.self, Int16.self, Int32.self, Int64.self, Int.self, Float.self, Double.self, String.self,
                        [UInt8].self, UUID.self, Date.self, String?.self
                    ))
                #expect(values.0 && values.1 == -3 && values.2 == .min && values.3 == .max && values.4 == -5)
                #expect(values.5 == 1.5 && values.6 == 2.25 && values.7 == "Zoë'; --" && values.8 == bytes)
                #expect(values.9 == uuid && values.10 == date && values.11 == nil)
                #expect(try row["s", as: Int.self] == -3, "a narrow column reads as a wide integer")
            }
        }
    }

    @Test func errorsNameColumnAndTypes() async throws {
        try await withShard(install: false) { shard in
            try await shard.withConnection { connection in
                let row = try #require(try await connection.query("SELECT 70000 AS big, NULL::text AS none").first)
                let wrong = #expect(throws: StrataError.self) { try row["big", as: String.self] }
                #expect(wrong?.message == "column \"big\" was to be read as String and is integer")
                let narrow = #expect(throws: StrataError.self) { try row["big", as: Int16.self] }
                #expect(narrow?.code == .serialization)
                let null = #expect(throws: StrataError.self) { try row["none", as: String.self] }
                #expect(null?.message.contains("NULL") == true)
                let missing = #expect(throws: StrataError.self) { try row["absent", as: Int.self] }
                #expect(missing?.message.contains("big, none") == true)
                let count = #expect(throws: StrataError.self) { try row.decode(Int.self) }
                #expect(count?.code == .serialization)
                let server = await #expect(throws: StrataError.self) { try await connection.query("SELECT 1 / 0") }
                #expect(server?.sqlState == "22012" && server?.origin == "shard-0")
                #expect(try await connection.query("SELECT 1").count == 1, "an error spoilt the connection")
            }
        }
    }

    @Test func identifiersAreQuotedOrAllowed() async throws {
        #expect(SQLIdentifier("name; DROP TABLE users", allowed: ["name", "age"]) == nil)
        try await withShard(install: false) { shard in
            try await shard.withConnection { connection in
                let odd = SQLIdentifier(quoting: "odd \"name\"")
                try await connection.execute("CREATE TABLE \(odd) (id int)")
                #expect(try await connection.execute("INSERT INTO \(odd) VALUES (\(1)), (\(2))") == 2)
                let column = try #require(SQLIdentifier("id", allowed: ["id"]))
                let ids = try await connection.query("SELECT \(column) FROM \(odd) ORDER BY \(column)")
                let values: [Int] = try ids.map { row in try row.decode(Int.self) }
                #expect(values == [1, 2])
            }
        }
    }

    private struct Failure: Error {}

    @Test func transactionsCommitRollBackAndNest() async throws {
        try await withShard(install: false) { shard in
            try await shard.withConnection { connection in
                try await connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
                try await connection.transaction { try await $0.execute("INSERT INTO t VALUES (1)") }
                await #expect(throws: Failure.self) {
                    try await connection.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (2)")
                        throw Failure()
                    }
                }
                try await connection.transaction(isolation: .serializable) { outer in
                    try await outer.execute("INSERT INTO t VALUES (3)")
                    await #expect(throws: StrataError.self) {
                        try await outer.transaction { try await $0.execute("INSERT INTO t VALUES (1)") }
                    }
                    try await outer.transaction { try await $0.execute("INSERT INTO t VALUES (4)") }
                }
                let swallowed = await #expect(throws: StrataError.self) {
                    try await connection.transaction { transaction in
                        _ = try? await transaction.execute("INSERT INTO t VALUES (1)")
                    }
                }
                #expect(swallowed?.message.contains("rolled back") == true)
                let ids: [Int] = try await connection.query("SELECT id FROM t ORDER BY id").map {
                    try $0.decode(Int.self)
                }
                #expect(ids == [1, 3, 4])
            }
        }
    }

    @Test func aConnectionLeftInATransactionIsNotHandedOn() async throws {
        let configure: (inout PostgresConfiguration) -> Void = { $0.sessions = 1 }
        try await withShard(install: false, configure: configure) { shard in
            let first = try await shard.withConnection { connection in
                try await connection.execute("CREATE TABLE left_open (id int)")
                try await connection.query("BEGIN")
                try await connection.execute("INSERT INTO left_open VALUES (1)")
                return try await connection.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            }
            try await shard.withConnection { connection in
                let rows = try await connection.query("SELECT * FROM left_open")
                #expect(rows.isEmpty)
                let second = try await connection.query("SELECT pg_backend_pid()")[0].decode(Int.self)
                #expect(second != first)
            }
        }
    }

    @Test func aCancelledQueryReturnsAtOnceAndItsConnectionIsNotReused() async throws {
        let configure: (inout PostgresConfiguration) -> Void = { $0.sessions = 1 }
        try await withShard(install: false, configure: configure) { shard in
            let began = ContinuousClock.now
            let task = Task {
                try await shard.withConnection { try await $0.query("SELECT pg_sleep(30)") }
            }
            try await eventually {
                // On another shard object, because this one's only session sleeps.
                try await withShard(url: shard.configuration.url, install: false) { other in
                    try await other.withConnection { connection in
                        try await !connection.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                            .isEmpty
                    }
                }
            }
            task.cancel()
            await #expect(throws: StrataError.self) { try await task.value }
            let rows = try await shard.withConnection { try await $0.query("SELECT 42") }
            #expect(try rows[0].decode(Int.self) == 42)
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }
}
