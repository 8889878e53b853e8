import Logging
public import StrataCore

/// What a shard's database says about itself.
public struct PostgresInstallation: Hashable, Sendable {
    /// The cluster that the shard belongs to.
    public var identity: ClusterIdentity
    /// How many slots the shard owns.
    public var ownedSlots: Int
    /// The server's version as it states it, such as "15.8".
    public var serverVersion: String
}

extension PostgresShard {
    /// Brings the database to the schema this program knows, and makes sure that it is the right database.
    ///
    /// Any number of processes may do this at once; the first one writes, the others find the same.
    /// - Parameters:
    ///   - identity: the cluster's identity, written into a new shard; nil takes the database's own, or a random one.
    ///   - epoch: the epoch since which a new shard owns its slots.
    ///   - owned: the slots a new shard owns; a shard that was set up before keeps the ones it has.
    ///   - deadline: when to give up.
    /// - Throws: `incompatible` when the database belongs to another cluster or shard, or its schema is newer;
    ///   `configuration` when the server can't be used, such as one with `synchronous_commit` off.
    @discardableResult
    public func install(
        identity: ClusterIdentity? = nil, epoch: Epoch = .none,
        owned: some Collection<Slot> & Sendable = (0..<Slot.count).map { Slot($0) },
        deadline: ContinuousClock.Instant = .now + .seconds(60)
    ) async throws(StrataError) -> PostgresInstallation {
        let slots = owned.map { Int32($0.number) }
        return try await sessions.withSession(deadline: deadline) { session throws(StrataError) in
            let version = try await checkServer(session, deadline)
            try await Migrator(shard: name, migrations: Migration.all, logger: logger).run(
                on: session, deadline: deadline)
            let settled = try await settleIdentity(identity, session, deadline)
            let count = try await seedOwnership(slots, since: epoch, session, deadline)
            logger.info(
                "Postgres shard is ready",
                metadata: [
                    "shard": "\(name)", "server": "\(version)", "libpq": "\(LibPQ.version)", "slots": "\(count)",
                ])
            return PostgresInstallation(identity: settled, ownedSlots: count, serverVersion: version)
        }
    }

    private func checkServer(
        _ session: Session, _ deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> String {
        let facts = try await session.run(
            """
            SELECT current_setting('server_version'), current_setting('server_version_num')::integer,
                current_setting('server_encoding'), pg_is_in_recovery()
            """, deadline: deadline
        ) { result in
            (
                version: result.text(0, 0) ?? "", number: Int(result.integer(0, 1, as: Int32.self) ?? 0),
                encoding: result.text(0, 2) ?? "", isStandby: result.bool(0, 3)
            )
        }
        guard facts.number >= 140_000 else {
            throw StrataError(
                .incompatible, "the server is Postgres \(facts.version); 14 is the oldest that works", origin: name)
        }
        guard facts.encoding == "UTF8" else {
            throw StrataError(
                .incompatible,
                "the database's encoding is \(facts.encoding); make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
                origin: name)
        }
        guard !facts.isStandby else {
            throw StrataError(
                .unavailable, "the server is a standby; the url has to lead to the primary", origin: name)
        }
        return facts.version
    }

    /// Writes the identity into a new database, and compares it with the one of an old one.
    func settleIdentity(
        _ wanted: ClusterIdentity?, _ session: Session, _ deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> ClusterIdentity {
        var list = ParameterList()
        list.append(ParameterList.TypeID.uuid) { $0 += (wanted ?? .random()).bytes }
        list.append(text: name)
        try await session.run(
            "INSERT INTO strata.cluster (identity, shard) VALUES ($1, $2) ON CONFLICT DO NOTHING", list,
            deadline: deadline)
        let found = try await session.run("SELECT identity, shard FROM strata.cluster", deadline: deadline) { result in
            (identity: ClusterIdentity(bytes: result.bytes(0, 0) ?? []), shard: result.text(0, 1) ?? "")
        }
        guard let identity = found.identity else {
            throw StrataError(.incompatible, "strata.cluster has no identity; restore it from a backup", origin: name)
        }
        if let wanted, wanted != identity {
            throw StrataError(
                .incompatible,
                "the database belongs to cluster \(identity), not to \(wanted); check the shard's url",
                origin: name)
        }
        guard found.shard == name else {
            throw StrataError(
                .incompatible,
                "the database is shard '\(found.shard)' of its cluster, not '\(name)'; check the shard's url",
                origin: name)
        }
        return identity
    }

    /// Gives a new shard its slots, unless it has rows about slots already.
    private func seedOwnership(
        _ slots: [Int32], since epoch: Epoch, _ session: Session, _ deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> Int {
        var list = ParameterList()
        list.append(Int64(bitPattern: epoch.rawValue))
        list.append(numbers: slots)
        try await session.run(
            """
            INSERT INTO strata.slot_ownership (slot, owned, owned_since, generation)
            SELECT s.slot, s.slot = ANY ($2), $1, 1 FROM generate_series(0, 16383) AS s(slot)
            WHERE NOT EXISTS (SELECT FROM strata.slot_ownership)
            ON CONFLICT DO NOTHING
            """, list, deadline: deadline)
        return try await session.run(
            "SELECT count(*) FROM strata.slot_ownership WHERE owned", deadline: deadline
        ) { Int($0.integer(0, 0) ?? 0 as Int64) }
    }
}
