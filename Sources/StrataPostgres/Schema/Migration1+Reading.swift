extension Migration {
    /// The clock and the locks of migration 1.
    ///
    /// A write takes the lock of its slots' groups, shared, in one statement and looks at the ownership in a later one: in a
    /// single statement the snapshot would be older than the lock. The class number spells STRA.
    static let locking = [
        """
        CREATE FUNCTION strata.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
            SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
        $$
        """,
        """
        CREATE FUNCTION strata.lock_groups(p_positions bigint[]) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF current_setting('transaction_isolation') <> 'read committed' THEN
                RAISE EXCEPTION 'writes of strata need the isolation level READ COMMITTED' USING ERRCODE = 'SK002';
            END IF;
            PERFORM pg_advisory_xact_lock_shared(1398035009, g.number)
            FROM (
                SELECT DISTINCT ((p.position >> 32) & 255)::integer AS number
                FROM unnest(p_positions) AS p(position) ORDER BY 1
            ) AS g;
        END
        $$
        """,
    ]

    /// The reads of migration 1, each fenced by the slots' ownership under the caller's epoch.
    static let reading = [
        """
        CREATE FUNCTION strata.read(p_epoch bigint, p_keys bytea[], p_slots integer[])
        RETURNS TABLE (
            owned boolean, version bigint, type smallint, value bytea, remaining bigint, tags text[]
        ) LANGUAGE sql STABLE ROWS 16 AS $$
            SELECT
                coalesce(o.owned AND o.owned_since <= p_epoch, false),
                coalesce(e.version, o.collected_version, 0),
                CASE WHEN e.deadline IS NULL OR e.deadline > c.now THEN e.type END,
                CASE WHEN e.deadline IS NULL OR e.deadline > c.now THEN e.value END,
                CASE WHEN e.deadline > c.now THEN e.deadline - c.now END,
                CASE WHEN e.deadline IS NULL OR e.deadline > c.now THEN e.tags END
            FROM unnest(p_keys, p_slots) WITH ORDINALITY AS k(key, slot, number)
            CROSS JOIN (SELECT strata.now_ms() AS now OFFSET 0) AS c
            LEFT JOIN strata.slot_ownership AS o ON o.slot = k.slot
            LEFT JOIN strata.entry AS e ON e.key = k.key AND o.owned AND o.owned_since <= p_epoch
            ORDER BY k.number
        $$
        """,
        """
        CREATE FUNCTION strata.scan(p_start bigint, p_count integer)
        RETURNS TABLE (key bytea, place bigint, type smallint) LANGUAGE sql STABLE AS $$
            WITH page AS MATERIALIZED (
                SELECT e.position FROM strata.entry AS e
                WHERE e.position >= p_start AND e.value IS NOT NULL
                    AND (e.deadline IS NULL OR e.deadline > (SELECT strata.now_ms()))
                    AND (SELECT o.owned FROM strata.slot_ownership AS o WHERE o.slot = (e.position >> 32)::integer)
                ORDER BY e.position LIMIT p_count
            )
            SELECT e.key, e.position, e.type FROM strata.entry AS e
            WHERE e.position >= p_start AND e.position <= (SELECT max(page.position) FROM page)
                AND e.value IS NOT NULL AND (e.deadline IS NULL OR e.deadline > (SELECT strata.now_ms()))
                AND (SELECT o.owned FROM strata.slot_ownership AS o WHERE o.slot = (e.position >> 32)::integer)
            ORDER BY e.position, e.key
        $$
        """,
        """
        CREATE FUNCTION strata.count() RETURNS bigint LANGUAGE sql STABLE AS $$
            SELECT count(*) FROM strata.entry AS e
            JOIN strata.slot_ownership AS o ON o.slot = (e.position >> 32)::integer AND o.owned
            WHERE e.value IS NOT NULL AND (e.deadline IS NULL OR e.deadline > (SELECT strata.now_ms()))
        $$
        """,
    ]
}
