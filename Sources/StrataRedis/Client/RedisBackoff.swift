/// The delays between attempts to connect: exponential, with jitter so that processes do not come back in step.
///
/// Each delay is drawn from the upper half of a window that doubles from the minimum to the maximum ("equal jitter";
/// Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
struct RedisBackoff {
    private let configuration: RedisConfiguration.Backoff
    private var window: Duration

    init(_ configuration: RedisConfiguration.Backoff) {
        self.configuration = configuration
        window = configuration.minimum
    }

    /// The delay before the next attempt.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let delay = window * Double.random(in: 0.5...1, using: &generator)
        window = min(window * 2, configuration.maximum)
        return delay
    }

    /// Starts over after a connection that lasted for a while; one that breaks at once keeps its place, or a server that
    /// accepts and closes would be hammered.
    mutating func connectionEnded(after life: Duration) {
        if life >= configuration.maximum { window = configuration.minimum }
    }
}
