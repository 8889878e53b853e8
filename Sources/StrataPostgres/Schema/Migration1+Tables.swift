extension Migration {
    /// The tables of migration 1.
    ///
    /// `entry.value` is NULL in a tombstone. No indexed column, and no column of an index's condition, changes when a value
    /// is overwritten, so that Postgres can keep updates within the page (HOT).
    static let tables = [
        """
        CREATE TABLE strata.cluster (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            identity uuid NOT NULL,
            shard text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )
        """,
        """
        CREATE TABLE strata.shard (
            name text PRIMARY KEY,
            number integer NOT NULL UNIQUE,
            added_at timestamptz NOT NULL DEFAULT now()
        )
        """,
        """
        CREATE TABLE strata.shard_map (
            epoch bigint PRIMARY KEY,
            map bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )
        """,
        """
        CREATE TABLE strata.slot_generation (
            slot integer PRIMARY KEY CHECK (slot BETWEEN 0 AND 16383),
            generation integer NOT NULL CHECK (generation BETWEEN 0 AND 32767)
        )
        """,
        """
        CREATE TABLE strata.slot_ownership (
            slot integer PRIMARY KEY CHECK (slot BETWEEN 0 AND 16383),
            owned boolean NOT NULL,
            owned_since bigint NOT NULL,
            generation integer NOT NULL CHECK (generation BETWEEN 0 AND 32767),
            collected_version bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 50)
        """,
        "CREATE INDEX slot_ownership_generation ON strata.slot_ownership (generation)",
        "CREATE SEQUENCE strata.version AS bigint MINVALUE 1 MAXVALUE 281474976710655 NO CYCLE CACHE 1",
        """
        CREATE TABLE strata.entry (
            key bytea PRIMARY KEY,
            position bigint NOT NULL,
            version bigint NOT NULL,
            deadline bigint,
            deleted_at bigint,
            type smallint NOT NULL,
            replaced boolean NOT NULL,
            value bytea,
            tags text[],
            CHECK ((value IS NULL) = (deleted_at IS NOT NULL))
        ) WITH (fillfactor = 90)
        """,
        "CREATE INDEX entry_position ON strata.entry (position)",
        "CREATE INDEX entry_deadline ON strata.entry (deadline) WHERE deadline IS NOT NULL",
        "CREATE INDEX entry_deleted_at ON strata.entry (deleted_at) WHERE deleted_at IS NOT NULL",
        """
        CREATE TABLE strata.change (
            id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            written_at timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL,
            key bytea
        )
        """,
        "CREATE TABLE strata.tag (name text PRIMARY KEY, version bigint NOT NULL)",
        "COMMENT ON COLUMN strata.entry.position IS 'slot << 32 | hash of the key: the order of scans'",
        "COMMENT ON COLUMN strata.entry.version IS 'generation of the slot << 48 | sequence of the shard'",
        "COMMENT ON COLUMN strata.entry.deadline IS 'milliseconds since 1970; expired rows count as absent'",
        "COMMENT ON COLUMN strata.entry.replaced IS 'whether the last write found a value'",
        "COMMENT ON COLUMN strata.change.key IS 'NULL: every key'",
        "COMMENT ON COLUMN strata.slot_ownership.collected_version IS 'the version of an absence without a row'",
    ]
}
