public import Strata
public import StrataRedis

/// The Redis servers of level 2 and how long copies live in them.
public struct RedisSettings: Hashable, Sendable {
    /// How several servers form one level.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// One server.
        case standalone
        /// Several plain servers, each with its share of the keys.
        case ring
        /// The server that sentinels call the master.
        case sentinel
        /// The servers of a Redis Cluster.
        case cluster

        /// Whether it can hold what is nowhere else. A ring's keys lie with other servers when its list changes, and what
        /// the script of one write changes together has to be in one place.
        var canBeAuthority: Bool {
            switch self {
            case .standalone, .sentinel: true
            case .ring, .cluster: false
            }
        }
    }

    /// The servers.
    public var topology: RedisConfiguration.Topology
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
    /// The certificates for servers whose URLs begin with `rediss://`.
    public var tls: RedisTLS

    public init(
        topology: RedisConfiguration.Topology, prefix: String = "", ttl: Duration = .seconds(600),
        timeouts: LevelTimeouts = LevelTimeouts(.milliseconds(250)), connections: Int = 1,
        hedgeQuantile: Double? = nil, tls: RedisTLS = RedisTLS()
    ) {
        self.topology = topology
        self.prefix = prefix
        self.ttl = ttl
        self.timeouts = timeouts
        self.connections = connections
        self.hedgeQuantile = hedgeQuantile
        self.tls = tls
    }
}

extension RedisSettings {
    public var mode: Mode {
        switch topology {
        case .standalone: .standalone
        case .ring: .ring
        case .sentinel: .sentinel
        case .cluster: .cluster
        }
    }

    /// The servers of the configuration, for a reader.
    var servers: String {
        switch topology {
        case .standalone(let url): "\(url)"
        case .ring(let servers):
            servers.map { server in
                [server.name, "\(server.url)", "weight \(server.weight)"].compactMap(\.self).joined(separator: " ")
            }.joined(separator: ", ")
        case .sentinel(let sentinel):
            "\(sentinel.master) of \(sentinel.sentinels.map(\.description).joined(separator: ", "))"
        case .cluster(let seeds): seeds.map(\.description).joined(separator: ", ")
        }
    }
}
