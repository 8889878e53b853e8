/// When to connect again, and what to tell callers meanwhile; decides, and does no I/O.
///
/// Delays double from `first` to `limit`, and each is drawn between half of itself and itself, so that many processes do
/// not come back in step ("full jitter" halved: Brooker, "Exponential Backoff And Jitter", 2015).
struct ReconnectPolicy {
    private let first: Duration
    private let limit: Duration
    private var failures = 0

    init(first: Duration = .milliseconds(20), limit: Duration = .seconds(2)) {
        self.first = first
        self.limit = limit
    }

    /// Whether the last attempt failed: callers then need not wait for the next one.
    var isFailing: Bool { failures > 0 }

    /// An attempt failed.
    ///
    /// - Returns: how long to wait before the next one.
    mutating func attemptFailed(using generator: inout some RandomNumberGenerator) -> Duration {
        let delay = min(limit, first * (1 << min(failures, 16)))
        failures += 1
        return delay * Double.random(in: 0.5...1, using: &generator)
    }

    /// A connection that worked was lost, which says nothing yet about the server.
    ///
    /// - Returns: how long to wait before the next attempt; callers wait for its outcome.
    mutating func connectionLost(using generator: inout some RandomNumberGenerator) -> Duration {
        first * Double.random(in: 0...1, using: &generator)
    }

    /// A connection was made.
    mutating func attemptSucceeded() { failures = 0 }
}
