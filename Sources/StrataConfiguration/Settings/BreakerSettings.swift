import Strata
public import StrataCore

/// When a server that fails or dawdles is left alone for a while: each Redis server and each Postgres shard for itself.
public struct BreakerSettings: Hashable, Sendable {
    /// Of the requests in the window, the part that has to fail for the circuit to open, above 0 to 1.
    public var failureRatio = 0.5
    /// The part that has to be slow for it, above 0 to 1.
    public var slowRatio = 0.9
    /// From which part of its level's timeout on a request counts as slow, above 0 to 1.
    public var slowShare = 0.5
    /// How many requests the window needs for its ratios to mean anything, `1 ...`.
    public var minimumCalls = 20
    /// How far back requests count, at least 10 milliseconds.
    public var window = Duration.seconds(10)
    /// How many requests try whether the server is back, `1 ...`.
    public var trials = 3
    /// How long the server is left alone: at first, and at most when its trials keep failing.
    public var pause = Backoff(first: .milliseconds(250), last: .seconds(5))

    public init() {}

    /// From which duration on a request to a level counts as slow: reads and writes share the circuits of its servers, and a
    /// caller that gave up sooner would say nothing of them.
    func slowCall(_ timeouts: LevelTimeouts) -> Duration { min(timeouts.read, timeouts.write) * slowShare }

    /// What they mean for the servers of a level.
    func options(_ timeouts: LevelTimeouts) -> CircuitBreakerOptions {
        CircuitBreakerOptions(
            failureRatio: failureRatio, slowRatio: slowRatio, slowCall: slowCall(timeouts),
            minimumCalls: minimumCalls, window: window, trials: trials, pause: pause)
    }
}
