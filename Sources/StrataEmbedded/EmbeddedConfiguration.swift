public import StrataCore

/// How an embedded store keeps its data.
public struct EmbeddedConfiguration: Sendable {
    /// What an acknowledged write survives.
    public enum Durability: String, Hashable, Sendable, CaseIterable {
        /// The loss of power: the file is synced before a write is acknowledged (SQLite `synchronous=FULL`).
        case full
        /// The end of the process, however sudden, but not the loss of power (SQLite `synchronous=NORMAL`).
        case process
    }

    /// Bounds of what waits in front of one shard; a request beyond them is refused as `overloaded`.
    public struct Queue: Hashable, Sendable {
        /// How many keys may wait for reading, and how many mutations for writing, `1 ...`.
        public var maximumOperations: Int
        /// How many bytes of keys and values may wait, `1 ...`.
        public var maximumBytes: Int

        public init(maximumOperations: Int = 16_384, maximumBytes: Int = 64 << 20) {
            self.maximumOperations = max(1, maximumOperations)
            self.maximumBytes = max(1, maximumBytes)
        }
    }

    /// How expired entries and old tombstones are removed while `EmbeddedStore.run()` runs.
    public struct Maintenance: Hashable, Sendable {
        /// How long to wait between two rounds.
        public var interval: Duration
        /// How long a tombstone stays before it is collected.
        public var tombstoneGrace: Duration
        /// How many rows one transaction sweeps at most, so that writers never wait long behind it, `1 ...`.
        public var batch: Int

        public init(interval: Duration = .seconds(1), tombstoneGrace: Duration = .seconds(600), batch: Int = 500) {
            self.interval = interval
            self.tombstoneGrace = tombstoneGrace
            self.batch = max(1, batch)
        }
    }

    /// The directory of the files, absolute or relative to the working directory; made when it is not there.
    public var directory: String
    /// Over how many files a new directory is spread, `1 ... 256`; an existing directory keeps its number.
    public var shards: Int
    /// What an acknowledged write survives.
    public var durability: Durability
    /// What the store is called in errors and metrics.
    public var name: String
    /// The cluster that the directory has to belong to, and that a new directory becomes part of; nil takes any, and
    /// makes a new one.
    public var identity: ClusterIdentity?
    /// The bounds of the queues.
    public var queue: Queue
    /// The removal of what has expired.
    public var maintenance: Maintenance
    /// How large one file may become; nil for no bound but the disk's.
    public var maximumShardBytes: Int?

    public init(
        directory: String, shards: Int = 4, durability: Durability = .full, name: String = "embedded",
        identity: ClusterIdentity? = nil, queue: Queue = Queue(), maintenance: Maintenance = Maintenance(),
        maximumShardBytes: Int? = nil
    ) {
        self.directory = directory
        self.shards = shards
        self.durability = durability
        self.name = name
        self.identity = identity
        self.queue = queue
        self.maintenance = maintenance
        self.maximumShardBytes = maximumShardBytes
    }
}
