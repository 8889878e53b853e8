import Strata
public import StrataCore
public import StrataPostgres

extension Composition {
    /// Borrows a connection to the shard that owns a key, for the service's own tables beside the key's entry.
    ///
    /// - Parameters:
    ///   - key: decides the shard; keys with one hash tag, such as `{user:42}:orders`, share a shard.
    ///   - deadline: when statements, and the wait for a connection, end with `timeout`; nil for the longest time that a
    ///     transaction may take.
    ///   - body: must not keep the connection.
    /// - Throws: `configuration` when the store is not Postgres, `unavailable` while the shard can't be reached, and what
    ///   the body throws.
    @discardableResult
    public nonisolated(nonsending) func withShard<Output>(
        for key: Key, deadline: ContinuousClock.Instant? = nil,
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        guard let postgres else {
            throw StrataError(
                .configuration, "there is no Postgres shard to borrow a connection of; configure store.postgres")
        }
        let owner = postgres(key)
        try owner.check()
        return try await owner.shard.withConnection(deadline: deadline, body)
    }
}
