extension Migration {
    /// What migration 1 has for upkeep and for the rare operations on everything.
    static let maintenance = [
        // A row may go once no transaction is left that could have drawn its version before the row's writer did.
        """
        CREATE FUNCTION strata.collection_horizon(p_grace bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
            SELECT least(
                strata.now_ms() - p_grace,
                (
                    SELECT (extract(epoch FROM min(a.xact_start)) * 1000)::bigint FROM pg_stat_activity AS a
                    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
                ),
                (
                    SELECT (extract(epoch FROM min(x.prepared)) * 1000)::bigint FROM pg_prepared_xacts AS x
                    WHERE x.database = current_database()
                )
            )
        $$
        """,
        """
        CREATE FUNCTION strata.collect(p_grace bigint, p_limit integer) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            v_horizon bigint;
            v_count bigint;
        BEGIN
            IF NOT pg_try_advisory_xact_lock(1398035010, 1) THEN
                RETURN 0;
            END IF;
            v_horizon := strata.collection_horizon(p_grace);
            WITH deleted AS (
                SELECT e.key FROM strata.entry AS e WHERE e.deleted_at < v_horizon
                ORDER BY e.deleted_at LIMIT p_limit FOR UPDATE SKIP LOCKED
            ), expired AS (
                SELECT e.key FROM strata.entry AS e WHERE e.deadline < v_horizon
                ORDER BY e.deadline LIMIT p_limit FOR UPDATE SKIP LOCKED
            ), gone AS (
                DELETE FROM strata.entry AS e
                USING (SELECT d.key FROM deleted AS d UNION ALL SELECT x.key FROM expired AS x) AS g
                WHERE e.key = g.key RETURNING e.position, e.version
            ), marked AS (
                UPDATE strata.slot_ownership AS o
                SET collected_version = greatest(o.collected_version, m.version)
                FROM (
                    SELECT (g.position >> 32)::integer AS slot, max(g.version) AS version FROM gone AS g GROUP BY 1
                ) AS m
                WHERE o.slot = m.slot
            )
            SELECT count(*) INTO v_count FROM gone;
            RETURN v_count;
        END
        $$
        """,
        """
        CREATE FUNCTION strata.trim_changes(p_retention bigint, p_limit integer) RETURNS bigint LANGUAGE sql AS $$
            WITH old AS (
                SELECT c.id, c.written_at FROM strata.change AS c ORDER BY c.id LIMIT p_limit FOR UPDATE SKIP LOCKED
            ), gone AS (
                DELETE FROM strata.change AS c USING old AS o
                WHERE c.id = o.id AND o.written_at < now() - p_retention * interval '1 millisecond' RETURNING 1
            )
            SELECT count(*) FROM gone
        $$
        """,
        // With every group locked no writer is between its ownership check and its commit, and none starts. Waiting for a
        // lock holds up the writers behind, so it is short, and the caller tries again.
        """
        CREATE FUNCTION strata.remove_all(p_epoch bigint) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM set_config('lock_timeout', '50ms', true);
            FOR v_group IN 0..255 LOOP
                PERFORM pg_advisory_xact_lock(1398035009, v_group);
            END LOOP;
            IF EXISTS (SELECT FROM strata.slot_ownership AS o WHERE o.owned AND o.owned_since > p_epoch) THEN
                RETURN false;
            END IF;
            UPDATE strata.slot_ownership AS o SET
                generation = o.generation + 1, collected_version = (o.generation + 1)::bigint << 48;
            PERFORM set_config('lock_timeout', '1500ms', true);
            TRUNCATE strata.entry;
            INSERT INTO strata.change (key, version) VALUES (NULL, nextval('strata.version'));
            RETURN true;
        END
        $$
        """,
        // Of slots with several generations the highest counts: entries of the others then err towards being invalid.
        """
        CREATE FUNCTION strata.invalidate_tag(p_name text) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            v_generation bigint;
            v_version bigint;
        BEGIN
            SELECT max(o.generation)::bigint << 48 INTO v_generation FROM strata.slot_ownership AS o;
            INSERT INTO strata.tag AS t (name, version) VALUES (p_name, v_generation | nextval('strata.version'))
            ON CONFLICT (name) DO UPDATE SET
                version = greatest(t.version, v_generation | nextval('strata.version'))
            RETURNING t.version INTO v_version;
            RETURN v_version;
        END
        $$
        """,
    ]
}
