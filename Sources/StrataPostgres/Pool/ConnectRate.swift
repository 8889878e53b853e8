/// How often the connections of all shards together may be opened: a token bucket, kept as the time at which it is full.
///
/// When a server comes back, every pool of the process wants its connections at once; beyond the burst they are opened at
/// an even pace. Source: the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371.
struct ConnectRate {
    private let interval: Duration
    private let tolerance: Duration
    private var full: ContinuousClock.Instant?

    /// - Parameters:
    ///   - perSecond: how many connections may be opened per second in the long run, at least 1.
    ///   - burst: how many may be opened at once after a quiet time, at least 1.
    init(perSecond: Int, burst: Int) {
        precondition(perSecond > 0 && burst > 0, "a rate of \(perSecond) and a burst of \(burst) open nothing")
        interval = .seconds(1) / perSecond
        tolerance = interval * (burst - 1)
    }

    /// Takes leave to open one connection.
    ///
    /// - Returns: nil when it was given, else how long to wait before asking again.
    mutating func take(at now: ContinuousClock.Instant) -> Duration? {
        let base = max(full ?? now, now)
        let wait = now.duration(to: base) - tolerance
        guard wait <= .zero else { return wait }
        full = base + interval
        return nil
    }
}
