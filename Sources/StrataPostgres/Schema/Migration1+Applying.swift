extension Migration {
    /// The write that reads before it writes: `Mutation.decide` in the language of the database.
    ///
    /// Each mutation works under its row's lock, and draws its version after it. A code packs, from the lowest bits:
    /// operation (4), condition (4), expiry (4), condition on the expiry (4), whether the previous entry is wanted (4), type.
    /// A failing mutation answers its status and leaves the others alone; if all or none are wanted, the one that stands
    /// first in the request raises SK001 with its status as the message.
    static let applying = [
        """
        CREATE FUNCTION strata.apply(
            p_epoch bigint, p_atomic boolean, p_maximum integer, p_keys bytea[], p_positions bigint[], p_codes integer[],
            p_operands bytea[], p_tags text[], p_versions bigint[], p_times bigint[]
        )
        RETURNS TABLE (
            number integer, status smallint, applied boolean, existed boolean, version bigint, type smallint,
            value bytea, remaining bigint, tags text[], previous_version bigint, previous_type smallint,
            previous_value bytea, previous_remaining bigint, previous_tags text[]
        ) LANGUAGE plpgsql AS $$
        #variable_conflict use_column
        DECLARE
            m record;
            r strata.entry%ROWTYPE;
            v_found boolean;
            v_now bigint;
            v_present bigint;
            v_deadline bigint;
            v_value bytea;
            v_type smallint;
            v_tags text[];
            v_writes boolean;
            v_failed integer;
            v_failure smallint;
        BEGIN
            PERFORM strata.lock_groups(p_positions);
            FOR m IN
                SELECT
                    i.number::integer AS number, i.key, i.position, i.code & 15 AS operation,
                    (i.code >> 4) & 15 AS condition, (i.code >> 8) & 15 AS expiry,
                    (i.code >> 12) & 15 AS expiry_condition, (i.code >> 16) & 15 = 1 AS wants_previous,
                    ((i.code >> 20) & 255)::smallint AS type, i.operand, i.tags::text[] AS tags,
                    i.version AS expected, i.time, o.generation::bigint << 48 AS generation,
                    coalesce(o.owned AND o.owned_since <= p_epoch, false) AS owned
                FROM unnest(p_keys, p_positions, p_codes, p_operands, p_tags, p_versions, p_times) WITH ORDINALITY
                    AS i(key, position, code, operand, tags, version, time, number)
                LEFT JOIN strata.slot_ownership AS o ON o.slot = (i.position >> 32)::integer
                ORDER BY (i.position >> 32) & 255, i.key, i.number
            LOOP
                number := m.number;
                applied := false;
                existed := false;
                version := 0;
                type := NULL; value := NULL; remaining := NULL; tags := NULL;
                previous_version := NULL; previous_type := NULL; previous_value := NULL;
                previous_remaining := NULL; previous_tags := NULL;
                status := CASE WHEN m.owned THEN 0 ELSE 1 END;

                WHILE status = 0 LOOP
                    SELECT * INTO r FROM strata.entry AS e WHERE e.key = m.key FOR UPDATE;
                    v_found := FOUND;
                    v_now := strata.now_ms();
                    existed := v_found AND r.value IS NOT NULL AND (r.deadline IS NULL OR r.deadline > v_now);
                    v_present := CASE WHEN existed THEN r.deadline END;
                    v_deadline := CASE m.expiry
                        WHEN 0 THEN v_present
                        WHEN 2 THEN v_now + least(m.time, 9223372036854775807 - v_now)
                        WHEN 3 THEN m.time END;
                    v_writes := CASE m.condition
                        WHEN 1 THEN NOT existed
                        WHEN 2 THEN existed
                        WHEN 3 THEN existed AND r.version = m.expected
                        ELSE true END
                    AND CASE m.expiry_condition
                        WHEN 1 THEN v_present IS NULL
                        WHEN 2 THEN v_present IS NOT NULL
                        WHEN 3 THEN coalesce(v_deadline, 9223372036854775807)
                            > coalesce(v_present, 9223372036854775807)
                        WHEN 4 THEN coalesce(v_deadline, 9223372036854775807)
                            < coalesce(v_present, 9223372036854775807)
                        ELSE true END;

                    IF v_writes THEN
                        v_type := CASE WHEN existed THEN r.type ELSE 0 END;
                        v_tags := CASE WHEN existed THEN r.tags END;
                        CASE m.operation
                        WHEN 0 THEN
                            v_value := m.operand;
                            v_type := m.type;
                            v_tags := m.tags;
                        WHEN 1 THEN
                            v_value := NULL;
                            v_writes := existed;
                        WHEN 2 THEN
                            v_value := CASE WHEN existed THEN r.value || m.operand ELSE m.operand END;
                            status := CASE WHEN octet_length(v_value) > p_maximum THEN 6 ELSE 0 END;
                        WHEN 3 THEN
                            SELECT s.status, s.result INTO status, v_value
                            FROM strata.add_integer(CASE WHEN existed THEN r.value END, m.operand) AS s;
                        WHEN 4 THEN
                            SELECT s.status, s.result INTO status, v_value
                            FROM strata.add_decimal(CASE WHEN existed THEN r.value END, m.operand) AS s;
                        WHEN 5 THEN
                            v_value := r.value;
                            v_writes := existed AND v_deadline IS DISTINCT FROM v_present;
                        END CASE;
                        EXIT WHEN status <> 0;
                        IF v_writes AND v_deadline <= v_now THEN
                            v_value := NULL;
                            v_writes := existed;
                        END IF;
                    END IF;

                    IF NOT v_writes THEN
                        IF v_found THEN
                            version := r.version;
                        ELSE
                            SELECT o.collected_version INTO version
                            FROM strata.slot_ownership AS o WHERE o.slot = (m.position >> 32)::integer;
                        END IF;
                        EXIT;
                    END IF;
                    IF v_value IS NULL THEN
                        v_deadline := NULL; v_type := 0; v_tags := NULL;
                    END IF;
                    IF v_found THEN
                        UPDATE strata.entry AS e SET
                            version = m.generation | nextval('strata.version'), type = v_type, value = v_value,
                            deadline = v_deadline, tags = v_tags, replaced = existed,
                            deleted_at = CASE WHEN v_value IS NULL THEN v_now END
                        WHERE e.key = m.key
                        RETURNING e.version INTO version;
                    ELSE
                        INSERT INTO strata.entry AS e (key, position, version, type, value, deadline, tags, replaced)
                        VALUES (
                            m.key, m.position, m.generation | nextval('strata.version'), v_type, v_value, v_deadline,
                            v_tags, false
                        ) ON CONFLICT DO NOTHING
                        RETURNING e.version INTO version;
                        -- Somebody else wrote the key first: decide on what is there now.
                        CONTINUE WHEN NOT FOUND;
                    END IF;
                    INSERT INTO strata.change (key, version) VALUES (m.key, version);
                    applied := true;
                    remaining := v_deadline - v_now;
                    type := CASE WHEN v_value IS NOT NULL THEN v_type END;
                    value := CASE WHEN m.operation <> 0 THEN v_value END;
                    tags := v_tags;
                    EXIT;
                END LOOP;

                IF status <> 0 AND (v_failed IS NULL OR m.number < v_failed) THEN
                    v_failed := m.number;
                    v_failure := status;
                END IF;
                IF status = 0 AND existed AND m.wants_previous THEN
                    previous_version := r.version;
                    previous_type := r.type;
                    previous_value := r.value;
                    previous_remaining := r.deadline - v_now;
                    previous_tags := r.tags;
                END IF;
                RETURN NEXT;
            END LOOP;
            IF p_atomic AND v_failed IS NOT NULL THEN
                RAISE EXCEPTION '%', v_failure USING ERRCODE = 'SK001';
            END IF;
        END
        $$
        """
    ]
}
