public import StrataCore

/// How one shard's Postgres is reached and used.
public struct PostgresConfiguration: Sendable {
    /// What is done in the background, and when.
    public struct Maintenance: Sendable {
        /// How often expired rows, old tombstones and old changes are looked for.
        public var interval: Duration
        /// How old a tombstone, or an expired row's deadline, has to be before the row is removed; above twice what any
        /// transaction may take.
        public var grace: Duration
        /// How long changes are kept for a relay that has not read them.
        public var changeRetention: Duration
        /// How many rows one transaction removes at most.
        public var batchRows: Int

        public init(
            interval: Duration = .seconds(5), grace: Duration = .seconds(120),
            changeRetention: Duration = .seconds(3600), batchRows: Int = 1000
        ) {
            self.interval = interval
            self.grace = grace
            self.changeRetention = changeRetention
            self.batchRows = batchRows
        }
    }

    /// Whether the store's statements are prepared once per connection.
    public enum PreparedStatements: String, Hashable, Sendable, CaseIterable {
        /// They are, unless the URL leads to a pooler, which may run each transaction on another server.
        case auto
        /// They are; a pooler is trusted to know them, and to keep a server for each session.
        case on
        /// They are not.
        case off
    }

    /// The shard's name, the same for as long as its data lives: 1 to 63 bytes.
    public var name: String
    /// The libpq connection URI; may carry a password, and is never shown.
    public var url: String
    /// The URI past a connection pooler, for what needs a session of its own; the `url` when nil.
    public var direct: String?
    /// How many connections all callers share at most; each carries a pipeline.
    public var connections: Int
    /// How many further connections there are at most for transactions, migrations and maintenance.
    public var sessions: Int
    /// How long connecting may take.
    public var connectTimeout: Duration
    /// How long the server works on one statement of the store before it gives up.
    public var statementTimeout: Duration
    /// How long a server may send nothing at all after a request whose time is over, before its connection is closed.
    public var silenceLimit: Duration
    /// How long a connection may be idle before a round trip has to show that it works, ahead of the next request on it.
    public var idleLimit: Duration
    /// How long a connection is used before another one takes its place, less a random part of up to a fifth; nil: as long
    /// as it lasts. What is under way on it is answered first.
    public var maximumAge: Duration?
    /// How many requests may wait; more are refused with `overloaded`.
    public var queueLimit: Int
    /// How many statements are under way on one connection at most.
    public var pipelineDepth: Int
    /// The longest value, in bytes.
    public var maximumValueBytes: Int
    /// Whether a server with `synchronous_commit=off` is accepted, which may lose acknowledged writes in a crash.
    public var allowsAsynchronousCommit: Bool
    /// When the shard is not asked for a while because too many requests fail or are slow.
    public var breaker: CircuitBreakerOptions
    /// How many requests may be sent again that were lost with their connection, or undone by a deadlock.
    public var retries: RetryBudgetOptions
    /// Whether statements are prepared.
    public var prepared: PreparedStatements
    public var maintenance: Maintenance

    /// - Throws: `configuration` for a value that can't work.
    public init(
        name: String, url: String, direct: String? = nil, connections: Int = 4, sessions: Int = 4,
        connectTimeout: Duration = .seconds(5), statementTimeout: Duration = .seconds(10),
        silenceLimit: Duration = .seconds(1), idleLimit: Duration = .seconds(30),
        maximumAge: Duration? = .seconds(1800), queueLimit: Int = 16_384, pipelineDepth: Int = 16,
        maximumValueBytes: Int = 64 << 20, allowsAsynchronousCommit: Bool = false,
        breaker: CircuitBreakerOptions = CircuitBreakerOptions(slowCall: .seconds(1)),
        retries: RetryBudgetOptions = RetryBudgetOptions(), prepared: PreparedStatements = .auto,
        maintenance: Maintenance = Maintenance()
    ) throws(StrataError) {
        self.name = name
        self.url = url
        self.direct = direct
        self.connections = connections
        self.sessions = sessions
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.silenceLimit = silenceLimit
        self.idleLimit = idleLimit
        self.maximumAge = maximumAge
        self.queueLimit = queueLimit
        self.pipelineDepth = pipelineDepth
        self.maximumValueBytes = maximumValueBytes
        self.allowsAsynchronousCommit = allowsAsynchronousCommit
        self.breaker = breaker
        self.retries = retries
        self.prepared = prepared
        self.maintenance = maintenance
        try validate()
    }

    /// - Throws: `configuration` for a value that can't work; a shard checks this again, as members can be changed.
    func validate() throws(StrataError) {
        func check(_ condition: Bool, _ message: String) throws(StrataError) {
            if !condition { throw StrataError(.configuration, message, origin: name) }
        }
        try check((1...63).contains(name.utf8.count), "a shard's name has 1 to 63 bytes")
        try check((1...1024).contains(connections), "connections is \(connections); it can be 1 to 1024")
        try check((1...1024).contains(sessions), "sessions is \(sessions); it can be 1 to 1024")
        try check(connectTimeout > .zero, "connectTimeout has to be above zero")
        try check(statementTimeout >= .milliseconds(1), "statementTimeout has to be at least a millisecond")
        try check(silenceLimit > .zero, "silenceLimit has to be above zero")
        try check(idleLimit > .zero, "idleLimit has to be above zero")
        try check(maximumAge.map { $0 > .zero } ?? true, "maximumAge has to be above zero")
        try check(queueLimit > 0, "queueLimit has to be above zero")
        try check((1...1024).contains(pipelineDepth), "pipelineDepth is \(pipelineDepth); it can be 1 to 1024")
        try check(
            (1...(512 << 20)).contains(maximumValueBytes),
            "maximumValueBytes is \(maximumValueBytes); it can be 1 to \(512 << 20)")
        try check(maintenance.interval > .zero, "maintenance.interval has to be above zero")
        try check(
            maintenance.grace > statementTimeout * 2,
            "maintenance.grace is \(maintenance.grace); it has to be above twice the statementTimeout, \(statementTimeout)"
        )
        try check(
            (1...100_000).contains(maintenance.batchRows),
            "maintenance.batchRows is \(maintenance.batchRows); it can be 1 to 100,000")
    }

    /// How long a transaction on a session may take: under half the grace.
    var transactionTimeout: Duration { maintenance.grace * 2 / 5 }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// The name and the sizes, without the URL.
    public var description: String { "\(name): \(connections) connections, \(sessions) sessions" }

    public var customMirror: Mirror {
        Mirror(self, children: ["name": name, "connections": connections, "sessions": sessions])
    }
}
