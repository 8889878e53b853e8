import Logging
import StrataCore

/// Brings a database to the schema that this code knows, whichever node does it first.
struct Migrator: Sendable {
    let shard: String
    let migrations: [Migration]
    let logger: Logger

    /// Applies the migrations that are missing, each in its own transaction, while other nodes wait.
    ///
    /// - Throws: `incompatible` when the database is newer than this code, or has a migration of another content.
    func run(on session: Session, deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await session.run(
            "SELECT pg_advisory_lock(\(Migrator.lockClass), \(Migrator.lockNumber))", deadline: deadline)
        do {
            try await migrate(session, deadline)
            try await session.run(
                "SELECT pg_advisory_unlock(\(Migrator.lockClass), \(Migrator.lockNumber))", deadline: deadline)
        } catch {
            // The lock belongs to the session and would stay with it in the pool.
            session.close(because: error)
            throw error
        }
    }

    /// "STRB": the class of the locks that have nothing to do with keys; 0 is for migrations, 1 for upkeep.
    private static let lockClass = 1_398_035_010
    private static let lockNumber = 0

    private func migrate(_ session: Session, _ deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await session.run("CREATE SCHEMA IF NOT EXISTS strata", deadline: deadline)
        try await session.run(
            """
            CREATE TABLE IF NOT EXISTS strata.migration (
                number integer PRIMARY KEY,
                name text NOT NULL,
                checksum bigint NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """, deadline: deadline)
        let applied = try await session.run(
            "SELECT number, checksum FROM strata.migration ORDER BY number", deadline: deadline
        ) { result in
            (0..<result.rowCount).map { row in
                (
                    number: Int(result.integer(row, 0, as: Int32.self) ?? 0),
                    checksum: result.integer(row, 1) ?? 0 as Int64
                )
            }
        }
        for (number, checksum) in applied {
            guard let known = migrations.first(where: { $0.number == number }) else {
                throw StrataError(
                    .incompatible,
                    "the database has migration \(number) and this program knows up to \(migrations.count); run a newer program",
                    origin: shard)
            }
            guard known.checksum == checksum else {
                throw StrataError(
                    .incompatible,
                    "migration \(number) was applied with another content than this program has; do not alter released migrations",
                    origin: shard)
            }
        }
        for migration in migrations where !applied.contains(where: { $0.number == migration.number }) {
            try await apply(migration, session, deadline)
        }
    }

    private func apply(
        _ migration: Migration, _ session: Session, _ deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        try await session.run("BEGIN", deadline: deadline)
        for statement in migration.statements { try await session.run(statement, deadline: deadline) }
        var list = ParameterList()
        list.append(Int32(migration.number))
        list.append(text: migration.name)
        list.append(migration.checksum)
        try await session.run(
            "INSERT INTO strata.migration (number, name, checksum) VALUES ($1, $2, $3)", list, deadline: deadline)
        try await session.run("COMMIT", deadline: deadline)
        logger.notice(
            "applied a schema migration",
            metadata: ["shard": "\(shard)", "number": "\(migration.number)", "name": "\(migration.name)"])
    }
}
