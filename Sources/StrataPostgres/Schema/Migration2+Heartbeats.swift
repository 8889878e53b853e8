extension Migration {
    /// The primary's heartbeats, by which a read of a replica shows how old it is.
    ///
    /// The one row has the latest marks, the newest first. Any process may add one; while several read replicas, those that
    /// come too early find what another one did.
    static let heartbeats = [
        """
        CREATE TABLE strata.heartbeat (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            marks bigint[] NOT NULL,
            made_at timestamptz NOT NULL
        ) WITH (fillfactor = 50)
        """,
        "INSERT INTO strata.heartbeat (marks, made_at) VALUES ('{}', '-infinity')",
        """
        CREATE FUNCTION strata.beat(p_mark bigint, p_pause bigint) RETURNS bigint[] LANGUAGE sql VOLATILE AS $$
            WITH beat AS (
                UPDATE strata.heartbeat AS h
                SET marks = (p_mark || h.marks)[1:\(HeartbeatHistory.length)], made_at = clock_timestamp()
                WHERE h.made_at < clock_timestamp() - p_pause * interval '1 millisecond'
                RETURNING h.marks
            )
            SELECT coalesce((SELECT b.marks FROM beat AS b), (SELECT h.marks FROM strata.heartbeat AS h))
        $$
        """,
    ]
}
