extension Migration {
    /// The sums of migration 1, as `Mutation.decide` makes them. An outcome other than 0 is a `WriteStatus`.
    ///
    /// Decimals have 38 significant digits, as Foundation's `Decimal` has; the bounds are its largest magnitude.
    static let numbers = [
        """
        CREATE FUNCTION strata.add_integer(p_value bytea, p_amount bytea, OUT status smallint, OUT result bytea)
        LANGUAGE plpgsql IMMUTABLE AS $$
        DECLARE
            v_text text;
            v_number numeric := 0;
        BEGIN
            status := 0;
            IF p_value IS NOT NULL THEN
                IF octet_length(p_value) > 20 THEN
                    status := 2;
                    RETURN;
                END IF;
                v_text := encode(p_value, 'escape');
                IF v_text !~ '^(0|-?[1-9][0-9]*)$' THEN
                    status := 2;
                    RETURN;
                END IF;
                v_number := v_text::numeric;
                IF v_number NOT BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
                    status := 2;
                    RETURN;
                END IF;
            END IF;
            v_number := v_number + encode(p_amount, 'escape')::numeric;
            IF v_number NOT BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
                status := 3;
                RETURN;
            END IF;
            result := convert_to(v_number::text, 'UTF8');
        END
        $$
        """,
        """
        CREATE FUNCTION strata.add_decimal(p_value bytea, p_amount bytea, OUT status smallint, OUT result bytea)
        LANGUAGE plpgsql IMMUTABLE AS $$
        DECLARE
            v_limit CONSTANT numeric := 340282366920938463463374607431768211455e127;
            v_text text;
            v_number numeric := 0;
        BEGIN
            status := 0;
            IF p_value IS NOT NULL THEN
                IF octet_length(p_value) > 128 THEN
                    status := 4;
                    RETURN;
                END IF;
                v_text := encode(p_value, 'escape');
                IF v_text !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$' THEN
                    status := 4;
                    RETURN;
                END IF;
                IF abs(coalesce(substring(v_text from '[eE]([+-]?[0-9]+)$')::numeric, 0)) > 300 THEN
                    status := 4;
                    RETURN;
                END IF;
                v_number := strata.round_decimal(v_text::numeric);
                IF abs(v_number) > v_limit THEN
                    status := 4;
                    RETURN;
                END IF;
            END IF;
            v_number := strata.round_decimal(v_number + encode(p_amount, 'escape')::numeric);
            IF abs(v_number) > v_limit THEN
                status := 5;
                RETURN;
            END IF;
            result := convert_to(trim_scale(v_number)::text, 'UTF8');
        END
        $$
        """,
        """
        CREATE FUNCTION strata.round_decimal(p_number numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
            IF p_number = 0 OR length(p_number::text) <= 38 THEN
                RETURN p_number;
            END IF;
            RETURN round(p_number, least(128, 37 - floor(log(abs(p_number))))::integer);
        END
        $$
        """,
    ]
}
