public import StrataCore

/// How a client reaches Redis and how much it keeps waiting there.
public struct RedisConfiguration: Sendable {
    /// Which servers there are and how keys are spread over them.
    public enum Topology: Hashable, Sendable {
        /// One server for all keys.
        case standalone(RedisURL)
        /// Several plain servers, each with its share of the keys: 1 to 1,000, in the order of twemproxy's configuration.
        case ring([RingServer])
        /// One server for all keys, which sentinels name.
        case sentinel(Sentinel)
        /// The servers of a Redis Cluster, by some of them, 1 to 1,000; the first one's login is that of all.
        case cluster([RedisURL])
    }

    /// How the server is found that sentinels call the master.
    public struct Sentinel: Hashable, Sendable {
        /// The sentinels, 1 to 1,000, each with a login of its own.
        public var sentinels: [RedisURL]
        /// What they call the master.
        public var master: String
        /// How to log in to the master; its address is replaced by the one that the sentinels name.
        public var login: RedisURL

        public init(sentinels: [RedisURL], master: String, login: RedisURL) {
            self.sentinels = sentinels
            self.master = master
            self.login = login
        }
    }

    /// One server of a ring.
    public struct RingServer: Hashable, Sendable {
        public var url: RedisURL
        /// Its share of the keys in relation to the other servers', `1 ...`.
        public var weight: Int
        /// What its places on the ring are made from, so that it can move to another address; nil for `host:port`.
        public var name: String?

        public init(url: RedisURL, weight: Int = 1, name: String? = nil) {
            precondition(weight >= 1, "a ring's server needs a weight above zero")
            self.url = url
            self.weight = weight
            self.name = name
        }
    }

    /// How much may wait or be under way; beyond it, requests fail with `overloaded`.
    public struct Limits: Hashable, Sendable {
        /// The most commands under way on one connection, `1 ...`.
        public var commandsInFlight: Int
        /// The most requests that wait for a place on a connection of one event loop, `0 ...`.
        public var waitingRequests: Int
        /// The most bytes of requests that wait on one event loop.
        public var waitingBytes: Int
        /// How large one reply may be.
        public var reply: RedisReplyLimits

        public init(
            commandsInFlight: Int = 4096, waitingRequests: Int = 16_384, waitingBytes: Int = 64 << 20,
            reply: RedisReplyLimits = RedisReplyLimits()
        ) {
            precondition(commandsInFlight >= 1 && waitingRequests >= 0 && waitingBytes >= 0)
            self.commandsInFlight = commandsInFlight
            self.waitingRequests = waitingRequests
            self.waitingBytes = waitingBytes
            self.reply = reply
        }
    }

    public var topology: Topology
    /// What every key begins with, so that several users of one server keep apart.
    public var prefix: [UInt8]
    /// How many connections each event loop has, `1 ...`; one carries over 100,000 commands a second.
    public var connectionsPerLoop: Int
    /// How long connecting and logging in may take.
    public var connectTimeout: Duration
    /// After how long without its answer a command shows that the connection is dead; callers have deadlines of their own.
    public var commandTimeout: Duration
    /// How fast a lost connection is tried again; a connection that lasted as long as the last delay starts it over.
    public var backoff: Backoff
    /// How many lost connections are made again per second, over all servers and event loops, `1 ...`; so many may be made
    /// at once.
    public var reconnectsPerSecond: Int
    /// When the server is not asked for a while because too many requests fail or are slow.
    public var breaker: CircuitBreakerOptions
    public var limits: Limits
    /// The certificates for servers whose URLs ask for TLS.
    public var tls: RedisTLS
    /// What `CLIENT LIST` shows for the connections: ASCII without spaces.
    public var clientName: String
    /// What `tls` says, read when a client is made.
    var security: RedisSecurity?
    /// What all clients share that are made from this configuration, once it belongs to one.
    var connectRate: RedisConnectRate?

    /// A configuration for servers.
    public init(
        _ topology: Topology, prefix: String = "", connectionsPerLoop: Int = 1, connectTimeout: Duration = .seconds(1),
        commandTimeout: Duration = .seconds(1),
        backoff: Backoff = Backoff(first: .milliseconds(50), last: .seconds(2)), reconnectsPerSecond: Int = 50,
        breaker: CircuitBreakerOptions = CircuitBreakerOptions(slowCall: .milliseconds(500)), limits: Limits = Limits(),
        tls: RedisTLS = RedisTLS(), clientName: String = "strata"
    ) {
        precondition((1...1000).contains(topology.serverCount), "from 1 to 1,000 servers are possible")
        precondition(connectionsPerLoop >= 1, "each event loop needs a connection")
        precondition(reconnectsPerSecond >= 1, "lost connections have to be made again")
        precondition(connectTimeout > .zero && commandTimeout > .zero, "a timeout has to be above zero")
        self.topology = topology
        self.prefix = Array(prefix.utf8)
        self.connectionsPerLoop = connectionsPerLoop
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
        self.backoff = backoff
        self.reconnectsPerSecond = reconnectsPerSecond
        self.breaker = breaker
        self.limits = limits
        self.tls = tls
        self.clientName = clientName
    }

    /// The server of a node's configuration.
    var url: RedisURL {
        guard case .standalone(let url) = topology else { preconditionFailure("a node has one server") }
        return url
    }
}

extension RedisConfiguration {
    /// The same with the certificates read, when a server needs them, and what its connections share.
    var prepared: RedisConfiguration {
        var configuration = self
        if connectRate == nil { configuration.connectRate = RedisConnectRate(perSecond: reconnectsPerSecond) }
        if security == nil, topology.isSecure { configuration.security = RedisSecurity(tls) }
        return configuration
    }
}

extension RedisConfiguration.Topology {
    /// Whether any of its servers is reached by TLS.
    public var isSecure: Bool {
        switch self {
        case .standalone(let url): url.isSecure
        case .ring(let servers): servers.contains { $0.url.isSecure }
        case .sentinel(let sentinel): sentinel.login.isSecure || sentinel.sentinels.contains(where: \.isSecure)
        // Of the first one's login is that TLS is used; the others are reached in the same way.
        case .cluster(let seeds): seeds.contains(where: \.isSecure)
        }
    }

    /// How many servers it lists.
    fileprivate var serverCount: Int {
        switch self {
        case .standalone: 1
        case .ring(let servers): servers.count
        case .sentinel(let sentinel): sentinel.sentinels.count
        case .cluster(let seeds): seeds.count
        }
    }
}
