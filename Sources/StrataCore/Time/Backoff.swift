/// The delays between attempts: exponential, with jitter so that many processes do not come back in step.
///
/// Each delay is drawn from the upper half of a window that doubles from the first to the last; the lower half is left out
/// so that no two attempts follow each other at once. When to start over is the caller's to decide. Source: Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (the variant called equal jitter).
public struct Backoff: Hashable, Sendable {
    /// The longest that the first delay can be, above zero.
    public let first: Duration
    /// The longest that any delay can be, at least the first one.
    public let last: Duration
    private var window: Duration

    public init(first: Duration, last: Duration) {
        precondition(first > .zero && last >= first, "a backoff needs 0 < first <= last")
        self.first = first
        self.last = last
        window = first
    }

    /// How long to wait before the next attempt.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { window = min(window * 2, last) }
        return window * Double.random(in: 0.5...1, using: &generator)
    }

    /// How long to wait before the next attempt.
    public mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// Starts over from the first delay.
    public mutating func reset() {
        window = first
    }
}
