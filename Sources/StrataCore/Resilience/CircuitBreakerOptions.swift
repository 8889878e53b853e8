/// When a server that fails or dawdles is no longer asked, and when it is tried again.
public struct CircuitBreakerOptions: Hashable, Sendable {
    /// Of the calls in the window, the part that has to fail for the circuit to open, above 0 to 1.
    public let failureRatio: Double
    /// The part that has to be slow for it, above 0 to 1.
    public let slowRatio: Double
    /// From which duration on a call is slow. A caller that gave up sooner than this says nothing of the server, so it
    /// should lie below the callers' timeouts.
    public let slowCall: Duration
    /// How many calls the window needs for its ratios to mean anything, `1 ...`.
    public let minimumCalls: Int
    /// How far back calls count, at least 10 milliseconds.
    public let window: Duration
    /// How many calls a half-open circuit lets through; it closes when all of them were answered in time, `1 ...`.
    public let trials: Int
    /// How long the circuit stays open before its trials: longer each time they fail, and never the same twice.
    public let pause: Backoff

    public init(
        failureRatio: Double = 0.5, slowRatio: Double = 0.9, slowCall: Duration = .milliseconds(500),
        minimumCalls: Int = 20, window: Duration = .seconds(10), trials: Int = 3,
        pause: Backoff = Backoff(first: .milliseconds(250), last: .seconds(5))
    ) {
        precondition(
            failureRatio > 0 && failureRatio <= 1,
            "the failure ratio must lie above 0 and up to 1, not at \(failureRatio)")
        precondition(
            slowRatio > 0 && slowRatio <= 1, "the ratio of slow calls must lie above 0 and up to 1, not at \(slowRatio)"
        )
        precondition(slowCall > .zero, "a slow call must take longer than \(slowCall)")
        precondition(minimumCalls >= 1 && trials >= 1, "a circuit needs calls to judge by, and trials")
        precondition(window >= .milliseconds(10), "a window of \(window) is too short")
        self.failureRatio = failureRatio
        self.slowRatio = slowRatio
        self.slowCall = slowCall
        self.minimumCalls = minimumCalls
        self.window = window
        self.trials = trials
        self.pause = pause
    }
}
