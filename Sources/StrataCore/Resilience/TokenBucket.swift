/// Allows so many events a second on average, and a number of them at once: kept as the time at which the bucket is full.
///
/// After a quiet time a burst may come; beyond it, events are allowed at an even pace.
/// Source: the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371.
package struct TokenBucket: Sendable {
    private let interval: Duration
    private let tolerance: Duration
    private var full: ContinuousClock.Instant?

    /// A full bucket.
    ///
    /// - Parameters:
    ///   - perSecond: how many events there may be per second in the long run, at least 1.
    ///   - burst: how many may come at once after a quiet time, at least 1.
    package init(perSecond: Int, burst: Int) {
        precondition(perSecond > 0 && burst > 0, "a rate of \(perSecond) and a burst of \(burst) allow nothing")
        interval = .seconds(1) / perSecond
        tolerance = interval * (burst - 1)
    }

    /// Counts events that have happened; they may overdraw the bucket.
    package mutating func spend(_ count: Int, at now: ContinuousClock.Instant) {
        full = max(full ?? now, now) + interval * count
    }

    /// How long until one more event is allowed; nil when one is.
    package func wait(at now: ContinuousClock.Instant) -> Duration? {
        let wait = now.duration(to: max(full ?? now, now)) - tolerance
        return wait > .zero ? wait : nil
    }

    /// Takes leave for one event that may have to wait; each call has its turn after those before it.
    ///
    /// - Returns: how long to wait before the event.
    package mutating func reserve(at now: ContinuousClock.Instant) -> Duration {
        defer { spend(1, at: now) }
        return wait(at: now) ?? .zero
    }

    /// Takes leave for one event.
    ///
    /// - Returns: nil when it was given, else how long to wait before asking again.
    package mutating func take(at now: ContinuousClock.Instant) -> Duration? {
        if let wait = wait(at: now) { return wait }
        spend(1, at: now)
        return nil
    }
}
