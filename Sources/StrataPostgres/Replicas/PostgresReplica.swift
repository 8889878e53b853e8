public import Logging
import Metrics
import NIOConcurrencyHelpers
public import StrataCore

/// A streaming replica of one shard, which answers reads and says how old its answers are.
public final class PostgresReplica: Sendable {
    /// What a replica answered: the entries, and the marks of the primary's heartbeats in the same snapshot.
    struct Answer: Sendable {
        var entries: [Result<Entry, StrataError>]
        var marks: [Int64]
    }

    /// The server behind it, with connections and a circuit of its own.
    let server: PostgresShard
    /// How many keys it answered, and how many it was passed over for: it failed, lagged, or had an older version.
    let answered: Counter
    let passedOver: Counter
    private let patience: Duration
    private let rest: NIOLockedValueBox<ReplicaRest>

    /// A replica that connects when it is first asked something.
    ///
    /// - Parameters:
    ///   - configuration: how it is reached; its name is that of its metrics and logs.
    ///   - patience: how long a read waits for it before the primary is asked.
    ///   - reactor: the thread its connections live on.
    ///   - logger: for changes of state.
    /// - Throws: `configuration` when the URL or a size can't work, `shutdown` when the reactor has ended.
    public init(
        _ configuration: PostgresConfiguration, patience: Duration = .milliseconds(100), reactor: PostgresReactor,
        logger: Logger
    ) throws(StrataError) {
        var configuration = configuration
        let breaker = configuration.breaker
        // Its callers give up sooner than the primary's, and that has to say something.
        configuration.breaker = CircuitBreakerOptions(
            failureRatio: breaker.failureRatio, slowRatio: breaker.slowRatio,
            slowCall: min(breaker.slowCall, patience / 2), minimumCalls: breaker.minimumCalls, window: breaker.window,
            trials: breaker.trials, pause: breaker.pause)
        // It takes no writes, whose durability this is about.
        configuration.allowsAsynchronousCommit = true
        server = try PostgresShard(configuration, reactor: reactor, logger: logger)
        self.patience = patience
        rest = NIOLockedValueBox(ReplicaRest(Backoff(first: .milliseconds(250), last: .seconds(5))))
        let dimensions = [("replica", configuration.name)]
        answered = Counter(label: "strata_postgres_replica_keys_total", dimensions: dimensions)
        passedOver = Counter(label: "strata_postgres_replica_passed_over_total", dimensions: dimensions)
    }

    /// Whether a read may ask it now; whoever may calls `settle` afterwards.
    func admits() -> Bool { rest.withLockedValue { $0.admits(at: .now) } }

    /// Takes in what came of a read.
    func settle(_ outcome: ReplicaRest.Outcome) { rest.withLockedValue { $0.take(outcome, at: .now) } }

    /// Reads keys, without waiting for a silent server for longer than the patience.
    func read(_ keys: [Key], context: StoreContext) async throws(StrataError) -> Answer {
        var context = context
        context.deadline = min(context.deadline, .now + patience)
        var list = ParameterList()
        list.append(Int64(bitPattern: context.epoch.rawValue))
        list.append(keys.map { $0.bytes })
        list.append(numbers: keys.map { Int32(Slot(of: $0).number) })
        return try await server.run(.readReplica, list, isRepeatable: true, context: context) {
            [epoch = context.epoch, name = server.name] (result) throws(StrataError) in
            guard result.rowCount == keys.count else {
                throw StrataError(.server, "a read of \(keys.count) keys answered too few rows", origin: name)
            }
            return Answer(
                entries: keys.enumerated().map { row, key in
                    guard result.bool(row, 1) else { return .failure(.notOwned(key, epoch, name)) }
                    return .success(result.entry(row, from: 2))
                }, marks: result.integers(0, 0))
        }
    }
}
