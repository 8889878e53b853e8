import GRDB

/// The tables of one shard's file, in numbered migrations; a migration that was released never changes.
enum ShardSchema {
    /// What `PRAGMA application_id` answers for a file of ours: "STRA".
    static let applicationID: Int32 = 0x5354_5241

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try createEntries(in: database)
            // `generation` is raised when every key is removed. `collected` is the version of an absence that no row
            // tells of any more.
            try database.execute(
                sql: """
                    CREATE TABLE slot (
                        slot INTEGER PRIMARY KEY,
                        generation INTEGER NOT NULL,
                        collected INTEGER NOT NULL
                    );
                    CREATE TABLE tag (
                        tag BLOB PRIMARY KEY,
                        version INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE sequence (
                        id INTEGER PRIMARY KEY CHECK (id = 0),
                        reserved INTEGER NOT NULL
                    );
                    INSERT INTO sequence (id, reserved) VALUES (0, 0);
                    CREATE TABLE identity (
                        id INTEGER PRIMARY KEY CHECK (id = 0),
                        cluster BLOB NOT NULL,
                        shard INTEGER NOT NULL,
                        first_slot INTEGER NOT NULL,
                        last_slot INTEGER NOT NULL
                    );
                    """)
        }
        return migrator
    }

    /// Makes the table of the entries, with the value last so that its pages need not be read for the rest.
    ///
    /// The rows stand in the order of a scan, which is also how they are looked up: one tree serves both.
    static func createEntries(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE entry (
                    position INTEGER NOT NULL,
                    key BLOB NOT NULL,
                    version INTEGER NOT NULL,
                    type INTEGER NOT NULL,
                    deadline INTEGER,
                    written INTEGER NOT NULL,
                    tags BLOB,
                    value BLOB,
                    PRIMARY KEY (position, key)
                ) WITHOUT ROWID;
                CREATE INDEX entry_deadline ON entry (deadline) WHERE deadline IS NOT NULL;
                CREATE INDEX entry_tombstone ON entry (written) WHERE value IS NULL;
                """)
    }

    /// Removes the entries in time that grows with the file's pages, not with its rows: GRDB's authorizer turns off the
    /// optimisation that SQLite has for a `DELETE` without condition.
    static func removeEntries(in database: Database) throws {
        try database.execute(sql: "DROP TABLE entry")
        try createEntries(in: database)
    }
}
