extension Migration {
    /// The write that needs nothing of what was there before: one statement for any number of distinct keys.
    ///
    /// The version of an overwritten row is drawn inside DO UPDATE, after the row's lock was taken; the one in `excluded`
    /// was drawn before and only carries the slot's generation. A key that is not owned has no row in the result.
    static let putting = [
        """
        CREATE FUNCTION strata.put(
            p_epoch bigint, p_keeps_deadline boolean, p_keys bytea[], p_positions bigint[], p_values bytea[],
            p_types smallint[], p_tags text[], p_lifetimes bigint[]
        )
        RETURNS TABLE (key bytea, version bigint, existed boolean, remaining bigint) LANGUAGE plpgsql AS $$
        #variable_conflict use_column
        DECLARE
            v_now bigint;
        BEGIN
            PERFORM strata.lock_groups(p_positions);
            v_now := strata.now_ms();
            RETURN QUERY
            WITH written AS (
                INSERT INTO strata.entry AS e (key, position, version, type, value, deadline, tags, replaced)
                SELECT
                    i.key, i.position, (o.generation::bigint << 48) | nextval('strata.version'), i.type, i.value,
                    CASE WHEN i.lifetime IS NOT NULL THEN v_now + least(i.lifetime, 9223372036854775807 - v_now) END,
                    i.tags::text[], false
                FROM unnest(p_keys, p_positions, p_values, p_types, p_tags, p_lifetimes)
                    AS i(key, position, value, type, tags, lifetime)
                JOIN strata.slot_ownership AS o
                    ON o.slot = (i.position >> 32)::integer AND o.owned AND o.owned_since <= p_epoch
                ORDER BY (i.position >> 32) & 255, i.key
                ON CONFLICT (key) DO UPDATE SET
                    version = ((excluded.version >> 48) << 48) | nextval('strata.version'),
                    type = excluded.type,
                    value = excluded.value,
                    deadline = CASE
                        WHEN p_keeps_deadline AND e.deadline > v_now THEN e.deadline ELSE excluded.deadline END,
                    tags = excluded.tags,
                    deleted_at = NULL,
                    replaced = e.value IS NOT NULL AND (e.deadline IS NULL OR e.deadline > v_now)
                RETURNING e.key, e.version, e.replaced, e.deadline
            ), changed AS (
                INSERT INTO strata.change (key, version) SELECT w.key, w.version FROM written AS w
            )
            SELECT w.key, w.version, w.replaced, w.deadline - v_now FROM written AS w;
        END
        $$
        """
    ]
}
