public import StrataCore

/// A connection that is the caller's own for the duration of a `withConnection` scope.
///
/// Statements run one after the other. Settings, temporary tables and advisory locks should be those of a transaction:
/// what belongs to the session stays with the connection, which others use later.
public final class PostgresConnection: Sendable {
    let session: Session
    let deadline: ContinuousClock.Instant
    let depth: Int

    init(_ session: Session, deadline: ContinuousClock.Instant, depth: Int = 0) {
        self.session = session
        self.deadline = deadline
        self.depth = depth
    }

    /// Runs a statement and answers its rows.
    ///
    /// - Throws: the server's error with its SQLSTATE; `timeout` at the scope's deadline, and `cancelled` when the task is
    ///   cancelled, after which the connection is closed.
    @discardableResult
    public func query(_ statement: SQLStatement) async throws(StrataError) -> PostgresRows {
        try await session.run(statement.text, statement.parameters, deadline: deadline) { PostgresRows($0) }
    }

    /// Runs a statement and answers how many rows it changed.
    @discardableResult
    public func execute(_ statement: SQLStatement) async throws(StrataError) -> Int {
        try await session.run(statement.text, statement.parameters, deadline: deadline) { $0.affectedRows }
    }
}

/// How much a transaction sees of others; what the names mean is in the PostgreSQL documentation, 13.2.
public enum TransactionIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension PostgresConnection {
    /// Runs the closure in a transaction, which commits when it returns and rolls back when it throws.
    ///
    /// Within a transaction, another one is a savepoint: when it throws, only what it did is undone, and the outer one may
    /// go on. Use the connection that the closure gets.
    /// - Parameters:
    ///   - isolation: what an outermost transaction sees of others; a nested one has that of the outer one.
    /// - Throws: what the closure throws, or the error of the commit. After `unavailable` at the commit it may or may not
    ///   have taken effect.
    @discardableResult
    public nonisolated(nonsending) func transaction<Output>(
        isolation: TransactionIsolation = .readCommitted,
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        let savepoint = depth > 0 ? "strata_\(depth)" : nil
        try await run(savepoint.map { "SAVEPOINT \($0)" } ?? "BEGIN ISOLATION LEVEL \(isolation.rawValue)")
        let output: Output
        do {
            output = try await body(PostgresConnection(session, deadline: deadline, depth: depth + 1))
        } catch {
            do throws(StrataError) {
                try await run(savepoint.map { "ROLLBACK TO SAVEPOINT \($0)" } ?? "ROLLBACK")
            } catch let failure {
                // What can't be undone by a statement is undone by the end of the session.
                session.close(because: failure)
            }
            throw error
        }
        if let savepoint {
            try await run("RELEASE SAVEPOINT \(savepoint)")
            return output
        }
        let tag = try await session.run("COMMIT", deadline: deadline) { $0.commandTag }
        guard tag == "COMMIT" else {
            throw StrataError(
                .server, "the transaction was rolled back, because a statement in it had failed; let its error out")
        }
        return output
    }

    private func run(_ sql: String) async throws(StrataError) {
        try await session.run(sql, deadline: deadline)
    }
}

extension PostgresShard {
    /// Borrows a connection of the shard for the service's own tables.
    ///
    /// Afterwards the connection goes to the next caller, unless the closure left it in a transaction or in the middle of a
    /// statement: then it is closed, and what was not committed is undone.
    /// - Parameters:
    ///   - deadline: when statements, and the wait for a connection, end with `timeout`; nil for the longest time that a
    ///     transaction may take, 0.4 of the maintenance's grace.
    ///   - body: must not keep the connection.
    @discardableResult
    public nonisolated(nonsending) func withConnection<Output>(
        deadline: ContinuousClock.Instant? = nil,
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        let deadline = deadline ?? .now + configuration.transactionTimeout
        guard deadline > .now else { throw lateError }
        let connection = try await sessions.acquire(deadline: deadline)
        defer { sessions.release(connection) }
        return try await body(PostgresConnection(Session(connection), deadline: deadline))
    }
}
