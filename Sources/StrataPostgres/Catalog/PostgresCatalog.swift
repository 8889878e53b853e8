public import StrataCore

/// A shard map as the catalog keeps it: bytes that mean something to the sharder only.
public struct CatalogMap: Hashable, Sendable {
    public var epoch: Epoch
    public var bytes: [UInt8]

    public init(epoch: Epoch, bytes: [UInt8]) {
        self.epoch = epoch
        self.bytes = bytes
    }
}

/// The cluster's catalog: its identity, its shard map and its shards, in the database of one shard, by default the first.
///
/// Several nodes may start at once: whoever seeds first is right, and the others get what it seeded.
public struct PostgresCatalog: Sendable {
    private let shard: PostgresShard

    /// The catalog in the shard's database.
    public init(_ shard: PostgresShard) {
        self.shard = shard
    }

    /// Brings the database to the schema this program knows and answers the cluster's identity.
    ///
    /// - Parameter seed: the identity of a new cluster; nil makes a random one.
    /// - Throws: `incompatible` when the database has another identity than `seed`.
    public func identity(
        seed: ClusterIdentity? = nil, deadline: ContinuousClock.Instant = .now + .seconds(60)
    ) async throws(StrataError) -> ClusterIdentity {
        try await shard.sessions.withSession(deadline: deadline) { session throws(StrataError) in
            try await Migrator(shard: shard.name, migrations: Migration.all, logger: shard.logger)
                .run(on: session, deadline: deadline)
            return try await shard.settleIdentity(seed, session, deadline)
        }
    }

    /// Whether the database has a catalog: false before the first process has set it up.
    package func exists(deadline: ContinuousClock.Instant) async throws(StrataError) -> Bool {
        try await run("SELECT to_regclass('strata.shard_map') IS NOT NULL", deadline: deadline) { $0.bool(0, 0) }
    }

    /// The map of the highest epoch; nil before there is one.
    public func currentMap(deadline: ContinuousClock.Instant) async throws(StrataError) -> CatalogMap? {
        try await run(
            "SELECT epoch, map FROM strata.shard_map ORDER BY epoch DESC LIMIT 1", deadline: deadline
        ) { result in
            guard result.rowCount > 0, let epoch: Int64 = result.integer(0, 0) else { return nil }
            return CatalogMap(epoch: Epoch(rawValue: UInt64(bitPattern: epoch)), bytes: result.bytes(0, 1) ?? [])
        }
    }

    /// Makes a map the current one, if the current epoch is still the one given.
    ///
    /// Processes that listen on the channel `strata_shard_map` are told the new epoch.
    /// - Parameters:
    ///   - map: its epoch has to be above the present one.
    ///   - present: the epoch it was made from; `.none` for the first map.
    /// - Returns: whether it became the current one; false when another node was first.
    public func replaceMap(
        with map: CatalogMap, at present: Epoch, deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> Bool {
        guard map.epoch > present, map.epoch.rawValue <= UInt64(Int64.max) else {
            throw StrataError(
                .invalidArgument, "the new epoch \(map.epoch.rawValue) is not above \(present.rawValue)")
        }
        var list = ParameterList()
        list.append(Int64(map.epoch.rawValue))
        list.append(map.bytes)
        list.append(Int64(clamping: present.rawValue))
        // Two nodes that saw the same epoch wait for each other here; the second one's later statement sees the first's row.
        return try await run(
            """
            WITH added AS (
                INSERT INTO strata.shard_map (epoch, map)
                SELECT $1, $2
                WHERE coalesce((SELECT max(m.epoch) FROM strata.shard_map AS m), 0) = $3
                RETURNING epoch
            )
            SELECT pg_notify('strata_shard_map', added.epoch::text) FROM added
            """, list, exclusively: "strata.shard_map", deadline: deadline
        ) { $0.rowCount == 1 }
    }

    /// Makes sure that the shards are listed, in this order for the ones that are new, and answers all of them.
    public func register(
        shards: [String], deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> [String] {
        var list = ParameterList()
        list.append(texts: shards)
        try await run(
            """
            INSERT INTO strata.shard (name, number)
            SELECT n.name, coalesce((SELECT max(s.number) FROM strata.shard AS s), 0)
                + row_number() OVER (ORDER BY n.place)
            FROM unnest($1::text[]) WITH ORDINALITY AS n(name, place)
            WHERE NOT EXISTS (SELECT FROM strata.shard AS s WHERE s.name = n.name)
            """, list, exclusively: "strata.shard", deadline: deadline
        ) { _ in }
        return try await run("SELECT name FROM strata.shard ORDER BY number", deadline: deadline) { result in
            (0..<result.rowCount).map { result.text($0, 0) ?? "" }
        }
    }

    /// The generation of each slot that has one here.
    public func generations(deadline: ContinuousClock.Instant) async throws(StrataError) -> [Slot: UInt64] {
        let pairs = try await run("SELECT slot, generation FROM strata.slot_generation", deadline: deadline) { result in
            (0..<result.rowCount).map { row in
                (result.integer(row, 0, as: Int32.self) ?? 0, result.integer(row, 1, as: Int32.self) ?? 0)
            }
        }
        return Dictionary(
            pairs.map { (Slot(Int($0.0)), UInt64($0.1)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Raises slots to at least a generation; none is ever lowered.
    public func raiseGenerations(
        of slots: [Slot], to generation: UInt64, deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        guard generation <= Version.maximumGeneration else {
            throw StrataError(.invalidArgument, "a generation is at most \(Version.maximumGeneration)")
        }
        var list = ParameterList()
        list.append(numbers: slots.map { Int32($0.number) })
        list.append(Int32(generation))
        try await run(
            """
            INSERT INTO strata.slot_generation AS g (slot, generation)
            SELECT DISTINCT s.slot, $2 FROM unnest($1::integer[]) AS s(slot) ORDER BY s.slot
            ON CONFLICT (slot) DO UPDATE SET generation = greatest(g.generation, excluded.generation)
            """, list, deadline: deadline
        ) { _ in }
    }

    private func run<Output: Sendable>(
        _ sql: String, _ list: ParameterList = ParameterList(), exclusively table: String? = nil,
        deadline: ContinuousClock.Instant,
        decode: @escaping @Sendable (ServerResult) throws(StrataError) -> Output
    ) async throws(StrataError) -> Output {
        try await shard.sessions.withSession(deadline: deadline) { session throws(StrataError) in
            guard let table else { return try await session.run(sql, list, deadline: deadline, decode: decode) }
            try await session.run("BEGIN", deadline: deadline)
            try await session.run("LOCK TABLE \(table) IN SHARE ROW EXCLUSIVE MODE", deadline: deadline)
            let output = try await session.run(sql, list, deadline: deadline, decode: decode)
            try await session.run("COMMIT", deadline: deadline)
            return output
        }
    }
}
