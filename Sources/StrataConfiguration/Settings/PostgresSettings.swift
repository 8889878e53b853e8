public import Strata
public import StrataCore
public import StrataPostgres

/// The Postgres servers of the store.
public struct PostgresSettings: Hashable, Sendable {
    /// One database that holds a part of the keys.
    public struct Shard: Hashable, Sendable {
        /// What errors, metrics and the shard map call it; unique.
        public var name: String
        public var url: PostgresURL
        /// The way past a connection pooler, for what a pooler can't carry; nil: the same as `url`.
        public var direct: PostgresURL?
        /// Its streaming replicas, which may answer reads.
        public var replicas: [PostgresURL]
        /// Its share of the keys relative to the others'.
        public var weight: Int

        public init(
            name: String, url: PostgresURL, direct: PostgresURL? = nil, replicas: [PostgresURL] = [], weight: Int = 1
        ) {
            self.name = name
            self.url = url
            self.direct = direct
            self.replicas = replicas
            self.weight = weight
        }
    }

    /// At least one, with names that differ.
    public let shards: [Shard]
    /// Connections per shard at most, `1 ... 1000`.
    public var connections: Int
    /// How long a read and a write may take in all, over every shard they concern.
    public var timeouts: LevelTimeouts
    /// How long a connection may be idle before a round trip has to show that it works.
    public var idleLimit: Duration
    /// How long a connection is used, less a random part of up to a fifth.
    public var maximumAge: Duration
    /// Slower than which part of the reads one has to be to be sent once more, 0.5 to 0.999; nil: none is.
    public var hedgeQuantile: Double?
    /// Which part of a shard's requests may be sent again, 0 to 1.
    public var retryRatio: Double
    /// Whether statements are prepared.
    public var prepared: PostgresConfiguration.PreparedStatements

    /// Settings whose parts fit together.
    ///
    /// - Throws: `configuration` when there is no shard, or two have the same name.
    public init(
        shards: [Shard], connections: Int = 4, timeouts: LevelTimeouts = LevelTimeouts(.seconds(2)),
        idleLimit: Duration = .seconds(30), maximumAge: Duration = .seconds(1800), retryRatio: Double = 0.1,
        hedgeQuantile: Double? = nil, prepared: PostgresConfiguration.PreparedStatements = .auto
    ) throws(StrataError) {
        guard !shards.isEmpty else {
            throw StrataError(.configuration, "store.postgres.shards: at least one is needed")
        }
        for (index, shard) in shards.enumerated() where shards[..<index].contains(where: { $0.name == shard.name }) {
            throw StrataError(
                .configuration, "store.postgres.shards[\(index)].name: \"\(shard.name)\" is taken; names have to differ"
            )
        }
        self.shards = shards
        self.connections = connections
        self.timeouts = timeouts
        self.idleLimit = idleLimit
        self.maximumAge = maximumAge
        self.retryRatio = retryRatio
        self.hedgeQuantile = hedgeQuantile
        self.prepared = prepared
    }
}
