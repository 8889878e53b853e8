/// Jittered exponential waiting times between attempts: each drawn evenly from zero to a bound that doubles.
///
/// Source: M. Brooker, "Exponential Backoff And Jitter" (the variant called full jitter).
struct Backoff {
    private let first: Duration
    private let last: Duration
    private var bound: Duration

    init(first: Duration, last: Duration) {
        self.first = first
        self.last = last
        bound = first
    }

    /// How long to wait before the next attempt; at least half of the first bound, so that it never spins.
    mutating func next() -> Duration {
        defer { bound = min(bound * 2, last) }
        return max(first / 2, bound * Double.random(in: 0...1))
    }

    /// Starts again from the first bound, after a success.
    mutating func reset() {
        bound = first
    }
}
