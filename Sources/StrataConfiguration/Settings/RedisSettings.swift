public import Strata
public import StrataRedis

/// The Redis servers of level 2 and how long copies live in them.
public struct RedisSettings: Hashable, Sendable {
    /// How several servers form one level.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// One server.
        case standalone
    }

    /// The server.
    public var url: RedisURL
    public var mode: Mode
    /// What the keys in Redis start with.
    public var prefix: String
    /// How long a copy may live at most.
    public var ttl: Duration
    /// How long a read may take before it goes on to the store, and a write before it leaves a repair.
    public var timeouts: LevelTimeouts
    /// Slower than which part of the reads one has to be to be sent once more, 0.5 to 0.999; nil: none is.
    public var hedgeQuantile: Double?
    /// Connections of each event loop to the server, `1 ... 64`.
    public var connections: Int

    public init(
        url: RedisURL, mode: Mode = .standalone, prefix: String = "", ttl: Duration = .seconds(600),
        timeouts: LevelTimeouts = LevelTimeouts(.milliseconds(250)), connections: Int = 1,
        hedgeQuantile: Double? = nil
    ) {
        self.url = url
        self.mode = mode
        self.prefix = prefix
        self.ttl = ttl
        self.timeouts = timeouts
        self.connections = connections
        self.hedgeQuantile = hedgeQuantile
    }
}
