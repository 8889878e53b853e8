public import Logging
public import StrataCore
import StrataResilience

/// One shard of the store: a Postgres database whose tables and functions live in the schema `strata`.
///
/// Call `install` once at start, and keep `run` going for as long as the shard is used. Versions, conditions and expiry are
/// decided inside the database, under the row's lock, so any number of processes may write.
public final class PostgresShard: Sendable {
    /// How the shard is reached and used.
    public let configuration: PostgresConfiguration
    let pool: ConnectionPool
    let sessions: SessionPool
    let circuit: ServerCircuit
    let retries: ServerRetries
    let reactor: PostgresReactor
    let logger: Logger

    /// A shard that connects when it is first asked something.
    ///
    /// - Parameters:
    ///   - configuration: how the shard is reached and used.
    ///   - reactor: the thread its connections live on; shards of one process share one.
    ///   - logger: for changes of state; never written to per request.
    /// - Throws: `configuration` when the URL or a size can't work, `shutdown` when the reactor has ended.
    public init(
        _ configuration: PostgresConfiguration, reactor: PostgresReactor, logger: Logger
    ) throws(StrataError) {
        try configuration.validate()
        let shared = try ConnectionSettings(
            configuration, url: configuration.url,
            sessionSettings: PostgresShard.settings(
                statementTimeout: configuration.statementTimeout, idleTimeout: configuration.statementTimeout)
                + [
                    ("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"),
                    ("plan_cache_mode", "force_generic_plan"), ("jit", "off"),
                ])
        let own = try ConnectionSettings(
            configuration, url: configuration.direct ?? configuration.url, needsSession: true,
            sessionSettings: PostgresShard.settings(
                statementTimeout: configuration.transactionTimeout, idleTimeout: configuration.transactionTimeout))
        try reactor.retain()
        self.configuration = configuration
        self.reactor = reactor
        self.logger = logger
        var labelled = logger
        labelled[metadataKey: "shard"] = "\(configuration.name)"
        circuit = ServerCircuit(
            configuration.breaker, origin: configuration.name, metrics: "strata_postgres",
            dimension: ("shard", configuration.name), logger: labelled)
        retries = ServerRetries(
            configuration.retries, metrics: "strata_postgres", dimension: ("shard", configuration.name))
        pool = ConnectionPool(
            configuration, settings: shared, reactor: reactor, circuit: circuit, retries: retries)
        sessions = SessionPool(configuration, settings: own, reactor: reactor, circuit: circuit)
        pool.showLoad()
        sessions.showLoad()
    }

    deinit {
        pool.closeSoon()
        sessions.closeSoon()
        reactor.release()
    }

    /// The pauses before a request is sent again.
    static let retryPause = Backoff(first: .milliseconds(4), last: .milliseconds(100))

    /// The planner settings of the shared connections are there because their few statements are planned once, when the
    /// tables may still be small, and must never scan a table that has grown since.
    private static func settings(statementTimeout: Duration, idleTimeout: Duration) -> [(name: String, value: String)] {
        [
            ("statement_timeout", "\(statementTimeout.wholeMilliseconds)"),
            ("idle_in_transaction_session_timeout", "\(idleTimeout.wholeMilliseconds)"),
            ("default_transaction_isolation", "read committed"),
        ]
    }

    /// The version of the libpq in use, such as 150015 for 15.15.
    public static var libraryVersion: Int { LibPQ.version }
}

extension PostgresShard: Store {
    public var name: String { configuration.name }
    public var keepsDeadlines: Bool { true }
}
