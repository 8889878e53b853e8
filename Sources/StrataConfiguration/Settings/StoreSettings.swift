/// What holds the truth behind the levels.
public enum StoreSettings: Hashable, Sendable {
    /// SQLite files in a directory of this process.
    case embedded(EmbeddedSettings)
    /// Postgres servers, which any number of processes share.
    case postgres(PostgresSettings)
    /// Nothing: an entry lives as long as its copies.
    case none
}
